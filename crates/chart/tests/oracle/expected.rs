//! The charts of the corpus under values made from their own. Every file must be what Helm makes of it, byte for byte but for random
//! words, and what Helm refuses must be refused.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sealer_chart::{Origin, Release, Request, template};
use serde_json::{Value, json};

use crate::comparison::{difference, lines_agree};
use crate::helm::Helm;
use crate::variants::variant;

/// Releases that differ in all that templates can ask of one.
const RELEASES: [(&str, &str, u64); 6] = [
    ("rel", "ns1", 1),
    ("a-name-as-long-as-a-name-of-a-release-may-be-x53-end", "kube-system", 1),
    ("web", "default", 2),
    ("0a.b", "n", 1),
    ("web.example-1", "name-space-9", 17),
    ("x", "a-namespace-as-long-as-a-namespace-may-be-with-63-characters-x63", 1),
];

/// One answer beside Helm's.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Equal,
    /// Both refuse; the texts may differ.
    Refused {
        same_text: bool,
    },
    Differs(String),
}

#[test]
fn charts_under_other_values_are_what_helm_makes_of_them() {
    let variants = std::env::var("SEALER_CHART_VARIANTS").map_or(1, |text| text.parse().unwrap());
    let (Some(corpus), Some(mut helm)) = (crate::unpacked::corpus(), Helm::start()) else { return };
    let mut verdicts = Vec::new();
    for chart in charts(corpus.path()) {
        let defaults = helm.defaults(&chart);
        for number in 0..variants {
            let release = RELEASES[(number % RELEASES.len() as u64) as usize];
            let verdict = verdict(&mut helm, &chart, &variant(&defaults, number), release);
            verdicts.push((format!("{} variant {number}", name(&chart)), verdict));
        }
    }
    let count = |wanted: Verdict| verdicts.iter().filter(|(_, verdict)| *verdict == wanted).count();
    let (same, other) = (count(Verdict::Refused { same_text: true }), count(Verdict::Refused { same_text: false }));
    eprintln!("{} equal, {} refused by both, {same} of them in the same words", count(Verdict::Equal), same + other);
    let differing = verdicts.iter().filter_map(|(name, verdict)| match verdict {
        Verdict::Differs(text) => Some(format!("{name}: {text}")),
        _ => None,
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}

fn charts(folder: &Path) -> Vec<PathBuf> {
    let word = std::env::var("SEALER_CHART").unwrap_or_default();
    let entries = std::fs::read_dir(folder.join("charts")).unwrap().map(|entry| entry.unwrap().path());
    let mut charts: Vec<PathBuf> = entries.filter(|path| name(path).contains(&word)).collect();
    charts.sort();
    charts
}

fn name(chart: &Path) -> String {
    chart.file_name().unwrap().to_string_lossy().into_owned()
}

fn verdict(helm: &mut Helm, chart: &Path, values: &Value, (name, namespace, revision): (&str, &str, u64)) -> Verdict {
    let is_upgrade = revision > 1;
    let options = json!({
        "name": name, "namespace": namespace, "revision": revision, "is_upgrade": is_upgrade, "is_install": !is_upgrade
    });
    let theirs = helm.render(chart, values, &options);
    let release = Release { is_upgrade, revision: revision as u32, ..Release::new(name, namespace) };
    let mut request = Request::new(Origin::Path(chart.into()), release);
    request.allows_missing_dependencies = true;
    request.values.files.push(("variant.json".to_owned(), values.to_string()));
    match (template(&request), theirs.get("renders"), theirs.get("fails").and_then(Value::as_str)) {
        (Ok(rendered), Some(theirs), _) => match compared(&rendered.files, theirs, None) {
            Verdict::Equal => Verdict::Equal,
            // what Helm makes differently the next time may differ here
            _ => compared(&rendered.files, theirs, helm.render(chart, values, &options).get("renders")),
        },
        (Err(ours), _, Some(theirs)) => Verdict::Refused { same_text: theirs.contains(&ours.to_string()) },
        (Ok(_), _, theirs) => Verdict::Differs(format!("Helm refuses: {theirs:?}\n  with {values}")),
        (Err(error), ..) => Verdict::Differs(format!("Helm renders it, here: {error}\n  with {values}")),
    }
}

/// Our files beside Helm's; where Helm was asked again, lines that it made differently may hold other random words.
fn compared(ours: &BTreeMap<String, String>, theirs: &Value, again: Option<&Value>) -> Verdict {
    let files = |value: &Value| -> BTreeMap<String, String> { serde_json::from_value(value.clone()).unwrap() };
    let (theirs, again) = (files(theirs), again.map(files).unwrap_or_default());
    if !ours.keys().eq(theirs.keys()) {
        let ours: Vec<_> = ours.keys().filter(|path| !theirs.contains_key(*path)).collect();
        return Verdict::Differs(format!("other files; only ours: {ours:?}"));
    }
    let mut differing = ours.iter().filter_map(|(path, text)| {
        let first = theirs.get(path)?;
        let steady = steady_lines(first, again.get(path).unwrap_or(first));
        let agree = |line: usize, one: &str, other: &str| {
            one == other || !steady.get(line).copied().unwrap_or(true) && lines_agree(one, other)
        };
        Some(format!("{path} {}", difference(text, first, agree)?))
    });
    differing.next().map_or(Verdict::Equal, Verdict::Differs)
}

/// Which lines are the same in both renderings.
fn steady_lines(one: &str, other: &str) -> Vec<bool> {
    one.split('\n').zip(other.split('\n')).map(|(one, other)| one == other).collect()
}
