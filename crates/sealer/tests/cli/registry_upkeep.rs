//! Looking after a store that a registry serves: what takes how much room, what is garbage, what is damaged.

use crate::fixtures::built;
use crate::surroundings::Surroundings;
use sealer_image::Store;

const NAME: &str = "docker.io/demo/web:v1";

fn store(here: &Surroundings) -> Store {
    Store::open(&here.root().join("images")).unwrap()
}

#[test]
fn usage_tells_what_each_repository_needs_and_what_nobody_does() {
    let here = Surroundings::new();
    built(&here, NAME);
    store(&here).put_document("text/plain", &[b'g'; 2048]).unwrap();
    let told = here.sealer(&["registry", "usage"]).done();
    let row = |word: &str| told.lines().find(|line| line.starts_with(word)).unwrap_or_else(|| panic!("{word}: {told}"));
    assert!(row("docker.io/demo/web").split_whitespace().nth(1) == Some("1"), "{told}");
    assert!(row("(garbage)").contains("2.05 kB"), "{told}");
    let json: serde_json::Value =
        serde_json::from_str(&here.sealer(&["registry", "usage", "--output", "json"]).done()).unwrap();
    assert_eq!((&json["garbage_blobs"], &json["garbage_bytes"]), (&1.into(), &2048.into()));
    assert_eq!(json["repositories"][0]["repository"], "docker.io/demo/web");
}

#[test]
fn gc_leaves_what_is_young_and_what_images_need() {
    let here = Surroundings::new();
    built(&here, NAME);
    let garbage = store(&here).put_document("text/plain", b"garbage").unwrap();
    assert!(here.sealer(&["registry", "gc"]).done().starts_with("removed 0 blobs"));
    let dry = here.sealer(&["registry", "gc", "--older-than", "0", "--dry-run"]).done();
    assert!(dry.starts_with("would remove 1 blobs"), "{dry}");
    assert!(store(&here).contains(&garbage.digest));
    let done = here.sealer(&["registry", "gc", "--older-than", "0"]).done();
    assert!(done.starts_with("removed 1 blobs") && !store(&here).contains(&garbage.digest), "{done}");
    let verified = here.sealer(&["registry", "verify"]).done();
    assert!(verified.contains("0 damaged, 0 missing"), "{verified}");
    let _ = here.sealer(&["rmi", NAME]).done();
    let _ = here.sealer(&["registry", "gc", "--older-than", "0"]).done();
    let usage: serde_json::Value =
        serde_json::from_str(&here.sealer(&["registry", "usage", "--output", "json"]).done()).unwrap();
    assert_eq!((&usage["blobs"], &usage["garbage_blobs"]), (&0.into(), &0.into()));
}

#[test]
fn verify_ends_with_4_and_names_what_is_damaged_and_what_is_missing() {
    let here = Surroundings::new();
    built(&here, NAME);
    let store = store(&here);
    let image = store.require(&NAME.parse().unwrap()).unwrap();
    let parts = store.reachable(&image).unwrap();
    let [damaged, missing] = [&parts[0].digest, &parts[1].digest];
    std::fs::write(store.blob_path(damaged), b"something else").unwrap();
    std::fs::remove_file(store.blob_path(missing)).unwrap();
    let ended = here.sealer(&["registry", "verify"]).ended(4);
    for line in [format!("damaged {damaged}"), format!("missing {missing} of {NAME}")] {
        assert!(ended.stdout.lines().any(|found| found == line), "{line} is not in {}", ended.stdout);
    }
}
