//! What is measured: every verb that moves image content, in a fresh folder each round.

use std::path::{Path, PathBuf};

use super::go_image;
use super::registry::Registry;
use super::set;
use crate::bench::measured::{Measured, measured};
use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;

/// The name of the cluster image.
pub(super) const IMAGE: &str = "bench.example/cluster:v1";

/// Everything that a round needs.
pub(super) struct Bench<'a> {
    binary: &'a Path,
    pub(super) scratch: &'a Path,
    pub(super) registry: Registry,
}

/// What one round measured.
#[derive(Debug, Clone)]
pub(super) struct Round {
    /// `skopeo copy` of all container images, one by one, in seconds.
    pub(super) peer: f64,
    /// Bytes of all blobs of the cluster image.
    pub(super) image_bytes: f64,
    /// Each verb with what it cost, in the order in which they ran.
    pub(super) verbs: Vec<(&'static str, Measured)>,
}

impl<'a> Bench<'a> {
    /// Makes the set and fills the registry with it.
    pub(super) fn prepare(binary: &'a Path, scratch: &'a Path) -> Result<Self> {
        println!("    making {} container images and a registry for them", set::IMAGES);
        let layout = scratch.join("set");
        set::write(&layout)?;
        let bench = Self { binary, scratch, registry: Registry::start(&scratch.join("registry"))? };
        for number in 0..set::IMAGES {
            let source = format!("oci:{}:{}", layout.display(), set::name(number));
            let copy = bench.skopeo("--dest-tls-verify=false");
            copy.arguments([source, format!("docker://{}", bench.remote(number))]).output()?;
        }
        go_image::write(&layout, &bench.go_archive())?;
        folders::remove(&layout)?;
        bench.context()?;
        Ok(bench)
    }

    /// An image of the Go sealer.
    pub(super) fn go_archive(&self) -> PathBuf {
        self.scratch.join("go.tar")
    }

    fn context(&self) -> Result<()> {
        let context = self.scratch.join("context");
        folders::create(&context)?;
        folders::write(&context.join("Kubefile"), "FROM scratch\nCOPY imageList manifests/\n")?;
        let list: String = (0..set::IMAGES).map(|number| self.remote(number) + "\n").collect();
        folders::write(&context.join("imageList"), list)
    }

    fn remote(&self, number: usize) -> String {
        format!("{}/bench/{}:1", self.registry.address, set::name(number))
    }

    /// Every verb once, and the peer.
    pub(super) fn round(&self) -> Result<Round> {
        let peer = self.peer()?;
        let (root, archive) = (self.fresh("root")?, self.scratch.join("image.tar"));
        let remote = format!("{}/bench/cluster:v1", self.registry.address);
        let archive_name = archive.display().to_string();
        folders::remove(&archive)?;
        let mut verbs = vec![("build", self.build(&root)?), ("rebuild", self.build(&root)?)];
        verbs.push(("save", self.verb(&root, &["save", IMAGE, "--output", &archive_name])?));
        let volumes = self.fresh("volumes")?.join("image.tar").display().to_string();
        verbs.push(("save --split", self.verb(&root, &["save", IMAGE, "--split", "100MB", "--output", &volumes])?));
        verbs.push((
            "load of volumes",
            self.verb(&self.fresh("other")?, &["load", "--input", &format!("{volumes}.001")])?,
        ));
        self.fresh("volumes")?;
        verbs.push(("mount", self.verb(&root, &["mount", "--platform", "linux/amd64", IMAGE])?));
        verbs.push(("umount", self.verb(&root, &["umount", "--all"])?));
        verbs.push(("push", self.verb(&root, &["push", IMAGE, &remote])?));
        verbs.push(("inspect", self.verb(&root, &["inspect", IMAGE])?));
        let image_bytes = self.image_bytes(&root)?;
        let root = self.fresh("root")?;
        verbs.push(("load", self.verb(&root, &["load", "--input", &archive_name])?));
        folders::remove(&archive)?;
        verbs.push(("store verify", self.verb(&root, &["store", "verify"])?));
        verbs.push(("rmi", self.verb(&root, &["rmi", IMAGE])?));
        let root = self.fresh("root")?;
        verbs.push(("pull", self.verb(&root, &["pull", &remote])?));
        folders::remove(&root)?;
        Ok(Round { peer, image_bytes, verbs })
    }

    /// A store with a thousand container images: what looking at it costs.
    pub(super) fn thousand(&self) -> Result<Vec<(&'static str, Measured)>> {
        println!("    making a store of {} container images", set::MANY);
        let (root, context) = (self.fresh("root")?, self.fresh("many")?);
        set::write_many(&context.join("layout"))?;
        let line = |number| format!("many.example/{}:1 oci:layout:{}\n", set::name(number), set::name(number));
        folders::write(&context.join("imageList"), (0..set::MANY).map(line).collect::<String>())?;
        folders::write(&context.join("Kubefile"), "FROM scratch\nCOPY imageList manifests/\n")?;
        let context = context.display().to_string();
        let build = self.verb(&root, &["build", "--platform", "linux/amd64", "--tag", IMAGE, &context])?;
        let mut looks = vec![("build", build)];
        for _ in 0..super::ROUNDS {
            looks.push(("images", self.verb(&root, &["images"])?));
            looks.push(("inspect", self.verb(&root, &["inspect", IMAGE])?));
        }
        Ok(looks)
    }

    pub(super) fn build(&self, root: &Path) -> Result<Measured> {
        let context = self.scratch.join("context").display().to_string();
        self.verb(root, &["build", "--platform", "linux/amd64", "--tag", IMAGE, &context])
    }

    pub(super) fn verb(&self, root: &Path, words: &[&str]) -> Result<Measured> {
        measured(self.sealer(root).arguments(words), &self.scratch.join("log"))
    }

    fn sealer(&self, root: &Path) -> Program {
        Program::new(self.binary).variable("SEALER_ROOT", root)
    }

    /// One process for each image, as scripts have it, into one layout.
    fn peer(&self) -> Result<f64> {
        let layout = self.fresh("peer")?;
        rustix::fs::sync();
        let mut seconds = 0.0;
        for number in 0..set::IMAGES {
            let target = format!("oci:{}:{}", layout.display(), set::name(number));
            let copy = self.skopeo("--src-tls-verify=false");
            let copy = copy.arguments([format!("docker://{}", self.remote(number)), target]);
            seconds += elapsed(copy)?;
        }
        folders::remove(&layout)?;
        Ok(seconds)
    }

    pub(super) fn skopeo(&self, option: &str) -> Program {
        let words = ["--insecure-policy", "copy", "--quiet", option];
        Program::new("skopeo").arguments(words).variable("HOME", self.scratch.join("home"))
    }

    fn image_bytes(&self, root: &Path) -> Result<f64> {
        let text = self.sealer(root).arguments(["images", "--output", "json"]).output()?;
        let images: serde_json::Value = serde_json::from_str(&text).map_err(Error::json("the list of images"))?;
        images[0]["size"].as_f64().ok_or_else(|| Error::unmet("the list of images tells no size"))
    }

    pub(super) fn fresh(&self, name: &str) -> Result<PathBuf> {
        let folder = self.scratch.join(name);
        folders::remove(&folder)?;
        folders::create(&folder)?;
        Ok(folder)
    }
}

/// The disk is made quiet before the first one only: a peer that does not sync is not to wait for its own bytes.
fn elapsed(program: Program) -> Result<f64> {
    let began = std::time::Instant::now();
    program.output()?;
    Ok(began.elapsed().as_secs_f64())
}
