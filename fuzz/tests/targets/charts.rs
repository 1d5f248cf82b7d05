//! Charts: templates, their files and metadata, values and schemas, options on the command line.

use sealer_chart::{Expression, ExpressionKind, File, Options, Release, Sources, load_files, render};
use sealer_fuzz::Target;

const CHART: &str = "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: \"4\"\nkubeVersion: \">=1.20.0-0\"\ndependencies:\n\
                     - {name: sub, version: 1.x.x, condition: sub.enabled, tags: [t], import-values: [{child: a, parent: b}]}\n";
const SUB: &str = "apiVersion: v2\nname: sub\nversion: 1.0.0\n";
const VALUES: &str = "name: web\nreplicas: 3\nlist: [a, b]\nmap: {k: v, n: 1.5}\nsub: {enabled: true}\nimage: {repository: nginx, tag: \"1.25\"}\nglobal: {x: y}\n";

const TEMPLATES: [&str; 5] = [
    "{{- $name := default .Chart.Name .Values.name | trunc 63 | trimSuffix \"-\" }}\n{{ if and $name (gt (int .Values.replicas) 1) -}}\nname: {{ $name | quote }}\n\
     {{- else if eq .Values.name \"x\" }}a{{ else }}b{{- end }}\n{{ range $i, $e := .Values.list }}{{ $i }}: {{ $e | upper }}\n{{ end }}",
    "{{ define \"labels\" }}app: {{ .Release.Name }}\n{{ end }}{{ with .Values.map }}{{ toYaml . | nindent 2 }}{{ end }}\n\
     labels:\n  {{- include \"labels\" . | nindent 2 }}\n{{ tpl \"{{ .Values.name }}\" . }}",
    "{{ range $k, $v := .Values.map }}{{ if eq $k \"n\" }}{{ break }}{{ end }}{{ printf \"%s=%v %q %5.2f %x\" $k $v \"a\" 1.5 255 }}{{ end }}\n\
     {{ dict \"a\" (list 1 2 3) \"b\" nil | toJson }} {{ regexReplaceAll \"a(x*)b\" \"-ab-axxb-\" \"${1}W\" }} {{ (splitList \",\" \"a,b\") | last }}",
    "{{ (.Files.Get \"a.txt\") | b64enc }} {{ .Capabilities.KubeVersion.Version | semverCompare \">=1.19-0\" }} {{ lookup \"v1\" \"Pod\" \"\" \"\" }}\n\
     {{ mergeOverwrite (dict \"a\" 1) (dict \"a\" (dict \"b\" 2)) | toYaml }} {{ until 5 | join \",\" }} {{ ternary 1 2 true }} {{ fromYaml \"a: 1\" | toJson }}",
    "{{- /* a comment */ -}}{{ block \"b\" . }}{{ .Values.name | default \"x\" | repeat 3 | nospace | snakecase }}{{ end }}\n\
     {{ index .Values.list 0 }} {{ slice .Values.list 0 1 }} {{ len .Values.map }} {{ not true }} {{ `raw` }} {{ 0x1F }} {{ 1e3 }} {{ html \"<\" }}",
];
const WORDS: &[&str] = &[
    "{{",
    "}}",
    "{{- ",
    " -}}",
    "{{ end }}",
    "{{ else }}",
    "range ",
    "with ",
    "$",
    ".",
    " | ",
    "(",
    ")",
    "nil",
    "include \"labels\" .",
    "tpl ",
    "toYaml",
    "fromYaml",
    "index ",
    "printf \"%*d\" ",
    "mustRegexMatch ",
    "until ",
    "repeat ",
    "dict ",
    "set ",
    "indent ",
    "define \"x\"",
    "template \"x\" .",
    "break",
    ":=",
    "=",
    "substr ",
    "semver ",
    "dateModify ",
    "atoi",
    "slice ",
    "fail ",
    "required ",
    "mul ",
    "div ",
];

/// Renders a chart of these files; whether that could be done.
fn rendered(template: &str, chart: &str, values: &str, schema: &str) -> bool {
    let file = |name: &str, text: &str| File { name: name.to_owned(), data: text.as_bytes().into() };
    let files = vec![
        file("Chart.yaml", chart),
        file("values.yaml", values),
        file("values.schema.json", schema),
        file("a.txt", "text"),
        file("templates/a.yaml", template),
        file("charts/sub/Chart.yaml", SUB),
        file("charts/sub/values.yaml", "a: {c: 1}\n"),
        file("charts/sub/templates/NOTES.txt", "{{ .Values.a }}"),
    ];
    let Ok(chart) = load_files(files) else { return false };
    let values = Sources { files: Vec::new(), expressions: Vec::new() }.merge(&|_| Ok(String::new())).unwrap();
    render(chart, &values, &Options::new(Release::new("rel", "ns"))).is_ok()
}

#[test]
fn templates() {
    let target = Target::of_texts("template", &TEMPLATES, WORDS);
    target.run_texts(|text| rendered(text, CHART, VALUES, "{}"));
}

#[test]
fn metadata_and_values() {
    let target = Target::of_texts(
        "chart",
        &[CHART, VALUES],
        &["- ", ": ", "null", "~", "*a", "&a ", ">=", "^1 || 2", "x.x", "import-values", "alias: sub\n"],
    );
    target.run_texts(|text| {
        let metadata = rendered(TEMPLATES[0], text, VALUES, "{}");
        let values = rendered(TEMPLATES[1], CHART, text, "{}");
        metadata | values
    });
}

#[test]
fn schemas() {
    let seeds = [
        "{\"$schema\": \"http://json-schema.org/draft-07/schema#\", \"type\": \"object\", \"properties\": {\"replicas\": {\"type\": \"integer\", \"minimum\": 1}, \
         \"name\": {\"$ref\": \"#/definitions/n\"}}, \"required\": [\"name\"], \"definitions\": {\"n\": {\"type\": \"string\", \"pattern\": \"^[a-z]+$\"}}}",
    ];
    let target = Target::of_texts(
        "schema",
        &seeds,
        &["\"$ref\": \"#\"", "\"not\": {}", "{", "}", "[", "allOf", "(a*)*", "http://127.0.0.1:1/x", "null"],
    );
    target.run_texts(|text| rendered("a: 1", CHART, VALUES, text));
}

#[test]
fn options_of_the_command_line() {
    let seeds = [
        "a=b,c.d=1,e[0]=x,f={1,2,3}",
        "a.b[1].c=null,d\\,e=f\\=g,h=",
        "{\"a\": 1, \"b\": [null]}",
        "x={\"y\": [1, 2]},z=true",
    ];
    let target = Target::of_texts(
        "set",
        &seeds,
        &["[", "]", "={", "}", "\\", ",", ".", "[65537]", "[-1]", "null", "a.a.a.a.a.a."],
    );
    target.run_texts(|text| {
        let merged = |kind| {
            let expressions = vec![Expression { kind, text: text.to_owned() }];
            Sources { files: vec![("v".to_owned(), VALUES.to_owned())], expressions }
                .merge(&|_| Ok(String::new()))
                .is_ok()
        };
        merged(ExpressionKind::Typed) | merged(ExpressionKind::Text) | merged(ExpressionKind::Json)
    });
}
