//! What is made from the definition of the command line.

use crate::surroundings::{Surroundings, same};
use std::path::Path;

#[test]
fn the_version_is_a_line_a_number_or_json() {
    let here = Surroundings::new();
    let number = format!("v{}", env!("CARGO_PKG_VERSION"));
    same(&format!("{number}\n"), &here.sealer(&["version", "--short"]).done());
    assert!(here.sealer(&["version"]).done().starts_with(&format!("sealer {number}")));
    let json = here.sealer(&["version", "--output", "json"]).done();
    let document: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(document["gitVersion"], number);
    assert!(document["platform"].as_str().unwrap().starts_with("linux/"));
}

#[test]
fn every_shell_has_a_completion_script() {
    let here = Surroundings::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = here.sealer(&["completion", shell]).done();
        assert!(script.contains("sealer") && script.contains("inspect"), "{shell}:\n{script}");
    }
}

#[test]
fn the_committed_reference_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/cli.md");
    let committed = std::fs::read_to_string(&page).unwrap_or_default();
    let current = Surroundings::new().sealer(&["reference"]).done();
    same(&current, &committed);
}

#[test]
fn the_committed_page_of_checks_is_current() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/checks.md");
    let committed = std::fs::read_to_string(&page).unwrap_or_default();
    let current = Surroundings::new().sealer(&["check", "--list", "--output", "markdown"]).done();
    same(&current, &committed);
}

#[test]
fn every_check_is_named_with_all_that_is_known_of_it() {
    let json = Surroundings::new().sealer(&["check", "--list", "--output", "json"]).done();
    let checks: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
    let before = checks.iter().filter(|check| check["stage"] == "before").count();
    assert!(before >= 60, "{before}");
    for check in &checks {
        for field in ["id", "stage", "severity", "title", "why", "remedy"] {
            assert!(check[field].as_str().is_some_and(|text| !text.is_empty()), "{check}: {field}");
        }
        assert!(check.get("fix").is_some(), "{check}");
    }
}

#[test]
fn every_visible_verb_has_a_man_page() {
    let here = Surroundings::new();
    let _ = here.sealer(&["man", "pages"]).done();
    let pages = here.work().join("pages");
    for page in ["sealer.1", "sealer-build.1", "sealer-run.1", "sealer-registry-serve.1"] {
        let text = std::fs::read_to_string(pages.join(page)).unwrap();
        assert!(text.contains(".TH"), "{page}");
    }
    assert!(!pages.join("sealer-agent.1").exists());
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let here = Surroundings::new();
    let mut child = here.command(&["reference"]).stdout(std::process::Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
