//! The container runtime and the network plugins, built from Debian's source packages as static programs. Debian's own binaries need a
//! C library as new as Debian's; a customer's hosts have older ones, and these have to run there too.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::packages::Closure;
use crate::debian::source_package::SourcePackages;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// A source package, the Go package that it is, and the programs below it with their names.
struct Component {
    source: &'static str,
    package: &'static str,
    programs: &'static [&'static str],
    /// Go's build tags: what needs a C library or a file system of the build machine is left out.
    tags: &'static str,
    /// The variable that holds the version.
    version: &'static str,
    /// runc starts containers in C, before Go's own threads.
    cgo: bool,
}

const COMPONENTS: [Component; 3] = [
    Component {
        source: "containerd",
        package: "github.com/containerd/containerd",
        programs: &["cmd/containerd", "cmd/containerd-shim-runc-v2", "cmd/ctr"],
        tags: "netgo osusergo static_build no_btrfs no_devmapper no_aufs no_zfs",
        version: "github.com/containerd/containerd/version.Version",
        cgo: false,
    },
    Component {
        source: "golang-github-containernetworking-plugins",
        package: "github.com/containernetworking/plugins",
        programs: &[
            "plugins/main/bridge",
            "plugins/main/loopback",
            "plugins/main/ptp",
            "plugins/ipam/host-local",
            "plugins/meta/portmap",
        ],
        tags: "netgo osusergo",
        version: "github.com/containernetworking/plugins/pkg/utils/buildversion.BuildVersion",
        cgo: false,
    },
    Component {
        source: "runc",
        package: "github.com/opencontainers/runc",
        programs: &["."],
        tags: "netgo osusergo seccomp",
        version: "main.version",
        cgo: true,
    },
];

/// Changes whenever the same sources are to be built in another way.
const RECIPE: &str = "1";

/// The folder with all the programs; building them takes a minute or two, once.
pub(crate) fn ensure(folders: &Folders) -> Result<PathBuf> {
    let packages = SourcePackages::open(folders)?;
    let mut versions = Vec::new();
    for component in &COMPONENTS {
        versions.push(packages.version(component.source)?);
    }
    let mut texts: Vec<&str> = versions.iter().map(String::as_str).collect();
    texts.push(RECIPE);
    let kept = folders.cache.join("runtime").join(crate::digest::short(&texts));
    if !kept.exists() {
        println!("    building containerd {}, runc {} and the network plugins", versions[0], versions[2]);
        build_all(folders, &packages, &versions, &kept)?;
    }
    Ok(kept)
}

fn build_all(folders: &Folders, packages: &SourcePackages, versions: &[String], kept: &Path) -> Result<()> {
    let parent = folders.cache.join("runtime");
    folders::create(&parent)?;
    let scratch = tempfile::tempdir_in(&parent).map_err(Error::file("create a folder in", &parent))?;
    let (tree, built) = (scratch.path().join("tree"), scratch.path().join("built"));
    folders::create(&built)?;
    for (component, version) in COMPONENTS.iter().zip(versions) {
        // each has its own tree: their libraries replace one another's
        folders::remove(&tree)?;
        let unpacked = scratch.path().join(component.source);
        let source = packages.unpack(component.source, &unpacked)?;
        libraries(folders, &unpacked, &tree)?;
        let place = tree.join("usr/share/gocode/src").join(component.package);
        folders::publish(&source, &place)?;
        for program in component.programs {
            build(folders, component, program, version, &tree, &built)?;
        }
    }
    folders::remove(&go_cache(folders))?;
    folders::publish(&built, kept)
}

/// Extracts the Go libraries that the source package says it is built with, and the one C library that runc needs.
fn libraries(folders: &Folders, unpacked: &Path, tree: &Path) -> Result<()> {
    let mut names = Vec::new();
    for entry in std::fs::read_dir(unpacked).map_err(Error::file("list", unpacked))? {
        let path = entry.map_err(Error::file("list", unpacked))?.path();
        if path.extension().is_some_and(|extension| extension == "dsc") {
            names.extend(build_dependencies(&folders::read(&path)?));
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    Closure::resolve(folders, &names)?
        .extract_matching(folders, tree, |name| name.starts_with("golang-") || name.starts_with("libseccomp"))
}

fn build(
    folders: &Folders,
    component: &Component,
    program: &str,
    version: &str,
    tree: &Path,
    built: &Path,
) -> Result<()> {
    let name = match program {
        "." => component.source,
        path => path.rsplit('/').next().unwrap_or(path),
    };
    let mut flags = format!("-s -w -X {}={}", component.version, upstream(version));
    if component.cgo {
        flags.push_str(" -extldflags -static");
    }
    let go = Program::new("go").arguments(["build", "-trimpath", "-tags", component.tags]);
    let go = go.arguments(["-ldflags", &flags, "-o"]).argument(built.join(name));
    let package = format!("{}/{program}", component.package);
    let go = go.argument(package.trim_end_matches("/.")).folder(tree);
    let go = go.variable("GOPATH", tree.join("usr/share/gocode")).variable("GO111MODULE", "off");
    let go = go.variable("GOCACHE", go_cache(folders));
    let go = go.variable("CGO_ENABLED", if component.cgo { "1" } else { "0" });
    let libraries = tree.join("usr/lib/x86_64-linux-gnu/pkgconfig");
    go.variable("PKG_CONFIG_LIBDIR", libraries).variable("PKG_CONFIG_SYSROOT_DIR", tree).output()?;
    Ok(())
}

/// What the three builds share; it goes when all are done.
fn go_cache(folders: &Folders) -> PathBuf {
    folders.cache.join("runtime/go-build")
}

/// The names of the libraries in the field `Build-Depends` of a source package's description.
fn build_dependencies(description: &str) -> Vec<String> {
    let fields = description.lines().filter_map(|line| line.strip_prefix("Build-Depends:"));
    let words = fields.flat_map(|field| field.split(','));
    let names = words.filter_map(|word| word.split_whitespace().next());
    let library = |name: &&str| (name.starts_with("golang-") && name.ends_with("-dev")) || *name == "libseccomp-dev";
    names.filter(library).map(str::to_owned).collect()
}

/// The version that upstream gave: without Debian's revision and repacking.
fn upstream(version: &str) -> &str {
    version.split(['~', '+', '-']).next().unwrap_or(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_libraries_are_taken_from_the_build_dependencies() {
        let text =
            "Source: a\nBuild-Depends: debhelper-compat (= 13), golang-any, golang-x-dev (>= 1~), libseccomp-dev\n";
        assert_eq!(build_dependencies(text), ["golang-x-dev", "libseccomp-dev"]);
    }

    #[test]
    fn debians_additions_to_a_version_go() {
        assert_eq!(upstream("1.6.20~ds1-1+deb12u3"), "1.6.20");
        assert_eq!(upstream("1.1.5+ds1-1"), "1.1.5");
    }
}
