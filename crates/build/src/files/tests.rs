//! Where copied files end up.

use super::*;
use crate::context::Context;
use crate::recipe::Origin;
use sealer_model::kubefile::Position;
use std::fs;

const PLACE: Position = Position { line: 2, column: 1 };

/// The paths that copying `sources` to `destination` makes, from a context of a few files.
fn copied(sources: &[&str], destination: &str) -> Result<Vec<String>, Wrong> {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("d/e")).unwrap();
    for name in ["a.yaml", "b.yaml", "d/x", "d/e/y"] {
        fs::write(folder.path().join(name), name).unwrap();
    }
    let origins = Origins::new(Context::open(folder.path()).unwrap().into());
    let source = |text: &&str| CopySource { text: (*text).to_owned(), position: PLACE, origin: Origin::Context };
    let step = CopyStep {
        instruction: "COPY".into(),
        position: PLACE,
        sources: sources.iter().map(source).collect(),
        destination: destination.into(),
        owner: None,
        named_owner: None,
        mode: None,
        application: None,
    };
    let files = files(&origins, &step, &Folders::default())?;
    Ok(files.into_keys().collect())
}

#[test]
fn a_file_becomes_the_destination_or_goes_into_it() {
    assert_eq!(copied(&["a.yaml"], "etc/name").unwrap(), ["etc/name"]);
    assert_eq!(copied(&["a.yaml"], "some/").unwrap(), ["some/a.yaml"]);
    assert_eq!(copied(&["a.yaml"], "/").unwrap(), ["a.yaml"]);
    assert_eq!(copied(&["a.yaml", "b.yaml"], "x/").unwrap(), ["x/a.yaml", "x/b.yaml"]);
}

#[test]
fn a_file_goes_into_a_folder_that_every_rootfs_has() {
    assert_eq!(copied(&["a.yaml"], "etc").unwrap(), ["etc/a.yaml"]);
}

#[test]
fn the_content_of_a_folder_is_copied_and_not_the_folder() {
    assert_eq!(copied(&["d"], "x").unwrap(), ["x", "x/e", "x/e/y", "x/x"]);
    assert_eq!(copied(&["d"], "x/").unwrap(), ["x", "x/e", "x/e/y", "x/x"]);
    assert_eq!(copied(&["d"], "/").unwrap(), ["e", "e/y", "x"]);
    assert_eq!(copied(&["d", "a.yaml"], "x/").unwrap(), ["x", "x/a.yaml", "x/e", "x/e/y", "x/x"]);
}

#[test]
fn a_pattern_with_several_files_needs_a_folder() {
    assert_eq!(copied(&["*.yaml"], "x/").unwrap(), ["x/a.yaml", "x/b.yaml"]);
    match copied(&["*.yaml"], "x") {
        Err(Wrong::Mistake(mistake)) => assert!(mistake.message.contains("means several files")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_path_cannot_be_a_file_and_a_folder() {
    // `d` brings a file x; the second source would need x to be a folder.
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("one")).unwrap();
    fs::create_dir_all(folder.path().join("two/x")).unwrap();
    fs::write(folder.path().join("two/x/y"), "").unwrap();
    fs::write(folder.path().join("one/x"), "").unwrap();
    let origins = Origins::new(Context::open(folder.path()).unwrap().into());
    let source = |text: &str| CopySource { text: text.to_owned(), position: PLACE, origin: Origin::Context };
    let step = CopyStep {
        instruction: "COPY".into(),
        position: PLACE,
        sources: vec![source("two"), source("one")],
        destination: "t/".into(),
        owner: None,
        named_owner: None,
        mode: None,
        application: None,
    };
    assert!(matches!(files(&origins, &step, &Folders::default()), Err(Wrong::Mistake(_))));
}

#[test]
fn a_name_that_would_delete_others_is_refused() {
    let entry = Entry { kind: Kind::Folder, mode: 0o755, owner: (0, 0) };
    let step = CopyStep {
        instruction: "COPY".into(),
        position: PLACE,
        sources: Vec::new(),
        destination: "t/".into(),
        owner: None,
        named_owner: None,
        mode: None,
        application: None,
    };
    assert!(check_names(&step, &Files::from([("a/.wh.b".into(), entry.clone())])).is_err());
    assert!(check_names(&step, &Files::from([("a/x.wh.b".into(), entry)])).is_ok());
}

#[test]
fn folders_of_earlier_layers_are_known() {
    let mut folders = Folders::default();
    let kind = Kind::Link { target: "x".into() };
    folders.add(&Files::from([("opt/tool/link".into(), Entry { kind, mode: 0o777, owner: (0, 0) })]));
    assert!(folders.0.contains("opt") && folders.0.contains("opt/tool"));
}
