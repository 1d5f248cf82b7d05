//! What the example images are made of and no registry has: Kubernetes built from Debian's source package, the container runtime,
//! network plugins, host tools, and container images. Everything is made outside the checkout, kept there by a key of what went
//! into it, and put into `examples/*/parts` in one step.

mod binaries;
mod container;
mod context;
pub(crate) mod control_plane;
pub(crate) mod elf;
mod guestbook;
mod images;
mod kubernetes;
mod oci;
mod runtime;
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

/// Makes every part of both examples for that version of Kubernetes, unless they are there. Returns the folder that holds both
/// examples, ready to be built: the checkout's own, or a copy that says the other version.
pub(crate) fn ensure(folders: &Folders, version: &str) -> Result<PathBuf> {
    let kubernetes = kubernetes::ensure(folders, version)?;
    let workshop = Workshop::open(folders, version, kubernetes, runtime::ensure(folders)?)?;
    let examples = context::ensure(folders, version)?;
    fill(&workshop, &examples, "kubernetes", |place| {
        binaries::place(&workshop, place)?;
        tools::place(&workshop, &place.join("tools"))?;
        images::place(&workshop, &place.join("images"))
    })?;
    fill(&workshop, &examples, "guestbook", |place| guestbook::place(&workshop, &place.join("images")))?;
    Ok(examples)
}

/// What every part needs to know: where things are, which version, and the key that names the result.
#[derive(Debug)]
struct Workshop {
    folders: Folders,
    version: String,
    kubernetes: PathBuf,
    runtime: PathBuf,
    key: String,
}

impl Workshop {
    fn open(folders: &Folders, version: &str, kubernetes: PathBuf, runtime: PathBuf) -> Result<Self> {
        let mut texts = vec![version.to_owned(), last_name(&kubernetes), last_name(&runtime), EPOCH.to_owned()];
        texts.extend(RECIPES.map(str::to_owned));
        let packages = [tools::PACKAGES, images::PACKAGES, guestbook::PACKAGES].concat().concat();
        texts.push(Closure::resolve(folders, &packages)?.key());
        for file in images::TRACKED.iter().chain(guestbook::TRACKED) {
            texts.push(folders::read(&folders.repository.join(file))?);
        }
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        Ok(Self {
            folders: folders.clone(),
            version: version.to_owned(),
            kubernetes,
            runtime,
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

/// The folders are named by what is in them; where the cache is makes no difference.
fn last_name(path: &Path) -> String {
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
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
fn fill(workshop: &Workshop, examples: &Path, example: &str, make: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let kept = workshop.folders.cache.join("parts").join(format!("{example}-{}", workshop.key));
    if !kept.exists() {
        let scratch = workshop.scratch()?;
        let place = scratch.path().join("parts");
        folders::create(&place)?;
        make(&place)?;
        folders::write(&place.join("key"), &workshop.key)?;
        folders::publish(&place, &kept)?;
    }
    link(workshop, &kept, &examples.join(example).join("parts"))
}

/// Copies the kept folder into the example by hard links where that works; nothing happens when it is there already.
fn link(workshop: &Workshop, kept: &Path, place: &Path) -> Result<()> {
    if std::fs::read_to_string(place.join("key")).is_ok_and(|found| found == workshop.key) {
        return Ok(());
    }
    let target = workshop.folders.repository.join("target");
    folders::create(&target)?;
    let scratch = tempfile::tempdir_in(&target).map_err(Error::file("create a folder in", &target))?;
    let copy = scratch.path().join("parts");
    let linking = Program::new("cp").arguments(["--archive", "--link"]).argument(kept).argument(&copy);
    if !linking.attempt()?.success() {
        folders::remove(&copy)?;
        let copying = Program::new("cp").arguments(["--archive", "--reflink=auto"]);
        copying.argument(kept).argument(&copy).output()?;
    }
    folders::remove(place)?;
    // the cache may be on another file system than the checkout, so this is a move, not always a rename
    Program::new("mv").arguments(["--no-target-directory"]).argument(&copy).argument(place).output()?;
    Ok(())
}
