//! Functions given what no chart should give them: none panics, none makes more than a result may have.

mod calls;

use proptest::prelude::*;
use sealer_template::{Value, functions};

/// They take long on purpose and are tried elsewhere.
fn is_slow(name: &str) -> bool {
    name.starts_with("gen") || matches!(name, "bcrypt" | "htpasswd" | "derivePassword")
}

fn value() -> impl Strategy<Value = Value> {
    let text = prop_oneof!["[ -~\n]{0,12}", "[0-9.x+-]{0,6}", "\\PC{0,6}", Just("2006-01-02".to_owned())];
    let number = prop_oneof![-3_i64..40, Just(i64::MIN), Just(i64::MAX), Just(1 << 40)];
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        number.clone().prop_map(Value::Int),
        number.prop_map(Value::Int64),
        any::<f64>().prop_map(Value::Float),
        text.clone().prop_map(Value::text),
        prop::collection::vec(text.clone(), 0..4).prop_map(Value::texts),
        Just(r#"["1.2.3-rc.1"]"#).prop_map(|version| calls::make("semver", version)),
        Just("[]").prop_map(|none| calls::make("now", none)),
    ];
    leaf.prop_recursive(2, 12, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::list),
            prop::collection::btree_map(text.clone(), inner, 0..4).prop_map(Value::map),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_arguments_make_a_function_panic(arguments in prop::collection::vec(value(), 0..5)) {
        for (_, function) in functions::all().filter(|(name, _)| !is_slow(name)) {
            let _ = function(&arguments);
        }
    }
}

/// The same with as many texts as the function wants, which gets further.
#[test]
fn odd_texts_in_every_place() {
    let odd = ["", "\u{0}", "é", "%", "(", "[", "\\", "${1}", "a\nb", "-1", "9999999999999999999", "\u{FEFF}", "{{"];
    for (name, function) in functions::all().filter(|(name, _)| !is_slow(name)) {
        for one in odd {
            for other in odd {
                let texts = [one, other, one].map(Value::text);
                for count in 1..=3 {
                    let _ = function(&texts[..count]);
                }
                let _ = function(&[Value::Int(3), Value::text(one), Value::text(other)]);
                let _ = function(&[Value::Int(-7), Value::text(one)]);
            }
        }
        assert!(functions::find(name).is_some());
    }
}

#[test]
fn results_have_bounds() {
    let large = [
        ("repeat", "[100000000, \"ab\"]"),
        ("indent", "[1000000000000, \"a\"]"),
        ("nindent", "[1000000000000, \"a\"]"),
        ("until", "[100000000000]"),
        ("untilStep", "[0, 100000000000, 1]"),
        ("seq", "[100000000000]"),
        ("randAlphaNum", "[100000000000]"),
        ("randBytes", "[100000000000]"),
    ];
    for (name, list) in large {
        assert!(calls::call(name, list).starts_with("error: "), "{name}");
    }
    let long = Value::text("a".repeat(1 << 20));
    for (name, arguments) in [
        ("replace", vec![Value::text("a"), long.clone(), long.clone()]),
        ("regexReplaceAll", vec![Value::text("a"), long.clone(), long.clone()]),
        ("wrapWith", vec![Value::Int(1), long.clone(), long.clone()]),
    ] {
        assert!(functions::find(name).unwrap()(&arguments).is_err(), "{name}");
    }
    // a pattern that would be huge once its counts are spelled out
    assert!(calls::call("mustRegexMatch", r#"["((a{1000}){1000}){1000}", "a"]"#).starts_with("error: "));
}
