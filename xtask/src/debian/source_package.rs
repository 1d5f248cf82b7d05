//! Source packages. A fresh Debian machine has no `deb-src` lines and editing its apt configuration is not ours to do, so the
//! machine's own sources are repeated as `deb-src` in a private configuration with private package lists.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::{release, sources};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// apt with a private set of `deb-src` lines.
#[derive(Debug)]
pub(crate) struct SourcePackages {
    folder: PathBuf,
}

impl SourcePackages {
    /// Writes the private configuration and fetches its package lists, unless there are some already.
    pub(crate) fn open(folders: &Folders) -> Result<Self> {
        let this = Self { folder: folders.cache.join("debian/source") };
        let listed = this.folder.join("listed");
        folders::create(&this.folder.join("lists/partial"))?;
        folders::create(&this.folder.join("cache/archives/partial"))?;
        if !listed.exists() {
            this.write_sources()?;
            this.apt("apt-get").arguments(["update", "--quiet"]).output()?;
            folders::write(&listed, "")?;
        }
        Ok(this)
    }

    fn write_sources(&self) -> Result<()> {
        let lines = sources::of_machine(&release::codename()?)?;
        let text: String = lines.iter().map(|source| source.line("deb-src") + "\n").collect();
        folders::write(&self.folder.join("sources.list"), text)
    }

    /// The newest version of a source package.
    pub(crate) fn version(&self, name: &str) -> Result<String> {
        let text =
            self.apt("apt-get").arguments(["source", "--print-uris", "--quiet", "--download-only", name]).output()?;
        description_version(&text, name).ok_or_else(|| Error::unmet(format!("apt knows no source package {name}")))
    }

    /// Downloads and unpacks a source package; returns its one folder below `place`, which is made.
    pub(crate) fn unpack(&self, name: &str, place: &Path) -> Result<PathBuf> {
        folders::create(place)?;
        self.apt("apt-get").arguments(["source", "--quiet", name]).folder(place).output()?;
        let entries = std::fs::read_dir(place).map_err(Error::file("list", place))?;
        let folders = entries.filter_map(|entry| Some(entry.ok()?.path())).find(|path| path.is_dir());
        folders.ok_or_else(|| Error::unmet(format!("the source package {name} has no folder in {}", place.display())))
    }

    fn apt(&self, program: &str) -> Program {
        let option = |name: &str, rest: &str| format!("{name}={}", self.folder.join(rest).display());
        Program::new(program).variable("LC_ALL", "C").arguments([
            "-o",
            &option("Dir::Etc::sourcelist", "sources.list"),
            "-o",
            "Dir::Etc::sourceparts=/dev/null",
            "-o",
            &option("Dir::State::lists", "lists"),
            "-o",
            &option("Dir::Cache", "cache"),
            "-o",
            "APT::Sandbox::User=root",
        ])
    }
}

/// The version out of the name of the `.dsc` file that apt would download.
fn description_version(text: &str, name: &str) -> Option<String> {
    let files = text.lines().filter_map(|line| line.strip_prefix('\'')?.split_whitespace().nth(1));
    let mut versions = files.filter_map(|file| file.strip_prefix(name)?.strip_prefix('_')?.strip_suffix(".dsc"));
    versions.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::description_version;

    #[test]
    fn the_version_is_in_the_name_of_the_description() {
        let text = "'http://m.example/k.dsc' kubernetes_1.20.5+really1.20.2-1.1.dsc 1973 SHA256:1\n\
                    'http://m.example/k.tar.gz' kubernetes_1.20.5+really1.20.2.orig.tar.gz 34 SHA256:2\n";
        assert_eq!(description_version(text, "kubernetes").as_deref(), Some("1.20.5+really1.20.2-1.1"));
        assert_eq!(description_version("nothing", "kubernetes"), None);
    }
}
