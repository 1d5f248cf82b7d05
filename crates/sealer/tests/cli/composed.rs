//! Images made of other images, looked at as files, and found in registries.

use crate::fixtures::built;
use crate::registry::Registry;
use crate::surroundings::{Surroundings, same};
use serde_json::Value;

/// Builds an image of one file for some platforms.
fn small(here: &Surroundings, name: &str, platform: &str, file: &str, content: &str) {
    here.write("small/Kubefile", format!("FROM scratch\nCOPY {file} bin/\n"));
    here.write(&format!("small/{file}"), content);
    let _ = here.sealer(&["build", "-q", "-t", name, "--platform", platform, "small"]).done();
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn images_are_merged_into_one_that_runs_the_applications_of_both() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let machine = sealer_model::Platform::from_machine(std::env::consts::ARCH).to_string();
    small(&here, "tools:v1", &machine, "tool", "tool");
    let printed = here.sealer(&["merge", "web:v1", "tools:v1", "-t", "all:v1"]).done();
    assert!(printed.starts_with("docker.io/library/all:v1@sha256:"), "{printed}");
    let image = json(&here.sealer(&["inspect", "all:v1"]).done());
    assert_eq!(image["imageExtension"]["launch"]["app_names"], serde_json::json!(["web"]));
    assert_eq!(image["containerImages"].as_array().unwrap().len(), 1);
    let difference = here.sealer(&["diff", "web:v1", "all:v1"]).done();
    assert!(difference.contains("bin/tool"), "{difference}");

    small(&here, "tools:v2", &machine, "tool", "another tool");
    let refused = here.sealer(&["alpha", "merge", "tools:v1", "tools:v2", "-t", "both:v1"]).ended(1);
    assert!(refused.stderr.contains("file bin/tool is not the same in"), "{}", refused.stderr);
    let merged = here.sealer(&["merge", "--prefer-later", "tools:v1", "tools:v2", "-t", "both:v1"]).ended(0);
    assert!(merged.stderr.contains("bin/tool"), "{}", merged.stderr);
}

#[test]
fn a_list_is_made_of_images_for_one_platform_each_and_pushed_whole() {
    let (here, registry) = (Surroundings::new(), Registry::start());
    small(&here, "web:amd64", "linux/amd64", "tool", "for amd64");
    small(&here, "web:arm64", "linux/arm64", "tool", "for arm64");
    let list = format!("{}/demo/web:v1", registry.address);
    let _ = here.sealer(&["manifest", "create", &list, "web:amd64"]).done();
    let refused = here.sealer(&["manifest", "create", &list]).ended(1);
    assert!(refused.stderr.contains("is there already"), "{}", refused.stderr);
    let _ = here.sealer(&["alpha", "manifest", "add", "-t", &list, "web:arm64"]).done();
    let index = json(&here.sealer(&["manifest", "inspect", &list]).done());
    let platforms: Vec<&str> = index["manifests"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|it| it["platform"]["architecture"].as_str())
        .collect();
    assert_eq!(platforms, ["amd64", "arm64"]);
    let _ = here.sealer(&["manifest", "push", "--all", "--rm", &list, &format!("docker://{list}")]).done();
    let _ = here.sealer(&["manifest", "inspect", &list]).ended(1);

    let there = Surroundings::new();
    let _ = there.sealer(&["pull", &list]).done();
    let image = json(&there.sealer(&["inspect", &list]).done());
    assert_eq!(image["platforms"].as_array().unwrap().len(), 2);
    let digest = index["manifests"][0]["digest"].as_str().unwrap();
    let _ = there.sealer(&["manifest", "remove", &list, digest]).done();
    let image = json(&there.sealer(&["inspect", &list]).done());
    assert_eq!(image["platforms"], serde_json::json!([{"architecture": "arm64", "os": "linux"}]));
    let _ = there.sealer(&["manifest", "delete", &list]).done();
    same("[]\n", &there.sealer(&["images", "--json"]).done());
}

#[test]
fn the_files_of_an_image_are_in_a_folder_until_it_is_unmounted() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let printed = here.sealer(&["mount", "web:v1"]).done();
    let listed = json(&here.sealer(&["mount", "--output", "json"]).done());
    let path = listed[0]["path"].as_str().unwrap().replace("$HERE", here.root().parent().unwrap().to_str().unwrap());
    let workload = std::fs::read_to_string(format!("{path}/application/apps/web/web.yaml"));
    let table = here.sealer(&["mount"]).done();
    let _ = here.sealer(&["rmi", "web:v1"]).done();
    let pruned = here.sealer(&["prune", "--output", "json"]).done();
    let _ = here.sealer(&["umount", "web:v1"]).done();
    assert_eq!(printed.trim(), listed[0]["path"].as_str().unwrap());
    assert!(workload.unwrap().contains("kind: Pod"));
    assert!(table.contains("docker.io/library/web:v1"), "{table}");
    assert_eq!(json(&pruned)["blobs"], 0);
    same("[]\n", &here.sealer(&["mount", "-o", "json"]).done());
    assert!(json(&here.sealer(&["prune", "--output", "json"]).done())["blobs"].as_u64().unwrap() > 0);
    let refused = here.sealer(&["umount", "web:v1"]).ended(1);
    assert!(refused.stderr.contains("no image is mounted as web:v1"), "{}", refused.stderr);
    let _ = here.sealer(&["umount", "--all"]).done();
}

#[test]
fn a_registry_is_searched_for_repositories_and_tags() {
    let (here, registry) = (Surroundings::new(), Registry::start());
    small(&here, "web:v1", "linux/amd64", "tool", "tool");
    let address = &registry.address;
    for name in ["demo/web:v1", "demo/web:v2", "demo/other:v1", "team/web:v1"] {
        let _ = here.sealer(&["push", "web:v1", &format!("{address}/{name}")]).done();
    }
    let search = |words: &[&str]| here.sealer(&[&["search"], words].concat()).ended(0);
    // this registry keeps domains in paths, and what was pushed without one is of localhost
    let (all, folder) = (format!("{address}/"), format!("{address}/localhost/demo/"));
    let repository = format!("{address}/demo/web");
    let team = format!("{address}/localhost/team/web\n");
    same(&format!("{folder}other\n{folder}web\n{team}"), &search(&[&all]).stdout);
    same(&format!("{folder}other\n{folder}web\n"), &search(&[&folder]).stdout);
    same(&format!("{repository}:v1\n{repository}:v2\n"), &search(&[&repository]).stdout);
    let found = json(&search(&[&repository, "--output", "json"]).stdout);
    assert_eq!((&found[1]["repository"], &found[1]["tag"]), (&repository.clone().into(), &"v2".into()));
    let limited = search(&[&all, "--limit", "2"]);
    assert_eq!(limited.stdout.lines().count(), 2);
    assert!(limited.stderr.contains("more than 2 names"), "{}", limited.stderr);
    let nowhere = here.sealer(&["search", &format!("{address}/demo/nowhere")]).ended(1);
    assert!(nowhere.stderr.contains("demo/nowhere"), "{}", nowhere.stderr);
}
