//! Binary packages as files to take apart. The image parts need a few programs with their libraries, not an installed system, so
//! packages are resolved against an empty system, downloaded into the cache and extracted; no maintainer script runs.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Packages of a closure that no extracted tree needs: documentation of compilers, configuration databases, interpreters that
/// only maintainer scripts use.
const NOT_NEEDED: [&str; 5] = ["gcc-12-base", "debconf", "perl-base", "dpkg", "tar"];

/// Folders that an extracted tree does without.
const EXCLUDED: [&str; 9] = [
    "./usr/share/doc",
    "./usr/share/man",
    "./usr/share/info",
    "./usr/share/locale",
    "./usr/share/lintian",
    "./usr/share/bug",
    "./usr/share/bash-completion",
    "./usr/lib/x86_64-linux-gnu/gconv",
    "./etc/init.d",
];

/// A set of packages with everything they depend on, by file name (name, version and architecture in one).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closure {
    wanted: Vec<String>,
    files: Vec<String>,
}

impl Closure {
    /// Asks apt what these packages need on an empty system. Recommendations are left out.
    pub(crate) fn resolve(folders: &Folders, wanted: &[&str]) -> Result<Self> {
        let arguments = ["install", "--print-uris", "--quiet", "--yes"];
        let text =
            apt_get(folders, &folders.cache.join("debian/none"))?.arguments(arguments).arguments(wanted).output()?;
        let files: Vec<String> = file_names(&text).into_iter().filter(|file| needed(file)).collect();
        if files.is_empty() {
            return Err(Error::unmet(format!(
                "apt finds nothing to download for {}; run apt-get update",
                wanted.join(", ")
            )));
        }
        Ok(Self { wanted: wanted.iter().map(|name| (*name).to_owned()).collect(), files })
    }

    /// Text that changes whenever a package of the closure does.
    pub(crate) fn key(&self) -> String {
        self.files.join("\n")
    }

    /// Downloads what is missing and extracts everything into `root`, which is made.
    pub(crate) fn extract(&self, folders: &Folders, root: &Path) -> Result<()> {
        self.extract_matching(folders, root, |_| true)
    }

    /// The same for those packages only whose name is wanted.
    pub(crate) fn extract_matching(&self, folders: &Folders, root: &Path, wanted: impl Fn(&str) -> bool) -> Result<()> {
        let archives = folders.cache.join("debian/archives");
        let arguments = ["install", "--download-only", "--quiet", "--yes"];
        apt_get(folders, &archives)?.arguments(arguments).arguments(&self.wanted).output()?;
        folders::create(root)?;
        for file in self.files.iter().filter(|file| wanted(file)) {
            extract_one(&archives.join(file), root)?;
        }
        Ok(())
    }
}

fn needed(file: &str) -> bool {
    let name = file.split('_').next().unwrap_or(file);
    !NOT_NEEDED.contains(&name)
}

/// apt-get over the machine's package lists but an empty system, with its own folder of downloads.
fn apt_get(folders: &Folders, archives: &Path) -> Result<Program> {
    folders::create(&archives.join("partial"))?;
    let status = folders.cache.join("debian/status");
    folders::write(&status, "")?;
    let option = |name: &str, path: &Path| format!("{name}={}", path.display());
    Ok(Program::new("apt-get").variable("DEBIAN_FRONTEND", "noninteractive").variable("LC_ALL", "C").arguments([
        "-o",
        &option("Dir::State::status", &status),
        "-o",
        &option("Dir::Cache::archives", archives),
        "-o",
        "APT::Install-Recommends=false",
        // the cache is in root's home, where apt's own download user may not look
        "-o",
        "APT::Sandbox::User=root",
        "-o",
        "Debug::NoLocking=true",
    ]))
}

/// The file names out of `--print-uris`: each line is `'address' name size digest`.
fn file_names(text: &str) -> Vec<String> {
    let lines = text.lines().filter(|line| line.starts_with('\''));
    let mut names: Vec<String> = lines.filter_map(|line| line.split_whitespace().nth(1)).map(str::to_owned).collect();
    names.sort();
    names
}

fn extract_one(package: &Path, root: &Path) -> Result<()> {
    let mut unpack = Program::new("dpkg-deb").argument("--fsys-tarfile").argument(package).command();
    let mut unpack = unpack
        .stdout(std::process::Stdio::piped())
        .spawn()
        .map_err(|source| Error::Start { program: "dpkg-deb".to_owned(), source })?;
    let Some(stream) = unpack.stdout.take() else {
        return Err(Error::unmet("dpkg-deb has no standard output"));
    };
    let mut extract =
        Program::new("tar").arguments(["--extract", "--preserve-permissions", "--keep-directory-symlink"]);
    extract =
        extract.arguments(EXCLUDED.map(|path| format!("--exclude={path}"))).argument("--directory").argument(root);
    let extracted = extract.command().stdin(stream).status().map_err(|source| extract.cannot_start(source))?;
    let unpacked = unpack.wait().map_err(|source| Error::Start { program: "dpkg-deb".to_owned(), source })?;
    if extracted.success() && unpacked.success() {
        return Ok(());
    }
    Err(Error::unmet(format!("cannot extract {}: {unpacked}, {extracted}", package.display())))
}

/// Finds a program that was extracted below `root`.
pub(crate) fn find_program(root: &Path, name: &str) -> Result<PathBuf> {
    let places = ["usr/sbin", "usr/bin", "sbin", "bin", "usr/lib/cni"];
    let found = places.iter().map(|place| root.join(place).join(name)).find(|path| path.exists());
    found.ok_or_else(|| Error::unmet(format!("no program {name} below {}", root.display())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_are_read_from_lines_with_an_address() {
        let text = "Need to get 1 kB\n'http://m.example/b_1_all.deb' b_1_all.deb 12 SHA256:1\n'http://m.example/a' a_1%3a2_amd64.deb 3 MD5Sum:4\n";
        assert_eq!(file_names(text), ["a_1%3a2_amd64.deb", "b_1_all.deb"]);
    }

    #[test]
    fn packages_for_maintainer_scripts_are_left_out() {
        assert!(!needed("debconf_1.5.82_all.deb"));
        assert!(needed("libc6_2.36-9_amd64.deb"));
    }
}
