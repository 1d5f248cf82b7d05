//! `--set` and its kin: what each makes of nothing, as Helm's own parser told, and how several of them and files go over one another.
#![allow(clippy::unwrap_used)]

mod setting;

use sealer_chart::{Expression, ExpressionKind, Sources};
use sealer_template::{Value, json};

/// Values files, options, and what they make together.
type Row<'a> = (&'a [&'a str], &'a [(ExpressionKind, &'a str)], &'a str);

/// The values as JSON, or why there are none.
fn merged(files: &[&str], expressions: &[(ExpressionKind, &str)]) -> Result<String, String> {
    let file = |text: &&str| ("values.yaml".to_owned(), (*text).to_owned());
    let expression = |(kind, text): &(ExpressionKind, &str)| Expression { kind: *kind, text: (*text).to_owned() };
    let sources =
        Sources { files: files.iter().map(file).collect(), expressions: expressions.iter().map(expression).collect() };
    let read =
        |path: &str| if path == "f.txt" { Ok("in the file\n".to_owned()) } else { Err(format!("no file {path}")) };
    let values = sources.merge(&read).map_err(|error| error.to_string())?;
    Ok(json::write(&Value::Map(values)).unwrap())
}

fn read(text: &str) -> serde_json::Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn an_option_makes_of_nothing_what_helm_makes_of_it() {
    let rows = setting::all();
    assert!(rows.len() > 120, "there are rows");
    let differing = rows.iter().filter_map(|row| {
        let (ours, expected) = (merged(&[], &[(row.kind, row.text)]), row.values.map(read));
        (ours.as_deref().ok().map(read) != expected)
            .then(|| format!("--{} {}\n  expected {expected:?}\n  made     {ours:?}", row.option, row.text))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

#[test]
fn later_files_and_options_go_over_earlier_ones() {
    use ExpressionKind::{File, Json, Literal, Text, Typed};
    let rows: [Row<'_>; 14] = [
        (&["a: 1\nb: 2", "b: 3\nc: {d: 4}", "c: {e: 5}"], &[], r#"{"a":1,"b":3,"c":{"d":4,"e":5}}"#),
        (&["a: {b: 1}", "a: null"], &[], r#"{"a":null}"#),
        (&["a: null", "a: {b: 1}"], &[], r#"{"a":{"b":1}}"#),
        (&["a: [1, 2]", "a: [3]"], &[], r#"{"a":[3]}"#),
        (&["a: {b: 1}", "a: 2"], &[], r#"{"a":2}"#),
        (&["a: {b: 1, c: 2}"], &[(Typed, "a.b=null")], r#"{"a":{"b":null,"c":2}}"#),
        (&["a: [{b: 1}, {b: 2}]"], &[(Typed, "a[1].b=3,a[2].c=x")], r#"{"a":[{"b":1},{"b":3},{"c":"x"}]}"#),
        // the kind decides, not the place on the command line
        (&[], &[(Literal, "a=1"), (File, "a=f.txt"), (Text, "a=2"), (Typed, "a=3"), (Json, "a=4")], r#"{"a":"1"}"#),
        (&[], &[(File, "a=f.txt"), (Text, "a=2"), (Typed, "a=3"), (Json, "a=4")], r#"{"a":"in the file\n"}"#),
        (&[], &[(Text, "a=2"), (Typed, "a=3"), (Json, "a=4")], r#"{"a":"2"}"#),
        (&["a: 0"], &[(Typed, "a=3"), (Json, "a=4")], r#"{"a":3}"#),
        (&["a: {b: 1}"], &[(Json, r#"{"a": {"c": [1]}, "d": null}"#)], r#"{"a":{"b":1,"c":[1]},"d":null}"#),
        (&["a: x"], &[(Typed, "a=1"), (Typed, "a=2")], r#"{"a":2}"#),
        (
            &[],
            &[(File, "a.b=f.txt"), (Text, "a.c={1,x}"), (Typed, "a.d={1,x}")],
            r#"{"a":{"b":"in the file\n","c":["1","x"],"d":[1,"x"]}}"#,
        ),
    ];
    for (files, expressions, expected) in rows {
        assert_eq!(merged(files, expressions).as_deref(), Ok(expected), "{files:?} {expressions:?}");
    }
}

#[test]
fn what_cannot_be_set_is_refused_with_the_option_and_the_reason() {
    use ExpressionKind::{File, Json, Typed};
    let rows: [(&[&str], (ExpressionKind, &str), &str); 6] = [
        (&["a: 1"], (Typed, "a.b=2"), "failed parsing --set data \"a.b=2\": unable to parse key: 1 is no table"),
        (
            &["a: {b: 1}"],
            (Typed, "a[0]=2"),
            "failed parsing --set data \"a[0]=2\": unable to parse key: map[b:1] is no list",
        ),
        (&[], (File, "a=none.txt"), "failed parsing --set-file data \"a=none.txt\": no file none.txt"),
        (&[], (Json, r#"{"a": 1}x"#), "failed parsing --set-json data \"{\\\"a\\\": 1}x\": "),
        (&[], (Json, "a={"), "failed parsing --set-json data \"a={\": "),
        (&["- a"], (Typed, "a=1"), "failed to parse values.yaml: "),
    ];
    for (files, expression, expected) in rows {
        let error = merged(files, &[expression]).unwrap_err();
        assert!(error.starts_with(expected), "{error}");
    }
}
