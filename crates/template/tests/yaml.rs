//! YAML and JSON as a whole: what is written is read again, and hostile documents end in an error.

use proptest::prelude::*;
use sealer_template::functions::LARGEST_RESULT;
use sealer_template::{Value, json, print, yaml};

/// Texts that YAML could mistake for something else, and texts of any kind that it may hold.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ a-c:#'\"\n,\\[\\]{}&*!|>%@`?~=.-]{0,24}",
        "[0-9eE+_.:xob-]{0,8}",
        "(yes|no|on|off|y|n|null|true|<<|---|\\.\\.\\.|=)( |:|\n)?",
        "[ -~éß\u{4e2d}\u{1F600}\u{2028}]{0,200}",
        "[a ]{70,130}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Nil),
        any::<bool>().prop_map(Value::Bool),
        (-1e15..1e15).prop_map(Value::Float),
        any::<i32>().prop_map(|number| Value::Float(f64::from(number))),
        text().prop_map(Value::text),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::list),
            prop::collection::btree_map(key(), inner, 0..6).prop_map(Value::map),
        ]
    })
}

/// A text that is no merge when it is a key: Go writes that one without quotes.
fn key() -> impl Strategy<Value = String> {
    text().prop_filter("a merge", |text| text != "<<")
}

proptest! {
    #[test]
    fn what_yaml_writes_it_reads(value in value()) {
        let written = yaml::write(&value).unwrap();
        let read = yaml::read(&written);
        prop_assert_eq!(json::write(&read.unwrap()).unwrap(), json::write(&value).unwrap(), "{}", written);
    }

    #[test]
    fn what_pretty_yaml_writes_yaml_reads(value in value()) {
        let written = yaml::write_pretty(&value).unwrap();
        let read = yaml::read(&written);
        prop_assert_eq!(json::write(&read.unwrap()).unwrap(), json::write(&value).unwrap(), "{}", written);
    }

    #[test]
    fn what_json_writes_it_reads(value in value()) {
        let written = json::write(&value).unwrap();
        prop_assert_eq!(json::write(&json::read(&written).unwrap()).unwrap(), written);
    }

    #[test]
    fn no_text_makes_a_reader_panic(text in "[ \t\na-c0-9:&*!|>'\"#%,\\[\\]{}?<~.-]{0,80}") {
        let _ = yaml::read_all(&text);
        let _ = json::read(&text);
        let _ = sealer_template::toml::read(&text);
    }
}

#[test]
fn documents_come_one_by_one() {
    let values = yaml::read_all("a: 1\n---\n- 2\n---\n---\nx\n").unwrap();
    let printed: Vec<String> = values.iter().map(print::print).collect();
    assert_eq!(printed, ["map[a:1]", "[2]", "<nil>", "x"]);
    assert_eq!(print::print(&yaml::read("a: 1\n---\nb: 2").unwrap()), "map[a:1]");
    assert_eq!(print::print(&yaml::read("# nothing\n").unwrap()), "<nil>");
}

#[test]
fn aliases_are_copies() {
    let read = yaml::read("a: &x {b: 1}\nc: *x").unwrap();
    let Value::Map(map) = &read else { panic!("{read:?}") };
    let Some(Value::Map(first)) = map.get("a") else { panic!("{read:?}") };
    first.set("b", Value::Int(2));
    assert_eq!(print::print(&read), "map[a:map[b:2] c:map[b:1]]");
}

#[test]
fn an_error_names_its_line() {
    let error = yaml::read("a: 1\nb: [1\nc: 2\n").unwrap_err().to_string();
    assert!(error.starts_with("error converting YAML to JSON: yaml: line "), "{error}");
}

#[test]
fn aliases_of_aliases_do_not_blow_up() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = vec![format!("*a{}", level - 1); 9].join(", ");
        bomb.push_str(&format!("a{level}: &a{level} [{before}]\n"));
    }
    let error = yaml::read(&bomb).unwrap_err().to_string();
    assert_eq!(error, "error converting YAML to JSON: yaml: document contains excessive aliasing");
}

#[test]
fn depth_ends_in_an_error() {
    assert!(yaml::read(&"[".repeat(100_000)).is_err());
    assert!(yaml::read(&"- ".repeat(100_000)).is_err());
    assert!(json::read(&"[".repeat(100_000)).is_err());
}

/// A map that contains itself.
fn cycle() -> Value {
    let value = Value::map([]);
    if let Value::Map(map) = &value {
        map.set("self", value.clone());
    }
    value
}

#[test]
fn a_map_in_itself_cannot_be_written() {
    let value = cycle();
    assert!(yaml::write(&value).is_err());
    assert!(json::write(&value).is_err());
    assert!(sealer_template::toml::write(&value).is_err());
    assert!(print::print(&value).ends_with(&"]".repeat(3)));
}

#[test]
fn a_small_value_that_prints_large_is_refused() {
    let wide =
        (0..30).fold(Value::text("0123456789".repeat(1_000)), |value, _| Value::list(vec![value.clone(), value]));
    assert!(json::write(&wide).is_err());
    assert!(yaml::write(&Value::text("a".repeat(LARGEST_RESULT + 1))).is_err());
    assert!(print::print(&wide).len() < 2 * LARGEST_RESULT);
}
