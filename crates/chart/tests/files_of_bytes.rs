//! Files that are no text, as keystores and archives are, through `.Files` into Secrets.
#![allow(clippy::unwrap_used)]

use sealer_chart::{File, Options, Release, Sources, load_files, render};

/// What a template makes of a chart whose `f.bin` is these bytes.
fn rendered(template: &str, bytes: &[u8]) -> String {
    let file = |name: &str, data: &[u8]| File { name: name.to_owned(), data: data.into() };
    let chart = b"apiVersion: v2\nname: web\nversion: 1.0.0\n";
    let files = vec![file("Chart.yaml", chart), file("f.bin", bytes), file("templates/a.yaml", template.as_bytes())];
    let values = Sources::default().merge(&|path| Err(path.to_owned())).unwrap();
    let rendered = render(load_files(files).unwrap(), &values, &Options::new(Release::new("rel", "ns"))).unwrap();
    rendered.files.get("web/templates/a.yaml").unwrap().clone()
}

#[test]
fn no_byte_is_lost() {
    let table = [
        (r#"{{ .Files.Get "f.bin" | b64enc }}"#, "/wBhYg=="),
        (r#"{{ .Files.GetBytes "f.bin" | toString | b64enc }}"#, "/wBhYg=="),
        (r#"{{ .Files.Lines "f.bin" | first | b64enc }}"#, "/wBhYg=="),
        (r#"{{ .Files.Get "f.bin" | len }}"#, "4"),
        (r#"{{ (.Files.Glob "*.bin").AsSecrets }}"#, "f.bin: /wBhYg=="),
        (r#"{{ (.Files.Glob "*.bin").AsConfig }}"#, "f.bin: \"\u{FFFD}\\0ab\""),
    ];
    for (template, expected) in table {
        assert_eq!(rendered(template, b"\xFF\x00ab"), expected, "{template}");
    }
}

#[test]
fn a_file_that_is_not_there_has_no_bytes() {
    assert_eq!(
        rendered(r#"{{ .Files.Foo }}|{{ .Files.Foo | quote }}|{{ typeOf .Files.Foo }}"#, b""),
        r#"[]|""|[]uint8"#
    );
}

#[test]
fn what_helm_hands_over_has_its_types_and_order() {
    let types = r#"{{ printf "%T" .Values }}|{{ typeOf . }}|{{ typeOf .Template }}|{{ typeOf .Subcharts }}|{{ kindOf .Values }}"#;
    assert_eq!(rendered(types, b""), "common.Values|common.Values|common.Values|map[string]interface {}|map");
    let version = "{{ toJson .Capabilities.KubeVersion }}";
    assert_eq!(rendered(version, b""), r#"{"Version":"v1.36.0","Major":"1","Minor":"36"}"#);
    let version = "{{ toYaml .Capabilities.KubeVersion }}";
    assert_eq!(rendered(version, b""), "Major: \"1\"\nMinor: \"36\"\nVersion: v1.36.0");
}
