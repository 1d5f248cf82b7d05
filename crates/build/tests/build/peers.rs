//! Other programs read what was built.

use crate::fixture::{Layout, Workshop, amd64};
use std::process::Command;

/// Runs skopeo; `None` where it is not installed.
fn skopeo(arguments: &[&str]) -> Option<String> {
    let output = match Command::new("skopeo").args(arguments).output() {
        Ok(output) => output,
        Err(error) => {
            eprintln!("left out: skopeo cannot be run, so nobody else has read the image: {error}");
            return None;
        }
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

/// A workshop in which `demo/app:v1` was built, with one container image, and skopeo's name of the result.
fn built() -> (Workshop, String) {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nLABEL a=b\nCOPY manifests manifests/"),
        ("manifests/imageList", "r.io/x:1 oci:parts/x"),
    ]);
    let mut layout = Layout::new(&workshop.context().join("parts/x"));
    let image = layout.image(&amd64(), "x");
    let index = layout.index_of(vec![image]);
    layout.name("x", &index);
    let built = workshop.build("demo/app:v1");
    let name = format!("oci:{}:{}", workshop.store_folder().display(), built.name);
    (workshop, name)
}

#[test]
fn skopeo_reads_the_rootfs_from_the_store() {
    let (_workshop, name) = built();
    let Some(text) = skopeo(&["inspect", &name]) else {
        return;
    };
    let found: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&found["Labels"]["a"], &found["Architecture"]), (&"b".into(), &"amd64".into()));
}

#[test]
fn skopeo_copies_the_whole_image() {
    let (workshop, name) = built();
    let copy = workshop.context().join("copy");
    let destination = format!("oci:{}:copy", copy.display());
    if skopeo(&["copy", "--all", "--preserve-digests", &name, &destination]).is_none() {
        return;
    }
    let descriptor = workshop.store.resolve(&"demo/app:v1".parse().unwrap()).unwrap().unwrap();
    for part in workshop.store.reachable(&descriptor).unwrap() {
        let blob = copy.join("blobs/sha256").join(part.digest.hex());
        assert!(blob.is_file(), "skopeo left out {} {}", part.media_type, part.digest);
    }
}
