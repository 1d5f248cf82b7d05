//! Templates of a few lines, each of which asks for one thing at its edge. No expectations are written down: whatever Helm makes of
//! one is right. `SEALER_CHART_SNIPPETS` names a file of others.

use std::path::Path;

use crate::pair::{Chart, Pair};

/// What stands between two snippets.
const CUT: &str = "\n%%\n";

#[test]
fn snippets_are_what_helm_makes_of_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/oracle/snippets");
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let values = read(&folder.join("values.yaml"));
    let files = [
        ("values.yaml", values.as_str()),
        ("files/a.txt", "one\ntwo\n"),
        ("files/b.conf", "key = \"value\"\r\nother"),
        ("files/d/c.json", "{\"a\": [1, 2.5, null]}"),
        ("templates/_helpers.tpl", "{{ define \"h\" }}<{{ . }}>{{ end }}{{ define \"up\" -}} {{ upper . }}{{ end }}"),
    ];
    let Some(mut chart) = Chart::new(&files) else { return };
    let paths = std::env::var("SEALER_CHART_SNIPPETS").map_or_else(|_| written(&folder), |path| vec![path.into()]);
    let mut differing = Vec::new();
    for path in paths {
        for snippet in read(&path).trim_end_matches('\n').split(CUT) {
            let pair = chart.ask(snippet).unwrap_or_else(|| panic!("Helm has no one answer to {snippet}"));
            differing.extend((!pair.agrees()).then(|| shown(snippet, &pair)));
        }
    }
    assert!(differing.is_empty(), "{} differ\n{}", differing.len(), differing.join("\n"));
}

fn written(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    paths.sort();
    paths
}

/// A template and the answers to it.
pub(crate) fn shown(template: &str, pair: &Pair) -> String {
    format!("{template}\n    ours   {:?}\n    theirs {:?}", pair.ours, pair.theirs)
}
