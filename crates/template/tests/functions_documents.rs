//! YAML, JSON and TOML as functions, as Helm prints them.

mod calls;

#[test]
fn documents_come_out_as_helm_prints_them() {
    calls::check(&[
        (
            "toYaml",
            r#"[{"a": [1, 2], "b": {"c": null}, "a10": 1, "a2": 1, "e": [], "f": {}, "t": true}]"#,
            "a:\n- 1\n- 2\na2: 1\na10: 1\nb:\n  c: null\ne: []\nf: {}\nt: true",
        ),
        ("toYaml", "[[1000000, 123456789.5, 1e-7, 0.1]]", "- 1000000\n- 1.234567895e+08\n- 1e-07\n- 0.1"),
        (
            "toYaml",
            r#"[["yes", "on", "y", "0x1f", "1:20", "2020-01-01", "1_000", "", "~", "null", "a", "1.5", "-", "- x"]]"#,
            "- \"yes\"\n- \"on\"\n- \"y\"\n- \"0x1f\"\n- \"1:20\"\n- \"2020-01-01\"\n- \"1_000\"\n- \"\"\n- \"~\"\n- \"null\"\n- a\n- \"1.5\"\n- '-'\n- '- x'",
        ),
        (
            "toYaml",
            r#"[["a\nb", "a\nb\n", "a\n\n", "\n", " a\nb", "a \nb", "a\tb\nc"]]"#,
            "- |-\n  a\n  b\n- |\n  a\n  b\n- |+\n  a\n\n- |2+\n\n- |2-\n   a\n  b\n- \"a \\nb\"\n- \"a\\tb\\nc\"",
        ),
        ("toYaml", r#"[[[1, [2]], {"a": [{"b": [1]}]}]]"#, "- - 1\n  - - 2\n- a:\n  - b:\n    - 1"),
        ("toYaml", r#"[{"a\nb": 1, "": 2, "yes": 3}]"#, "\"\": 2\n? |-\n  a\n  b\n: 1\n\"yes\": 3"),
        (
            "toYaml",
            r#"["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb cc dd"]"#,
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\n  cc dd",
        ),
        ("toYaml", "[null]", "null"),
        (
            "toYamlPretty",
            r#"[{"a": [1, {"b": [2]}], "c": 1.5, "s": "a\tb\nc"}]"#,
            "a:\n  - 1\n  - b:\n      - 2\nc: 1.5\ns: |-\n  a\tb\n  c",
        ),
        ("mustToYaml", r#"["a\u007f"]"#, "error: yaml: control characters are not allowed"),
        ("toYaml", r#"["a\u007f"]"#, ""),
        (
            "fromYaml",
            r#"["a: [yes, 017, 0x1F, 1_000, '1', 1:20, 0o17, 1e3, .5, ~, 2020-01-01]"]"#,
            "map[a:[true 15 31 1000 1 1:20 15 1000 0.5 <nil> 2020-01-01]]",
        ),
        ("fromYaml", r#"["y: 1\n1: 2\n1.5: 3"]"#, "map[1:2 1.5:3 true:1]"),
        ("fromYaml", r#"["a: 1\na: 2\n<<: {b: 1, a: 3}"]"#, "map[a:3 b:1]"),
        (
            "fromYaml",
            r#"["x: &x {a: 1}\ny: {<<: [*x, {a: 2, b: 3}]}\nz: *x"]"#,
            "map[true:map[a:1 b:3] x:map[a:1] z:map[a:1]]",
        ),
        ("fromYaml", r#"["a: !!str 1\nb: !!int \"2\"\nc: !!binary aGk=\nd: !x 3"]"#, "map[a:1 b:2 c:hi d:3]"),
        ("fromYaml", r#"["a: |\n  x\n  y"]"#, "map[a:x\ny]"),
        ("fromYaml", r#"["a: >-\n  x\n  y\n"]"#, "map[a:x y]"),
        (
            "fromYaml",
            r#"["a: 1\n b: 2"]"#,
            "map[Error:error converting YAML to JSON: yaml: line 2: mapping values are not allowed in this context]",
        ),
        (
            "fromYaml",
            r#"["~: 1"]"#,
            "map[Error:error converting YAML to JSON: unsupported map key of type: %!s(<nil>), key: <nil>, value: 1]",
        ),
        ("fromYaml", r#"["a: .nan"]"#, "map[Error:error converting YAML to JSON: json: unsupported value: NaN]"),
        (
            "fromYaml",
            r#"["- a"]"#,
            "map[Error:error unmarshaling JSON: while decoding JSON: json: cannot unmarshal array into Go value of type map[string]interface {}]",
        ),
        ("fromYaml", r#"[""]"#, "map[]"),
        ("fromYamlArray", r#"["- 1\n- a"]"#, "[1 a]"),
        (
            "fromYamlArray",
            r#"["a: 1"]"#,
            "[error unmarshaling JSON: while decoding JSON: json: cannot unmarshal object into Go value of type []interface {}]",
        ),
        (
            "toJson",
            r#"[{"b": "<>&\u2028", "a": [1, 1.5, null, true]}]"#,
            r#"{"a":[1,1.5,null,true],"b":"\u003c\u003e\u0026\u2028"}"#,
        ),
        ("toJson", "[[1e-7, 123456789.5]]", "[1e-7,123456789.5]"),
        (
            "toPrettyJson",
            r#"[{"a": "<", "b": [1, 2], "c": {}, "d": []}]"#,
            "{\n  \"a\": \"\\u003c\",\n  \"b\": [\n    1,\n    2\n  ],\n  \"c\": {},\n  \"d\": []\n}",
        ),
        ("toRawJson", r#"[{"a": "<"}]"#, r#"{"a":"<"}"#),
        ("fromJson", r#"["{\"a\": [1, \"\\u00e9\\ud83d\\ude00\"]}"]"#, "map[a:[1 é😀]]"),
        ("fromJson", r#"["{\"a\" 1}"]"#, "map[Error:invalid character '1' after object key]"),
        (
            "fromJson",
            r#"["[1]"]"#,
            "map[Error:json: cannot unmarshal array into Go value of type map[string]interface {}]",
        ),
        ("fromJson", r#"["{\"a\":tru}"]"#, "map[Error:invalid character '}' in literal true (expecting 'e')]"),
        ("fromJson", r#"["{"]"#, "map[Error:unexpected end of JSON input]"),
        ("fromJsonArray", r#"["[1,\"a\"]"]"#, "[1 a]"),
        ("fromJsonArray", r#"["{}"]"#, "[json: cannot unmarshal object into Go value of type []interface {}]"),
        ("mustFromJson", r#"["x"]"#, "error: invalid character 'x' looking for beginning of value"),
        (
            "toToml",
            r#"[{"a": 1, "b": {"c": "x\ny", "d": [1, 2], "e": [{"f": 1}, {"f": 2}]}, "h": [], "i": {}, "j k": 1.5}]"#,
            "a = 1\nh = []\n\"j k\" = 1.5\n\n[b]\n  c = \"x\\ny\"\n  d = [1, 2]\n\n  [[b.e]]\n    f = 1\n\n  [[b.e]]\n    f = 2\n\n[i]\n",
        ),
        ("toToml", r#"[{"a": {"b": {"c": 1}}}]"#, "[a]\n  [a.b]\n    c = 1\n"),
        ("toToml", r#"[{"a": [1, {"b": {"c": 1}, "d": 1, "e": null}]}]"#, "a = [1, {d = 1, b = {c = 1}}]\n"),
        ("toToml", "[[1]]", "[1]"),
        ("toToml", "[null]", "error: reflect: call of reflect.Value.Type on zero Value"),
        (
            "fromToml",
            r#"["a = 1\nb = 1.5\nc = 2020-01-01T00:00:00Z\n[d]\ne=[1,2]\n[[f]]\ng=1"]"#,
            "map[a:1 b:1.5 c:2020-01-01 00:00:00 +0000 UTC d:map[e:[1 2]] f:[map[g:1]]]",
        ),
    ]);
}
