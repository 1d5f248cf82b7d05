//! Packages of another release of Debian, or for another processor, as files to take apart: from the machine's own mirrors, by package lists
//! that are kept apart from the machine's, so that its system never sees them. apt verifies what it downloads by the release's signature.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::{release, sources};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// A release of Debian for amd64 and one more processor.
#[derive(Debug)]
pub(crate) struct Release {
    folder: PathBuf,
}

impl Release {
    /// The release of that name, by lists that are fetched now. `architecture` is Debian's name of the other processor.
    pub(crate) fn open(folders: &Folders, codename: &str, architecture: &str) -> Result<Self> {
        let release = Self { folder: folders.cache.join("debian").join(format!("{codename}-{architecture}")) };
        for folder in ["lists/partial", "archives/partial", "none"] {
            folders::create(&release.folder.join(folder))?;
        }
        let machine = release::codename()?;
        let lines = sources::of_machine(&machine)?;
        let lines: String =
            lines.iter().map(|source| source.of_release(&machine, codename).line("deb") + "\n").collect();
        folders::write(&release.folder.join("sources.list"), lines)?;
        folders::write(&release.folder.join("status"), "")?;
        folders::write(&release.folder.join("apt.conf"), release.configuration(architecture))?;
        release.apt_get().arguments(["update", "--quiet"]).output()?;
        Ok(release)
    }

    /// The packages that one needs on an empty system, itself included, whose names begin with one of `wanted`.
    pub(crate) fn needed_by(&self, package: &str, wanted: &[&str]) -> Result<Vec<String>> {
        let text = self.apt_get().arguments(["install", "--print-uris", "--quiet", "--yes", package]).output()?;
        let files =
            text.lines().filter(|line| line.starts_with('\'')).filter_map(|line| line.split_whitespace().nth(1));
        let names = files.filter_map(|file| file.split('_').next());
        Ok(names.filter(|name| wanted.iter().any(|wanted| name.starts_with(wanted))).map(str::to_owned).collect())
    }

    /// Downloads packages, `name` or `name:architecture`, and extracts them into `root`, which is made.
    pub(crate) fn extract(&self, packages: &[String], root: &Path) -> Result<()> {
        folders::create(root)?;
        let scratch = tempfile::tempdir_in(&self.folder).map_err(Error::file("create a folder in", &self.folder))?;
        self.apt_get().arguments(["download", "--quiet"]).arguments(packages).folder(scratch.path()).output()?;
        for entry in std::fs::read_dir(scratch.path()).map_err(Error::file("list", scratch.path()))? {
            let archive = entry.map_err(Error::file("list", scratch.path()))?.path();
            Program::new("dpkg-deb").argument("--extract").argument(&archive).argument(root).output()?;
        }
        Ok(())
    }

    fn configuration(&self, architecture: &str) -> String {
        let path = |name: &str| self.folder.join(name).display().to_string();
        format!(
            "Dir::State::status \"{status}\";\nDir::State::Lists \"{lists}\";\nDir::Cache::archives \"{archives}\";\n\
             Dir::Cache::pkgcache \"\";\nDir::Cache::srcpkgcache \"\";\nDir::Etc::sourcelist \"{sources}\";\n\
             Dir::Etc::sourceparts \"{none}\";\nAPT::Install-Recommends \"false\";\nAPT::Sandbox::User \"root\";\n\
             Debug::NoLocking \"true\";\nAPT::Architectures {{\"amd64\";\"{architecture}\";}};\n",
            status = path("status"),
            lists = path("lists"),
            archives = path("archives"),
            sources = path("sources.list"),
            none = path("none"),
        )
    }

    fn apt_get(&self) -> Program {
        let program = Program::new("apt-get").variable("DEBIAN_FRONTEND", "noninteractive").variable("LC_ALL", "C");
        program.variable("APT_CONFIG", self.folder.join("apt.conf"))
    }
}
