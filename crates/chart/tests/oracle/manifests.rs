//! What is printed of a chart, in Helm's order: the manifests of an installation that is not carried out.

use sealer_chart::manifests::sort;
use sealer_chart::output::{Selection, text};
use sealer_chart::{Origin, Release, Request, template};
use serde_json::{Value, json};

use crate::helm::Helm;

/// Documents of many kinds in many orders, with separators of all sorts.
const CHARTS: [&[(&str, &str)]; 6] = [
    &[
        (
            "b.yaml",
            "kind: Service\n---\nkind: Namespace\n---\nkind: Zebra\n---\nkind: Apple\n---\n# nothing\n---\nkind: Pod\n",
        ),
        ("a.yaml", "kind: Service\nmetadata: {name: a}\n--- \nkind: Deployment\n"),
    ],
    &[
        ("a.yaml", "---\n---\nkind: A\n\n---   # note\nkind: B\n---kind: C\n"),
        ("z/b.yaml", "kind: ConfigMap"),
        ("_p.yaml", "kind: No"),
    ],
    &[
        ("hook.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/hook: pre-install}}\n"),
        ("unknown.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/hook: crd-install}}\n"),
        ("plain.yaml", "kind: Job\nmetadata: {annotations: {helm.sh/other: pre-install}}\n"),
    ],
    &[("NOTES.txt", "notes"), ("sub/NOTES.txt", "kind: Notes"), ("blank.yaml", "\n  \n"), ("a.txt", "kind: Text")],
    &[("a.yaml", "kind: List\nitems: [{kind: Service}]\n---\n{\"kind\": \"Secret\"}\n---\r\nkind: Role\r\n")],
    &[("bad.yaml", "kind: [\n")],
];

#[test]
fn documents_come_in_helms_order() {
    let Some(mut helm) = Helm::start() else { return };
    for files in CHARTS {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("Chart.yaml"), "apiVersion: v2\nname: c\nversion: 0.1.0\n").unwrap();
        for (name, text) in files {
            let path = folder.path().join("templates").join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let request = Request::new(Origin::Path(folder.path().into()), Release::new("rel", "ns1"));
        let rendered = template(&request).unwrap();
        let selection = Selection { no_hooks: true, ..Selection::default() };
        let ours = sort(&rendered.files).and_then(|manifests| text(&rendered, &manifests, &selection));
        let answer = helm.manifest(folder.path(), &json!({}));
        let theirs = answer.get("manifest").and_then(Value::as_str).map(str::trim);
        assert_eq!(ours.ok().as_deref().map(str::trim), theirs, "{files:?} {answer}");
    }
}
