//! Small charts and what Helm makes of them: dependencies, values, files, capabilities, errors. `oracle.rs` asks Helm itself.
#![allow(clippy::unwrap_used)]

mod case;

use std::collections::BTreeMap;

fn difference(case: &case::Case) -> Option<String> {
    match (case.render(), &case.fails) {
        (Ok(rendered), None) => {
            let ours: BTreeMap<String, String> = rendered.files;
            let differs = |path: &&String| ours.get(*path) != case.renders.get(*path);
            let path = ours.keys().chain(case.renders.keys()).find(differs)?;
            Some(format!("{path}\n  expected {:?}\n  rendered {:?}", case.renders.get(path), ours.get(path)))
        }
        (Err(error), Some(expected)) if error.trim_end() == expected => None,
        (Err(error), expected) => Some(format!("\n  expected {expected:?}\n  fails with {error:?}")),
        (Ok(_), Some(expected)) => Some(format!("renders, but should fail with {expected:?}")),
    }
}

#[test]
fn charts_render_as_with_helm() {
    let cases = case::all();
    assert!(cases.len() > 50, "there are cases");
    let differing: Vec<String> =
        cases.iter().filter_map(|case| Some(format!("{}: {}", case.name, difference(case)?))).collect();
    assert!(differing.is_empty(), "{} of {} cases differ\n{}", differing.len(), cases.len(), differing.join("\n"));
}
