//! sealer's own programs in an image for hosts of other platforms: given at build, and found again wherever the image goes.

use crate::registry::Registry;
use crate::surroundings::Surroundings;
use serde_json::Value;

const KUBEFILE: &str = "FROM scratch\nCOPY file etc/\n";
const BOTH: &str = "linux/amd64,linux/arm64";

/// Bytes that pass for sealer of a version, for machine `machine` of ELF.
fn program(machine: u8, version: &str) -> Vec<u8> {
    let mut bytes = vec![0x7f, b'E', b'L', b'F', 2, 1];
    bytes.resize(18, 0);
    bytes.extend([machine, 0]);
    bytes.extend(vec![machine; 300_000]);
    bytes.extend(format!("<sealer-program {version}>").bytes());
    bytes
}

const AMD64: u8 = 62;
const ARM64: u8 = 183;

fn version() -> String {
    concat!("v", env!("CARGO_PKG_VERSION")).to_owned()
}

/// A build context and two programs of this version, `amd64` and `arm64`.
fn context(here: &Surroundings) {
    here.write("context/Kubefile", KUBEFILE);
    here.write("context/file", "content");
    here.write("amd64", program(AMD64, &version()));
    here.write("arm64", program(ARM64, &version()));
}

/// Builds for both platforms with these words more.
fn build<'a>(here: &Surroundings, name: &'a str, words: &[&'a str]) -> String {
    let build = [&["build", "-t", name, "--platform", BOTH], words, &["context"]].concat();
    here.sealer(&build).ended(0).stderr
}

const PROGRAMS: [&str; 4] = ["--program", "linux/amd64=amd64", "--program", "linux/arm64=arm64"];

fn inspected(here: &Surroundings, name: &str) -> Value {
    serde_json::from_str(&here.sealer(&["inspect", name]).done()).unwrap()
}

/// The programs of an image by architecture, each found in the store with the bytes that it was built of.
fn programs(here: &Surroundings, name: &str) -> Vec<String> {
    let _ = here.sealer(&["store", "verify"]).done();
    let found = inspected(here, name)["programs"].as_array().cloned().unwrap_or_default();
    let one = |it: &Value| {
        assert_eq!(it["version"], version());
        let architecture = it["platform"]["architecture"].as_str().unwrap().to_owned();
        let digest = it["digest"].as_str().unwrap().strip_prefix("sha256:").unwrap();
        let bytes = std::fs::read(here.root().join("images/blobs/sha256").join(digest)).unwrap();
        let machine = if architecture == "amd64" { AMD64 } else { ARM64 };
        assert!(bytes == program(machine, &version()), "the program for {architecture} is another one");
        architecture
    };
    found.iter().map(one).collect()
}

#[test]
fn programs_are_saved_and_loaded_pushed_and_pulled_with_the_image() {
    let here = Surroundings::new();
    context(&here);
    let registry = Registry::start();
    let name = format!("{}/site/base:v1", registry.address);
    let _ = build(&here, &name, &PROGRAMS);
    assert_eq!(programs(&here, &name), ["amd64", "arm64"]);
    let digest = inspected(&here, &name)["digest"].clone();

    let archive = here.work().join("image.tar").display().to_string();
    let _ = here.sealer(&["save", &name, "-o", &archive]).done();
    let loaded = Surroundings::new();
    let _ = loaded.sealer(&["load", "-i", &archive]).done();
    assert_eq!(programs(&loaded, &name), ["amd64", "arm64"]);
    assert_eq!(inspected(&loaded, &name)["digest"], digest);

    let _ = here.sealer(&["push", "--skip-tls-verify", &name]).done();
    let pulled = Surroundings::new();
    let _ = pulled.sealer(&["pull", "--skip-tls-verify", &name]).done();
    assert_eq!(programs(&pulled, &name), ["amd64", "arm64"]);
    assert_eq!(inspected(&pulled, &name)["digest"], digest);
}

#[test]
fn an_image_for_one_platform_has_the_program_for_that_alone() {
    let here = Surroundings::new();
    context(&here);
    let registry = Registry::start();
    let name = format!("{}/site/base:v1", registry.address);
    let _ = build(&here, &name, &PROGRAMS);
    let _ = here.sealer(&["push", "--skip-tls-verify", &name]).done();
    let pulled = Surroundings::new();
    let _ = pulled.sealer(&["pull", "--skip-tls-verify", "--platform", "linux/arm64", &name]).done();
    assert_eq!(programs(&pulled, &name), ["arm64"]);
    let sizes = std::fs::read_dir(pulled.root().join("images/blobs/sha256")).unwrap();
    let large = sizes.filter(|it| it.as_ref().unwrap().metadata().unwrap().len() > 300_000).count();
    assert_eq!(large, 1, "the other platform's program came, too");
}

#[test]
fn what_is_built_from_an_image_inherits_its_programs_unless_others_are_given() {
    let here = Surroundings::new();
    context(&here);
    let _ = build(&here, "base:v1", &PROGRAMS);
    here.write("context/Kubefile", "FROM base:v1\nCOPY file srv/\n");
    let told = build(&here, "site:v1", &["--pull", "never"]);
    assert!(!told.contains("can only be reached"), "{told}");
    assert_eq!(programs(&here, "site:v1"), ["amd64", "arm64"]);
    here.write("newer", program(ARM64, "v99.0.0"));
    let told = build(&here, "site:v2", &["--pull", "never", "--program", "linux/arm64=newer"]);
    assert!(told.contains("v99.0.0") && told.contains("only a deliverer of v99.0.0 can use it"), "{told}");
    let versions: Vec<Value> =
        inspected(&here, "site:v2")["programs"].as_array().unwrap().iter().map(|it| it["version"].clone()).collect();
    assert_eq!(versions, [version(), "v99.0.0".to_owned()]);
    let told = here.sealer(&["diff", "site:v1", "site:v2"]).done();
    assert!(told.contains("program linux/arm64") && !told.contains("program linux/amd64"), "{told}");
}

#[test]
fn a_program_that_does_not_fit_is_refused_and_one_that_is_missing_is_told() {
    let here = Surroundings::new();
    context(&here);
    let other = if std::env::consts::ARCH == "x86_64" { "linux/arm64" } else { "linux/amd64" };
    let told = build(&here, "base:v1", &[]);
    assert!(told.contains(&format!("hosts of {other} can only be reached from a deliverer of {other}")), "{told}");
    assert_eq!(inspected(&here, "base:v1").get("programs"), None);
    let refused = |program: &str| {
        let words = ["build", "-t", "base:v2", "--platform", BOTH, "--program", program, "context"];
        here.sealer(&words).ended(1).stderr
    };
    let wrong = refused("linux/arm64=amd64");
    assert!(wrong.contains("amd64 cannot be the program for hosts"), "{wrong}");
    assert!(wrong.contains("it is made for linux/amd64, not for linux/arm64"), "{wrong}");
    let unwanted = refused("linux/riscv64=arm64");
    assert!(unwanted.contains("linux/riscv64, and the image is built for linux/amd64, linux/arm64"), "{unwanted}");
    let absent = refused("linux/arm64=nowhere");
    assert!(absent.contains("nowhere"), "{absent}");
    let _ = here.sealer(&["inspect", "base:v2"]).ended(1);
}
