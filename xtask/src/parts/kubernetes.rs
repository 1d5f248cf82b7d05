//! Kubernetes, built from Debian's source package: Debian ships only kubectl as a binary, but the whole source with its vendor
//! folder. Another patch number gives the same code under another version, which is what an upgrade needs to be tried.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::packages::Closure;
use crate::debian::source_package::SourcePackages;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// The programs that a cluster consists of.
const PROGRAMS: [&str; 7] =
    ["kubeadm", "kubectl", "kubelet", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"];

/// The commit that the source package was made from.
const COMMIT: &str = "faecb196815e248d3ecfb03c680a4507229c2a56";

/// The folder with the seven static programs of that version; building them takes minutes, once.
pub(crate) fn ensure(folders: &Folders, version: &str) -> Result<PathBuf> {
    let packages = SourcePackages::open(folders)?;
    let source_version = packages.version("kubernetes")?;
    let kept = folders.cache.join("kubernetes").join(format!("{version}_{source_version}"));
    if !kept.exists() {
        println!(
            "    building Kubernetes {version} from Debian's source package {source_version}; this takes some minutes, once"
        );
        let source = unpacked(folders, &packages, &source_version)?;
        build(folders, &source, version)?;
        keep(&source, &kept)?;
    }
    Ok(kept)
}

/// The source package's tree, ready to build: unpacked, with the one library that it needs in another version.
fn unpacked(folders: &Folders, packages: &SourcePackages, source_version: &str) -> Result<PathBuf> {
    let place = folders.cache.join("kubernetes/source").join(source_version);
    if !place.exists() {
        let parent = folders.cache.join("kubernetes/source");
        folders::create(&parent)?;
        let scratch = tempfile::tempdir_in(&parent).map_err(Error::file("create a folder in", &parent))?;
        let tree = packages.unpack("kubernetes", &scratch.path().join("unpacked"))?;
        replace_reflect(folders, &tree, &scratch.path().join("library"))?;
        link_into_gopath(&tree)?;
        folders::publish(&tree, &place)?;
    }
    Ok(place)
}

/// The vendored reflect2 1.0.1 makes every program panic when it is built with Go 1.18 or newer; Debian has 1.0.2.
fn replace_reflect(folders: &Folders, tree: &Path, scratch: &Path) -> Result<()> {
    Closure::resolve(folders, &["golang-github-modern-go-reflect2-dev"])?.extract(folders, scratch)?;
    let library = "github.com/modern-go/reflect2";
    let vendored = tree.join("vendor").join(library);
    folders::remove(&vendored)?;
    Program::new("cp")
        .argument("--recursive")
        .argument(scratch.join("usr/share/gocode/src").join(library))
        .argument(&vendored)
        .output()?;
    Ok(())
}

fn link_into_gopath(tree: &Path) -> Result<()> {
    let folder = tree.join(".go/src/k8s.io");
    folders::create(&folder)?;
    let link = folder.join("kubernetes");
    std::os::unix::fs::symlink("../../..", &link).map_err(Error::file("link", &link))
}

fn build(folders: &Folders, source: &Path, version: &str) -> Result<()> {
    let logs = folders.cache.join("logs");
    folders::create(&logs)?;
    let variables = version_file(source, version)?;
    let targets: Vec<String> = PROGRAMS.iter().map(|program| format!("cmd/{program}")).collect();
    let make = Program::new("make").argument(format!("WHAT={}", targets.join(" "))).folder(source);
    let make =
        make.variable("GOPATH", source.join(".go")).variable("GOCACHE", folders.cache.join("kubernetes/go-build"));
    let make = make.variable("HOME", source.join(".home")).variable("CGO_ENABLED", "0").variable("GO111MODULE", "off");
    let make = make.variable("KUBE_GIT_VERSION_FILE", variables).variable("SOURCE_DATE_EPOCH", super::EPOCH);
    make.logged(&logs.join(format!("kubernetes-{version}.log")))
}

/// Without a git tree the version would be empty, and kubeadm refuses that.
fn version_file(source: &Path, version: &str) -> Result<PathBuf> {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (Some(major), Some(minor), Some(_)) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err(Error::unmet(format!("{version} is not a version such as {}", super::KUBERNETES_VERSION)));
    };
    let path = source.join(".version");
    let lines = [
        format!("KUBE_GIT_COMMIT='{COMMIT}'"),
        "KUBE_GIT_TREE_STATE='archive'".to_owned(),
        format!("KUBE_GIT_VERSION='{version}'"),
        format!("KUBE_GIT_MAJOR='{major}'"),
        format!("KUBE_GIT_MINOR='{minor}'"),
    ];
    folders::write(&path, lines.join("\n") + "\n")?;
    Ok(path)
}

fn keep(source: &Path, kept: &Path) -> Result<()> {
    let staging = source.join(".built");
    folders::remove(&staging)?;
    folders::create(&staging)?;
    for program in PROGRAMS {
        Program::new("cp")
            .argument(source.join("_output/bin").join(program))
            .argument(staging.join(program))
            .output()?;
    }
    folders::publish(&staging, kept)
}
