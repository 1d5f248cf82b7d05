//! Files that look like programs, in a store that vanishes: what is read of them, which are taken, and what is told of those that are not.

use super::*;
use sealer_model::Digest;
use std::fs;

/// A file that looks like sealer for a machine of ELF.
fn program(machine: u8, version: &str) -> Vec<u8> {
    let mut bytes = vec![0; HEADER];
    bytes[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, 1]);
    bytes[18] = machine;
    bytes.extend(vec![7; PIECE - HEADER - 4]);
    bytes.extend(format!("<sealer-program {version}>").bytes());
    bytes
}

struct Place {
    folder: tempfile::TempDir,
    store: Store,
    options: Options,
}

fn place(platforms: &[&str]) -> Place {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("store")).unwrap();
    let mut options = Options::new(folder.path(), "r.io/a:1".parse().unwrap(), Platform::linux("amd64"));
    options.platforms = platforms.iter().map(|platform| platform.parse().unwrap()).collect();
    options.machine = Platform::linux("amd64");
    options.sealer_version = "v1.0.0".into();
    Place { folder, store, options }
}

impl Place {
    fn give(&mut self, platform: &str, name: &str, bytes: &[u8], named: bool) {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        self.options.programs.push(ProgramFile { platform: platform.parse().unwrap(), path, named });
    }

    fn programs(&self, inherited: Vec<CarriedProgram>) -> Result<Vec<CarriedProgram>, Error> {
        programs(&self.store, &self.options, inherited, &Listener::deaf())
    }
}

#[test]
fn the_layer_is_the_file_as_it_is_and_the_version_is_read_from_it() {
    let mut place = place(&["linux/amd64", "linux/arm64"]);
    let bytes = program(183, "v1.2.3");
    place.give("linux/arm64", "p", &bytes, true);
    let programs = place.programs(Vec::new()).unwrap();
    assert_eq!((programs.len(), programs[0].version.as_str()), (1, "v1.2.3"));
    let manifest = place.store.manifest(&programs[0].manifest).unwrap();
    let file = CarriedProgram::file(&manifest).unwrap();
    assert_eq!((&file.digest, file.size), (&Digest::of(&bytes), bytes.len() as u64));
    assert_eq!(fs::read(place.store.blob_path(&file.digest)).unwrap(), bytes);
    let config: ProgramConfig = place.store.parse(&manifest.config).unwrap();
    assert_eq!(config, ProgramConfig { platform: Platform::linux("arm64"), version: "v1.2.3".into() });
}

#[test]
fn what_is_no_program_for_the_platform_is_refused_by_its_path() {
    for (bytes, reason) in [
        (program(62, "v1.0.0"), "made for linux/amd64, not for linux/arm64"),
        (program(183, "v1 0"), "not sealer"),
        (b"#!/bin/sh".to_vec(), "no executable"),
    ] {
        let mut place = place(&["linux/arm64"]);
        place.give("linux/arm64", "given", &bytes, true);
        let error = sealer_model::causes::chain(&place.programs(Vec::new()).unwrap_err());
        assert!(error.contains("given") && error.contains(reason), "{error}");
        place.options.programs[0].named = false;
        assert_eq!(place.programs(Vec::new()).unwrap(), Vec::new(), "a file that nobody named is left out");
    }
}

#[test]
fn a_given_program_takes_the_place_of_the_inherited_one_of_its_platform_only() {
    let mut place = place(&["linux/arm64", "linux/riscv64"]);
    let inherited = |platform: &str| CarriedProgram {
        platform: platform.parse().unwrap(),
        version: "v0.9.0".into(),
        manifest: Descriptor::of(media_type::MANIFEST, platform.as_bytes()),
    };
    place.give("linux/arm64", "p", &program(183, "v1.0.0"), true);
    let programs = place.programs(vec![inherited("linux/arm64"), inherited("linux/riscv64")]).unwrap();
    let versions: Vec<&str> = programs.iter().map(|program| program.version.as_str()).collect();
    assert_eq!(versions, ["v1.0.0", "v0.9.0"]);
    let warnings = warnings(&place.options, ImageType::KubeInstaller, &programs);
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("linux/riscv64 is v0.9.0"), "{warnings:?}");
}

#[test]
fn platforms_of_others_without_a_program_are_told_unless_the_image_needs_no_hosts() {
    let place = place(&["linux/amd64", "linux/arm64"]);
    let told = warnings(&place.options, ImageType::KubeInstaller, &[]);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("--program linux/arm64=FILE"), "{told:?}");
    assert_eq!(warnings(&place.options, ImageType::AppInstaller, &[]), Vec::<String>::new());
}

#[test]
fn a_program_for_a_platform_that_is_not_built_is_refused_only_where_it_was_named() {
    let mut place = place(&["linux/amd64"]);
    place.give("linux/arm64", "p", &program(183, "v1.0.0"), false);
    refuse_unwanted(&place.options).unwrap();
    assert_eq!(place.programs(Vec::new()).unwrap(), Vec::new());
    place.options.programs[0].named = true;
    let error = refuse_unwanted(&place.options).unwrap_err().to_string();
    assert!(error.contains("linux/arm64") && error.contains("linux/amd64"), "{error}");
}
