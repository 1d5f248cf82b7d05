//! `ADD` of archives: what ends up in the image.

use crate::fixture::{Workshop, amd64};
use sealer_build::Built;
use std::fs;
use std::io::Read;

/// A tar archive of these files, owned by 7:8.
fn archive(files: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_uid(7);
    header.set_gid(8);
    header.set_mode(0o750);
    for (path, text) in files {
        header.set_size(text.len() as u64);
        builder.append_data(&mut header, path, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Path, text, mode and owner of everything in the last layer.
fn last_layer(workshop: &Workshop, built: &Built) -> Vec<(String, String, u32, u64)> {
    let (manifest, _) = workshop.rootfs(built, &amd64());
    let blob = workshop.store.open_blob(&manifest.layers.last().unwrap().digest).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(blob).unwrap());
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let (mode, user) = (entry.header().mode().unwrap(), entry.header().uid().unwrap());
        found.push((entry.path().unwrap().display().to_string(), text, mode, user));
    }
    found
}

fn paths(workshop: &Workshop, built: &Built) -> Vec<String> {
    last_layer(workshop, built).into_iter().map(|(path, ..)| path).collect()
}

#[test]
fn an_archive_is_added_unpacked_and_copied_packed() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nADD tools.dat opt/tools\n"), ("other", "text")]);
    fs::write(workshop.context().join("tools.dat"), archive(&[("bin/a", "one"), ("b", "two")])).unwrap();
    let built = workshop.build("demo/app:v1");
    let expected =
        [("opt/tools/", "", 0o755, 0), ("opt/tools/b", "two", 0o750, 7), ("opt/tools/bin/a", "one", 0o750, 7)];
    let expected = expected.map(|(path, text, mode, user)| (path.to_owned(), text.to_owned(), mode, user));
    assert_eq!(last_layer(&workshop, &built), expected);
    assert_eq!(workshop.build("demo/app:v1").descriptor, built.descriptor, "the second build differs");
    workshop.write("Kubefile", "FROM scratch\nCOPY tools.dat opt/tools\n");
    assert_eq!(paths(&workshop, &workshop.build("demo/app:v1")), ["opt/tools"]);
}

#[test]
fn a_pattern_adds_archives_and_files_alike_and_an_owner_counts_for_all() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nADD --chown=1:2 parts/* x/\n"), ("parts/text", "t")]);
    fs::write(workshop.context().join("parts/one.tar"), archive(&[("a", "1")])).unwrap();
    fs::write(workshop.context().join("parts/two.tar"), archive(&[("b", "2")])).unwrap();
    let layer = last_layer(&workshop, &workshop.build("demo/app:v1"));
    let paths: Vec<&str> = layer.iter().map(|(path, ..)| path.as_str()).collect();
    assert_eq!(paths, ["x/", "x/a", "x/b", "x/text"]);
    assert!(layer.iter().all(|(.., user)| *user == 1), "{layer:?}");
}

#[test]
fn an_archive_that_cannot_be_unpacked_is_told_with_its_line() {
    let damaged = archive(&[("a", "text")])[..600].to_vec();
    for (bytes, message) in [(damaged, "cannot unpack"), (b"BZh91".to_vec(), "cannot unpack")] {
        let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nADD tools.tar x/\n")]);
        fs::write(workshop.context().join("tools.tar"), bytes).unwrap();
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains("Kubefile:2:5") && error.contains(message), "{error}");
    }
}

#[test]
fn a_source_that_is_not_there_is_told_as_for_copy() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nADD none.tar x/\n")]);
    let error = workshop.refused(workshop.options("demo/app:v1"));
    assert!(error.contains("Kubefile:2:5: none.tar: no such file in the build context"), "{error}");
}
