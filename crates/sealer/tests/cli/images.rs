//! Images on this machine: built, listed, named, looked at, saved, loaded, removed.

use crate::fixtures::{CONTAINER_IMAGE, built, context};
use crate::surroundings::{Surroundings, same};
use serde_json::Value;

fn listed(here: &Surroundings) -> Value {
    serde_json::from_str(&here.sealer(&["images", "--output", "json"]).done()).unwrap()
}

fn names(here: &Surroundings) -> Vec<String> {
    let listed = listed(here);
    listed.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn no_images_are_an_empty_list() {
    let here = Surroundings::new();
    same("REPOSITORY  TAG  IMAGE ID  CREATED  SIZE\n", &here.sealer(&["images"]).done());
    same("[]\n", &here.sealer(&["images", "--json"]).done());
    same("", &here.sealer(&["images", "-q"]).done());
}

#[test]
fn a_build_tells_what_it_does_on_standard_error_and_prints_the_image() {
    let here = Surroundings::new();
    context(&here);
    let ended = here.sealer(&["build", "-t", "web:v1", "context"]).ended(0);
    let digest = listed(&here)[0]["digest"].as_str().unwrap().to_owned();
    same(&format!("docker.io/library/web:v1@{digest}\n"), &ended.stdout);
    assert!(!ended.stderr.is_empty());
    let quiet = here.sealer(&["build", "-q", "-t", "web:v1", "context"]).ended(0);
    same("", &quiet.stderr);
    same(&ended.stdout, &quiet.stdout);
}

#[test]
fn events_are_json_lines() {
    let here = Surroundings::new();
    context(&here);
    let ended = here.sealer(&["build", "--events", "ndjson", "-t", "web:v1", "context"]).ended(0);
    let events: Vec<Value> = ended.stderr.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(events.iter().any(|event| event["event"] == "stage"), "{}", ended.stderr);
    assert!(events.iter().all(|event| event["at"].is_string()), "{}", ended.stderr);
}

#[test]
fn an_image_is_listed_for_people_and_for_programs() {
    let here = Surroundings::new();
    built(&here, "registry.example:5000/demo/web:v1");
    let image = &listed(&here)[0];
    assert_eq!(image["name"], "registry.example:5000/demo/web:v1");
    assert_eq!(image["repository"], "registry.example:5000/demo/web");
    assert_eq!(image["tag"], "v1");
    let size = image["size"].as_u64().unwrap();
    assert!(size > 1024, "{image}");
    let digest = image["digest"].as_str().unwrap();
    let table = here.sealer(&["images", "--noheading"]).done();
    let cells: Vec<&str> = table.split_whitespace().collect();
    assert_eq!(cells[..3], ["registry.example:5000/demo/web", "v1", &digest[7..19]]);
    let whole = here.sealer(&["images", "--digests", "--no-trunc"]).done();
    assert!(whole.contains(digest) && whole.starts_with("REPOSITORY"), "{whole}");
    same(&format!("{}\n", &digest[7..19]), &here.sealer(&["images", "-q"]).done());
}

#[test]
fn inspect_names_applications_and_container_images() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let document: Value = serde_json::from_str(&here.sealer(&["inspect", "web:v1"]).done()).unwrap();
    let text = document.to_string();
    assert!(text.contains(CONTAINER_IMAGE), "{document:#}");
    assert!(text.contains("\"web\""), "{document:#}");
}

#[test]
fn images_are_told_as_a_template_says() {
    let here = Surroundings::new();
    built(&here, "registry.example/demo/web:v1");
    let _ = here.sealer(&["tag", "registry.example/demo/web:v1", "web:v2"]).done();
    let format = |template: &str| here.sealer(&["images", "--format", template]).done();
    same("docker.io/library/web v2\nregistry.example/demo/web v1\n", &format("{{.Repository}} {{.Tag}}"));
    let table = format("table {{.Name}}\\t{{.Tag}}");
    assert!(table.starts_with("NAME                          TAG\n"), "{table}");
    let digest = listed(&here)[0]["digest"].as_str().unwrap().to_owned();
    let inspect = |template: &str| here.sealer(&["inspect", "--format", template, "web:v2"]).done();
    same(&format!("{digest}\n"), &inspect("{{.digest}}"));
    same("[\"web\"]\n", &inspect("{{json .ImageExtension.launch.app_names}}"));
    same(&format!("{CONTAINER_IMAGE} \n"), &inspect("{{range .containerImages}}{{.name}} {{end}}"));
    let refused = here.sealer(&["images", "--format", "{{.Nothing}}"]).ended(2);
    assert!(refused.stderr.contains("Nothing"), "{}", refused.stderr);
}

#[test]
fn a_name_can_be_added_and_removed_and_the_content_stays_until_the_last_goes() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let _ = here.sealer(&["tag", "web:v1", "web:stable", "registry.example/web:v1"]).done();
    assert_eq!(names(&here), ["docker.io/library/web:stable", "docker.io/library/web:v1", "registry.example/web:v1",]);
    let _ = here.sealer(&["rmi", "web:v1", "web:stable"]).done();
    let _ = here.sealer(&["inspect", "registry.example/web:v1"]).done();
    let _ = here.sealer(&["rmi", "registry.example/web:v1"]).done();
    assert_eq!(names(&here), [""; 0]);
    let blobs = here.root().join("images/blobs/sha256");
    assert_eq!(std::fs::read_dir(blobs).unwrap().count(), 0);
}

#[test]
fn an_image_is_found_by_its_identifier_and_by_its_digest() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let _ = here.sealer(&["tag", "web:v1", "registry.example/web:v1"]).done();
    let identifier = here.sealer(&["images", "-q"]).done().lines().next().unwrap().to_owned();
    let document: Value = serde_json::from_str(&here.sealer(&["inspect", &identifier]).done()).unwrap();
    assert_eq!(document["name"], "docker.io/library/web:v1");
    let _ = here.sealer(&["tag", &identifier, "web:v2"]).done();
    let _ = here.sealer(&["save", &identifier, "-o", "web.tar"]).done();
    let refused = here.sealer(&["rmi", &identifier]).ended(2);
    assert!(refused.stderr.contains("has several names: docker.io/library/web:v1, docker"), "{}", refused.stderr);
    let digest = document["digest"].as_str().unwrap();
    let _ = here.sealer(&["rmi", &format!("registry.example/web@{digest}")]).done();
    assert_eq!(names(&here), ["docker.io/library/web:v1", "docker.io/library/web:v2"]);
    let absent = here.sealer(&["rmi", &format!("registry.example/web@{digest}")]).ended(1);
    assert!(absent.stderr.contains(&format!("registry.example/web@{digest}")), "{}", absent.stderr);
    let _ = here.sealer(&["rmi", "--force", &identifier]).done();
    assert_eq!(names(&here), [""; 0]);
}

#[test]
fn a_plain_image_is_described_too() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let document: Value = serde_json::from_str(&here.sealer(&["inspect", "web:v1"]).done()).unwrap();
    let digest = document["containerImages"][0]["digest"].as_str().unwrap();
    let store = sealer_image::Store::open(&here.root().join("images")).unwrap();
    let manifest = std::fs::metadata(store.blob_path(&digest.parse().unwrap())).unwrap();
    let media_type = sealer_model::image::media_type::MANIFEST;
    let image = sealer_model::image::Descriptor::new(media_type, digest.parse().unwrap(), manifest.len());
    store.tag(&CONTAINER_IMAGE.parse().unwrap(), &image).unwrap();
    let document: Value = serde_json::from_str(&here.sealer(&["inspect", CONTAINER_IMAGE]).done()).unwrap();
    assert_eq!(document["digest"], digest);
    assert_eq!(document["manifests"][0]["config"]["os"], "linux", "{document:#}");
    assert_eq!(document["manifests"][0]["layers"][0]["size"], 1024, "{document:#}");
    same(&format!("{digest}\n"), &here.sealer(&["inspect", "-f", "{{.Digest}}", CONTAINER_IMAGE]).done());
    let refused = here.sealer(&["inspect", "--images", CONTAINER_IMAGE]).ended(1);
    assert!(refused.stderr.contains("is not a cluster image"), "{}", refused.stderr);
}

#[test]
fn what_was_saved_is_loaded_as_it_was() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let before = listed(&here);
    let _ = here.sealer(&["save", "web:v1", "-o", "web.tar"]).done();
    let _ = here.sealer(&["rmi", "web:v1"]).done();
    same("docker.io/library/web:v1\n", &here.sealer(&["load", "-i", "web.tar"]).done());
    assert_eq!(listed(&here), before);
}

#[test]
fn an_image_is_saved_in_the_form_that_is_asked_for() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let _ = here.sealer(&["save", "web:v1", "--compress", "--format", "oci-dir", "-o", "layout"]).done();
    assert!(here.work().join("layout/oci-layout").is_file());
    let refused = here.sealer(&["save", "web:v1", "--format", "docker-archive", "-o", "docker.tar"]).ended(1);
    assert!(refused.stderr.contains("is a cluster image, which docker's archives cannot hold"), "{}", refused.stderr);
    let _ = here.sealer(&["save", "web:v1", "--format", "oci-dir", "--split", "1G", "-o", "cut"]).ended(2);
    let _ = here.sealer(&["save", "web:v1", "--format", "docker-dir", "-o", "dir"]).ended(2);
}

#[test]
fn an_image_that_is_not_there_is_named() {
    let here = Surroundings::new();
    for words in [
        &["inspect", "nowhere:v1"][..],
        &["tag", "nowhere:v1", "b:v1"],
        &["save", "nowhere:v1", "-o", "x.tar"],
        &["push", "nowhere:v1"],
        &["rmi", "nowhere:v1"],
    ] {
        let ended = here.sealer(words).ended(1);
        assert!(ended.stderr.starts_with("error: "), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("docker.io/library/nowhere:v1"), "{words:?}: {}", ended.stderr);
        assert!(ended.stderr.contains("hint: `sealer images`"), "{words:?}: {}", ended.stderr);
        assert_eq!(ended.stdout, "", "{words:?}");
    }
    let _ = here.sealer(&["rmi", "--force", "nowhere:v1"]).done();
    assert!(!here.work().join("x.tar").exists());
}

#[test]
fn a_file_that_is_no_archive_is_refused() {
    let here = Surroundings::new();
    here.write("junk.tar", "this is not an archive");
    let ended = here.sealer(&["load", "-i", "junk.tar"]).ended(1);
    assert!(ended.stderr.contains("junk.tar"), "{}", ended.stderr);
    let ended = here.sealer(&["load", "-i", "absent.tar"]).ended(1);
    assert!(ended.stderr.contains("absent.tar"), "{}", ended.stderr);
}

#[test]
fn a_mistake_in_the_kubefile_is_shown_with_its_place() {
    let here = Surroundings::new();
    here.write("context/Kubefile", "FROM scratch\nCOPPY a b\n");
    let ended = here.sealer(&["build", "-t", "web:v1", "context"]).ended(1);
    assert!(ended.stderr.contains("Kubefile:2"), "{}", ended.stderr);
    assert!(ended.stderr.contains("COPPY"), "{}", ended.stderr);
}

#[test]
fn the_time_of_an_image_is_the_one_that_was_asked_for() {
    let here = Surroundings::new().with("SOURCE_DATE_EPOCH", "1700000000");
    built(&here, "web:v1");
    assert_eq!(listed(&here)[0]["created"], "2023-11-14T22:13:20Z");
}

#[test]
fn an_unchanged_build_is_the_same_image_anywhere() {
    let digest = || {
        let here = Surroundings::new();
        built(&here, "web:v1");
        listed(&here)[0]["digest"].clone()
    };
    assert_eq!(digest(), digest());
}

#[test]
fn every_container_image_is_listed_with_who_asks_for_it() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let table = here.sealer(&["inspect", "--images", "web:v1"]).done();
    let line = table.lines().find(|line| line.contains("web.yaml")).unwrap();
    assert!(line.starts_with(CONTAINER_IMAGE), "{table}");
    let cells: Vec<&str> = line.split_whitespace().collect();
    let expected = ["web", "application/apps/web/web.yaml,", "Pod/web", "spec.containers[0].image"];
    assert_eq!(cells[2..], expected, "{table}");
    let json: Value =
        serde_json::from_str(&here.sealer(&["inspect", "--images", "-o", "json", "web:v1"]).done()).unwrap();
    assert_eq!(json[0]["demands"][0]["document"], "Pod/web");
}

#[test]
fn why_an_image_is_carried_can_be_asked_by_its_name() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let expected = format!(
        "{CONTAINER_IMAGE} for linux/{} in docker.io/library/web:v1\n    \
        application web: application/apps/web/web.yaml, Pod/web spec.containers[0].image\n    \
        manifests/imageList, line 1\n",
        sealer_model::Platform::from_machine(std::env::consts::ARCH).architecture
    );
    same(&expected, &here.sealer(&["alpha", "images", "why", CONTAINER_IMAGE]).done());
    let repository = CONTAINER_IMAGE.rsplit_once(':').unwrap().0;
    same(&expected, &here.sealer(&["alpha", "images", "why", repository, "--in", "web:v1"]).done());
    let ended = here.sealer(&["alpha", "images", "why", "nginx:1"]).ended(1);
    assert!(ended.stderr.contains("no cluster image of this machine carries nginx:1"), "{}", ended.stderr);
}

#[test]
fn an_image_can_be_proven_to_need_nothing_from_outside() {
    let here = Surroundings::new();
    built(&here, "web:v1");
    let report = here.sealer(&["verify", "--offline", "web:v1"]).done();
    assert!(
        report.ends_with(
            "asks for 1 images: 0 leave the site, 0 are allowed to be missing, 0 files cannot be searched\n"
        ),
        "{report}"
    );
    let _ = here.sealer(&["build", "--build-mode", "lite", "-t", "lite:v1", "context"]).done();
    let report = here.sealer(&["verify", "--offline", "lite:v1"]).ended(4);
    assert!(report.stdout.starts_with(&format!("leaves the site: {CONTAINER_IMAGE} for linux/")), "{}", report.stdout);
    let _ = here.sealer(&["verify", "web:v1"]).ended(2);
}

#[test]
fn an_image_may_be_missing_by_name() {
    let here = Surroundings::new();
    context(&here);
    here.write("context/imageList", "");
    let build = ["build", "--pull", "never", "-t", "web:v1", "context", "--allow-missing"];
    let _ = here.sealer(&[&build[..], &["other:1"]].concat()).ended(1);
    let _ = here.sealer(&[&build[..], &[CONTAINER_IMAGE]].concat()).done();
    let report = here.sealer(&["verify", "--offline", "web:v1"]).done();
    assert!(report.starts_with(&format!("allowed to be missing: {CONTAINER_IMAGE}")), "{report}");
    let _ = here.sealer(&build).done();
}

#[test]
fn a_list_with_passwords_names_images_and_shows_no_password() {
    let here = Surroundings::new();
    context(&here);
    here.write("list.yaml", "- registry: 127.0.0.1:1\n  username: u\n  password: hunter2\n  images: [team/none:v1]\n");
    let build = ["build", "-t", "web:v1", "--image-list-with-auth", "list.yaml", "--pull", "never", "context"];
    let missing = here.sealer(&build).ended(1).stderr;
    assert!(missing.contains("127.0.0.1:1/team/none:v1") && missing.contains("list.yaml, line 4"), "{missing}");
    here.write("list.yaml", "- registry: 127.0.0.1:1\n  password: hunter2\n  images: [team/none:v1]\n");
    let wrong = here.sealer(&build).ended(1).stderr;
    assert!(wrong.contains("list.yaml:") && wrong.contains("it is no list of sections"), "{wrong}");
    assert!(!(missing + &wrong).contains("hunter2"));
    std::fs::remove_file(here.work().join("list.yaml")).unwrap();
    assert!(here.sealer(&build).ended(1).stderr.contains("cannot read list.yaml"));
}
