//! What the example images are made of and no registry has: Kubernetes built from Debian's source package, the container runtime,
//! network plugins, host tools, and container images. Everything is made outside the checkout, kept there by a key of what went
//! into it, and put into `examples/*/parts` in one step.

mod binaries;
mod container;
mod elf;
mod guestbook;
mod images;
mod kubernetes;
mod oci;
mod tools;

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::packages::Closure;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// The version that the examples deliver.
pub(crate) const KUBERNETES_VERSION: &str = "v1.20.2";

/// The time stamp of every file in an image: that of Kubernetes 1.20.2's own sources.
const EPOCH: &str = "1610000000";

/// Makes every part of both examples for that version of Kubernetes, unless they are there.
pub(crate) fn ensure(folders: &Folders, version: &str) -> Result<()> {
    let kubernetes = kubernetes::ensure(folders, version)?;
    let workshop = Workshop::open(folders, version, &kubernetes)?;
    fill(&workshop, "kubernetes", |place| {
        binaries::place(&workshop, place)?;
        tools::place(&workshop, &place.join("tools"))?;
        images::place(&workshop, &place.join("images"))
    })?;
    fill(&workshop, "guestbook", |place| guestbook::place(&workshop, &place.join("images")))
}

/// What every part needs to know: where things are, which version, and the key that names the result.
#[derive(Debug)]
struct Workshop {
    folders: Folders,
    version: String,
    kubernetes: PathBuf,
    key: String,
}

impl Workshop {
    fn open(folders: &Folders, version: &str, kubernetes: &Path) -> Result<Self> {
        let mut texts = vec![version.to_owned(), kubernetes.display().to_string(), EPOCH.to_owned()];
        texts.extend(RECIPES.map(str::to_owned));
        let packages = [binaries::PACKAGES, tools::PACKAGES, images::PACKAGES, guestbook::PACKAGES].concat().concat();
        texts.push(Closure::resolve(folders, &packages)?.key());
        for file in images::TRACKED.iter().chain(guestbook::TRACKED) {
            texts.push(folders::read(&folders.repository.join(file))?);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(Self {
            folders: folders.clone(),
            version: version.to_owned(),
            kubernetes: kubernetes.to_path_buf(),
            key: crate::digest::short(&texts),
        })
    }

    /// Extracts packages with all they depend on into a new folder.
    fn extract(&self, packages: &[&str], root: &Path) -> Result<()> {
        Closure::resolve(&self.folders, packages)?.extract(&self.folders, root)
    }

    /// A scratch folder beside the results, so that a rename is enough to keep what was made in it.
    fn scratch(&self) -> Result<tempfile::TempDir> {
        let place = self.folders.cache.join("parts");
        folders::create(&place)?;
        tempfile::Builder::new().prefix("making-").tempdir_in(&place).map_err(Error::file("create a folder in", &place))
    }
}

/// The text of everything that decides what a part looks like.
const RECIPES: [&str; 8] = [
    include_str!("parts/binaries.rs"),
    include_str!("parts/container.rs"),
    include_str!("parts/elf.rs"),
    include_str!("parts/guestbook.rs"),
    include_str!("parts/images.rs"),
    include_str!("parts/oci.rs"),
    include_str!("parts/tools.rs"),
    include_str!("debian/packages.rs"),
];

/// Makes one example's parts in the cache when they are not there, and links them into the example.
fn fill(workshop: &Workshop, example: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let kept = workshop.folders.cache.join("parts").join(format!("{example}-{}", workshop.key));
    if !kept.exists() {
        let scratch = workshop.scratch()?;
        let place = scratch.path().join("parts");
        folders::create(&place)?;
        make(&place)?;
        folders::write(&place.join("key"), &workshop.key)?;
        folders::publish(&place, &kept)?;
    }
    link(&workshop.folders, &kept, example, &workshop.key)
}

/// Copies the kept folder into the example by hard links where that works; nothing happens when it is there already.
fn link(folders: &Folders, kept: &Path, example: &str, key: &str) -> Result<()> {
    let place = folders.example(example).join("parts");
    if std::fs::read_to_string(place.join("key")).is_ok_and(|found| found == key) {
        return Ok(());
    }
    let target = folders.repository.join("target");
    folders::create(&target)?;
    let scratch = tempfile::tempdir_in(&target).map_err(Error::file("create a folder in", &target))?;
    let copy = scratch.path().join("parts");
    let linked = Program::new("cp").arguments(["--archive", "--link"]).argument(kept).argument(&copy).attempt()?;
    if !linked.success() {
        folders::remove(&copy)?;
        Program::new("cp").arguments(["--archive", "--reflink=auto"]).argument(kept).argument(&copy).output()?;
    }
    folders::publish(&copy, &place)
}
