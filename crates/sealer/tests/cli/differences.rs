//! What changed from one image to another, and archives of just that.

use crate::fixtures::built;
use crate::surroundings::Surroundings;
use serde_json::Value;

/// Two images, the second with another application's file, another label, a file more and one less.
fn two_images(here: &Surroundings) {
    built(here, "web:v1");
    let kubefile = std::fs::read_to_string(here.work().join("context/Kubefile")).unwrap();
    let workload = std::fs::read_to_string(here.work().join("context/web.yaml")).unwrap();
    here.write("context/web.yaml", workload + "---\n");
    here.write("context/tool", "tool");
    here.write("context/Kubefile", kubefile.replace("v1.26.0", "v1.27.0").replace("APP ", "COPY tool bin/\nAPP "));
    let _ = here.sealer(&["build", "-q", "-t", "web:v2", "context"]).done();
}

#[test]
fn two_versions_are_compared_for_people() {
    let here = Surroundings::new();
    two_images(&here);
    let text = here.sealer(&["diff", "web:v1", "web:v2"]).done();
    let lines: Vec<String> = text.lines().map(|it| it.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    for line in [
        "~ kubernetes version v1.26.0 -> v1.27.0",
        "~ web 1 file",
        "~ application/apps/web/web.yaml content 121 B -> 125 B",
        "+ bin/tool 0644 4 B",
    ] {
        assert!(lines.iter().any(|found| found == line), "{line}\n{text}");
    }
    assert!(!text.contains("container images"), "{text}");
    assert!(lines.last().unwrap().starts_with("to move: "), "{text}");
}

#[test]
fn two_versions_are_compared_for_programs() {
    let here = Surroundings::new();
    two_images(&here);
    let compare = |from: &str, to: &str| -> Value {
        serde_json::from_str(&here.sealer(&["diff", from, to, "--output", "json"]).done()).unwrap()
    };
    let there = compare("web:v1", "web:v2");
    let files = there["rootfs"][0]["files"].as_array().unwrap();
    let tool = files.iter().find(|file| file["name"] == "bin/tool").unwrap();
    assert_eq!(
        (&tool["change"], &tool["to"]["mode"], &tool["to"]["size"]),
        (&"added".into(), &"0644".into(), &4.into())
    );
    let (moved, shared) = (there["bytes"]["bytes"].as_u64().unwrap(), there["bytes"]["shared"].as_u64().unwrap());
    assert!(moved > 0 && shared > 1024, "{there:#}");
    let back = compare("web:v2", "web:v1");
    assert_eq!(back["rootfs"][0]["files"].as_array().unwrap().len(), files.len());
    let same = compare("web:v1", "web:v1");
    assert_eq!((&same["rootfs"], &same["bytes"]["bytes"]), (&Value::Array(Vec::new()), &0.into()));
}

#[test]
fn an_image_that_is_not_there_is_named() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let ended = here.sealer(&["diff", "web:v1", "web:v9"]).ended(1);
    assert!(ended.stderr.contains("docker.io/library/web:v9"), "{}", ended.stderr);
}

#[test]
fn what_changed_fits_on_small_media_and_needs_the_base_where_it_is_loaded() {
    let (here, there) = (Surroundings::new(), Surroundings::new());
    two_images(&here);
    let _ = here.sealer(&["save", "web:v1", "-o", "base.tar"]).done();
    let _ = here.sealer(&["save", "web:v2", "--base", "web:v1", "--split", "8K", "-o", "part.tar"]).done();
    let path = |file: &str| here.work().join(file).to_str().unwrap().to_owned();
    assert!(here.work().join("part.tar.002").exists());
    let refused = there.sealer(&["load", "-i", &path("part.tar.001")]).ended(1);
    assert!(refused.stderr.contains("docker.io/library/web:v1"), "{}", refused.stderr);
    assert!(refused.stderr.contains("hint: "), "{}", refused.stderr);
    let _ = there.sealer(&["load", "-i", &path("base.tar")]).done();
    let loaded = there.sealer(&["load", "-i", &path("part.tar.001")]).done();
    assert_eq!(loaded, "docker.io/library/web:v2\n");
    assert_eq!(there.sealer(&["inspect", "web:v2"]).done(), here.sealer(&["inspect", "web:v2"]).done());
    std::fs::remove_file(path("part.tar.002")).unwrap();
    let missing = there.sealer(&["load", "-i", &path("part.tar.json")]).ended(1);
    assert!(missing.stderr.contains("part.tar.002 is missing"), "{}", missing.stderr);
}
