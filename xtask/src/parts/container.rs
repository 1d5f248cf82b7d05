//! One container image from a description: the packages it is extracted from, the files put beside them, what it runs, and the form
//! it is written in. Both forms that `sealer build` reads are made here, because a delivery meets both.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use crate::parts::{Workshop, oci};

/// How an image is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A folder in the OCI layout.
    Layout,
    /// An OCI layout in one tar file.
    OciArchive,
    /// What `docker save` writes.
    DockerArchive,
}

/// A file that is put into an image.
#[derive(Debug, Clone)]
pub(crate) struct Addition {
    /// Where it comes from.
    pub(crate) from: PathBuf,
    /// Its path inside, without the leading slash.
    pub(crate) to: &'static str,
    /// Its mode bits.
    pub(crate) mode: u32,
}

/// A container image to make.
#[derive(Debug, Clone)]
pub(crate) struct Container {
    /// Its full name.
    pub(crate) name: String,
    /// The file or folder that it is written to, without extension.
    pub(crate) file: &'static str,
    /// The form it is written in.
    pub(crate) form: Form,
    /// Debian packages that it consists of.
    pub(crate) packages: &'static [&'static str],
    /// Files beside the packages.
    pub(crate) additions: Vec<Addition>,
    /// Symbolic links, as (path, target).
    pub(crate) links: &'static [(&'static str, &'static str)],
    /// What it runs.
    pub(crate) configuration: oci::Configuration,
}

impl Container {
    /// Makes the image in `place`.
    pub(crate) fn make(&self, workshop: &Workshop, place: &Path) -> Result<()> {
        folders::create(place)?;
        let scratch = workshop.scratch()?;
        let (root, layout) = (scratch.path().join("root"), scratch.path().join("layout"));
        self.fill(workshop, &root)?;
        oci::write(&root, &layout, &self.name, &self.configuration)?;
        self.write(&layout, place)
    }

    fn fill(&self, workshop: &Workshop, root: &Path) -> Result<()> {
        folders::create(root)?;
        if !self.packages.is_empty() {
            workshop.extract(self.packages, root)?;
        }
        accounts(root)?;
        for addition in &self.additions {
            let target = root.join(addition.to);
            target.parent().map_or(Ok(()), folders::create)?;
            std::fs::copy(&addition.from, &target).map_err(Error::file("copy", &addition.from))?;
            folders::set_mode(&target, addition.mode)?;
        }
        for (path, target) in self.links {
            let link = root.join(path);
            folders::remove(&link)?;
            std::os::unix::fs::symlink(target, &link).map_err(Error::file("link", &link))?;
        }
        Ok(())
    }

    fn write(&self, layout: &Path, place: &Path) -> Result<()> {
        let target = place.join(self.file);
        match self.form {
            Form::Layout => folders::publish(layout, &target),
            Form::OciArchive => {
                copy_image(layout, &self.name, &format!("oci-archive:{}.tar:{}", target.display(), self.name))
            }
            Form::DockerArchive => {
                copy_image(layout, &self.name, &format!("docker-archive:{}.tar:{}", target.display(), self.name))
            }
        }
    }
}

/// No maintainer script has run, so the accounts that servers look up are written here, and the folders that everybody expects.
fn accounts(root: &Path) -> Result<()> {
    for folder in ["etc", "tmp", "run", "var/log", "var/tmp"] {
        folders::create(&root.join(folder))?;
    }
    folders::set_mode(&root.join("tmp"), 0o1777)?;
    let passwd = "root:x:0:0:root:/root:/bin/sh\nwww-data:x:33:33:www-data:/var/www:/bin/false\n\
                  nobody:x:65534:65534:nobody:/nonexistent:/bin/false\n";
    folders::write(&root.join("etc/passwd"), passwd)?;
    folders::write(&root.join("etc/group"), "root:x:0:\nadm:x:4:\nwww-data:x:33:\nnogroup:x:65534:\n")?;
    // programs written in Go ask DNS before /etc/hosts where this file is missing
    folders::write(&root.join("etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n")
}

/// skopeo writes the archives: a real peer's bytes, not our idea of them.
fn copy_image(layout: &Path, name: &str, target: &str) -> Result<()> {
    let source = format!("oci:{}:{name}", layout.display());
    Program::new("skopeo").arguments(["--insecure-policy", "copy", "--quiet", &source, target]).output()?;
    Ok(())
}
