//! Which type an application has; the cases are those of the Go sealer's own tests.

use super::*;
use crate::context::Context;
use crate::recipe::Origin;
use sealer_model::kubefile::Position;
use std::fs;

/// The type and files of an application made of these sources, in a context with these files.
fn detected(files: &[&str], sources: &[&str]) -> (ApplicationType, Vec<String>) {
    let folder = tempfile::tempdir().unwrap();
    for name in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let origins = Origins::new(Context::open(folder.path()).unwrap().into());
    let position = Position { line: 1, column: 1 };
    let sources: Vec<CopySource> =
        sources.iter().map(|text| CopySource { text: (*text).to_owned(), position, origin: Origin::Context }).collect();
    let detected = detect(&origins, "web", &sources).unwrap();
    (detected.application_type, detected.files)
}

const CHART: [&str; 3] = ["c/Chart.yaml", "c/values.yaml", "c/templates/x.yaml"];

#[test]
fn a_chart_is_known_as_a_folder_or_by_its_parts() {
    let chart = (ApplicationType::Helm, vec!["web".to_owned()]);
    assert_eq!(detected(&CHART, &["c"]), chart);
    assert_eq!(detected(&CHART, &["c/Chart.yaml", "c/values.yaml", "c/templates"]), chart);
    let with_manifests = [CHART.as_slice(), &["k/a.yaml"]].concat();
    assert_eq!(detected(&with_manifests, &["k", "c"]), chart);
}

#[test]
fn values_files_named_beside_a_chart_follow_its_name_in_their_order() {
    let files = [CHART.as_slice(), &["z.yaml", "a.yml", "k/no.yaml", "note.txt"]].concat();
    let expected = ["web", "z.yaml", "a.yml"].map(str::to_owned).to_vec();
    assert_eq!(detected(&files, &["c", "z.yaml", "a.yml", "k", "note.txt"]), (ApplicationType::Helm, expected));
}

#[test]
fn a_chart_further_down_does_not_count() {
    let below = ["top/c/Chart.yaml", "top/c/values.yaml", "top/c/templates/x.yaml"];
    assert_eq!(detected(&below, &["top"]).0, ApplicationType::Kube);
}

#[test]
fn only_manifests_are_applied_all() {
    let files = ["k/b.yml", "k/s/a.yaml", "x.yaml"];
    let expected = vec!["b.yml".to_owned(), "s/a.yaml".to_owned(), "x.yaml".to_owned()];
    assert_eq!(detected(&files, &["k", "x.yaml"]), (ApplicationType::Kube, expected));
}

#[test]
fn only_scripts_run_those_of_the_first_source() {
    let scripts = (ApplicationType::Shell, vec!["a.sh".to_owned()]);
    assert_eq!(detected(&["a.sh", "b.sh"], &["a.sh", "b.sh"]), scripts);
}

#[test]
fn a_mixture_has_no_type() {
    assert_eq!(detected(&["a.sh", "b.yaml"], &["a.sh", "b.yaml"]), (ApplicationType::Unknown, vec![]));
    assert_eq!(detected(&["a.tgz"], &["a.tgz"]).0, ApplicationType::Unknown);
}
