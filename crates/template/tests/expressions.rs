//! Whole expressions and what Helm makes of them: bytes that are no text, constants, types, Go's syntax of values, patterns.
#![allow(clippy::unwrap_used)]

use sealer_template::{Functions, Options, Templates, Value};

fn rendered(text: &str) -> String {
    let mut templates = Templates::new(Functions::helm(), Options::helm(false));
    let outcome = templates.parse("t", text).and_then(|()| templates.render("t", &Value::map([])));
    outcome.unwrap_or_else(|error| format!("error: {}", error.root()))
}

fn check(rows: &[(&str, &str)]) {
    let differing = rows.iter().filter_map(|(text, expected)| {
        let rendered = rendered(text);
        (rendered != *expected).then(|| format!("{text}\n  expected {expected:?}\n  rendered {rendered:?}"))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "\n{}", differing.join("\n"));
}

#[test]
fn bytes_that_are_no_text_stay_what_they_are() {
    check(&[
        (r#"{{ "/w==" | b64dec | b64enc }}"#, "/w=="),
        (r#"{{ "/wA=" | b64dec | sha256sum }}"#, "ea5dbf9596d187e9500f23e9a680109475341cf4e81f7e043f7d97152c10772f"),
        (r#"{{ "/w==" | b64dec | sha1sum }}"#, "85e53271e14006f0265921d02d4d736cdc580b0b"),
        (r#"{{ "/w==" | b64dec | adler32sum }}"#, "16777472"),
        (r#"{{ "/wA=" | b64dec | len }}"#, "2"),
        (r#"{{ "/w==" | b64dec | quote }}"#, r#""\xff""#),
        (r#"{{ "/w==" | b64dec | toJson }}"#, "\"\u{FFFD}\""),
        (r#"{{ "/2E=" | b64dec | toYaml }}"#, "\u{FFFD}a"),
        (r#"{{ "/2E=" | b64dec }}"#, "\u{FFFD}a"),
        (r#"{{ "/w==" | b64dec | b32enc }}"#, "74======"),
        (r#"{{ "74======" | b32dec | b64enc }}"#, "/w=="),
        (r#"{{ "/w==" | b64dec | urlquery }}"#, "%FF"),
        (r#"{{ index ("/w==" | b64dec) 0 }}"#, "255"),
        (r#"{{ "äöü" | trunc 3 | b64enc }}"#, "w6TD"),
        (r#"{{ "äöü" | substr 0 1 | len }}"#, "1"),
        (r#"{{ printf "%.3s" "äöü" }}"#, "äöü"),
        (r#"{{ printf "%q" "\xff" }}"#, r#""\xff""#),
        (r#"{{ printf "%x" "\xff" }}"#, "ff"),
        (r#"{{ print (trunc 1 "ä") (trunc -1 "ä") }}"#, "ä"),
        (r#"{{ encryptAES "key" ("/wA=" | b64dec) | decryptAES "key" | b64enc }}"#, "/wA="),
        ("{{ \"\u{10FE80}\" | b64dec }}", "illegal base64 data at input byte 0"),
    ]);
}

#[test]
fn a_constant_is_whole_where_a_whole_number_is_asked_for() {
    check(&[
        (r#"{{ trunc 63.0 "abc" }}"#, "abc"),
        (r#"{{ trunc 2.0 "abc" }}"#, "ab"),
        (r#"{{ trunc 1e0 "abc" }}"#, "a"),
        (r#"{{ repeat 0x2 "a" }}"#, "aa"),
        (r#"{{ trunc 2.5 "abc" }}"#, "error: expected integer; found 2.5"),
        // what is computed has its type
        (r#"{{ trunc (float64 2) "abc" }}"#, "error: wrong type for value; expected int; got float64"),
        ("{{ typeOf 2.0 }} {{ addf 2.0 1 }} {{ print 2.0 }}", "float64 3 2"),
    ]);
}

#[test]
fn lists_and_maps_have_gos_types() {
    check(&[
        ("{{ typeOf (until 2) }}|{{ typeOf (untilStep 0 4 2) }}|{{ kindOf (until 2) }}", "[]int|[]int|slice"),
        (r#"{{ typeOf (splitList "," "a") }}|{{ typeOf (list 1) }}"#, "[]string|[]interface {}"),
        ("{{ deepEqual (until 2) (list 0 1) }} {{ has 1 (until 2) }}", "false true"),
        ("{{ typeOf (rest (until 3)) }} {{ typeOf (slice (until 3) 1) }}", "[]interface {} []int"),
        ("{{ until 2 }} {{ toJson (until 2) }}", "[0 1] [0,1]"),
    ]);
}

#[test]
fn values_are_spelled_as_in_gos_source() {
    check(&[
        (r#"{{ printf "%#v" (list 1 "a" nil true 1.5) }}"#, r#"[]interface {}{1, "a", interface {}(nil), true, 1.5}"#),
        (r#"{{ printf "%#v" (dict "a" 1 "b" (list)) }}"#, r#"map[string]interface {}{"a":1, "b":[]interface {}{}}"#),
        (r#"{{ printf "%#v" (until 3) }}"#, "[]int{0, 1, 2}"),
        (r#"{{ printf "%#v" (splitList "," "a,b") }}"#, r#"[]string{"a", "b"}"#),
        (r#"{{ printf "%#v" 1.0 }}|{{ printf "%#v" nil }}|{{ printf "%#v" true }}"#, "1|<nil>|true"),
    ]);
}

#[test]
fn patterns_mean_what_they_mean_in_go() {
    check(&[
        (r#"{{ regexMatch "[--/]" "." }} {{ regexMatch "[a--/]" "-" }}"#, "true false"),
        (r#"{{ regexMatch "[+--]" "," }} {{ regexMatch "[--]" "-" }}"#, "true true"),
        (r#"{{ regexReplaceAll "[^a-zA-Z0-9--]" "a.b-c" "_" }}"#, "a_b-c"),
        (r#"{{ regexMatch "[\\w-.]" "-" }} {{ regexMatch "\\101" "A" }}"#, "true true"),
        (r#"{{ regexReplaceAll "\\B" "abc" "-" }}"#, "a-b-c"),
        (r#"{{ regexReplaceAll "\\B" "é" "-" }}"#, "-é-"),
        (r#"{{ regexReplaceAll "\\b" "abc é" "-" }}"#, "-abc- é"),
        (
            r#"{{ regexMatch "[a&&b]" "&" }} {{ regexMatch "[a~~b]" "~" }} {{ regexMatch "[[a]" "[" }}"#,
            "true true true",
        ),
    ]);
}
