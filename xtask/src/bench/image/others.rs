//! What is measured for its memory alone, once: verbs whose time nobody promises, an image of the Go sealer, and a layer of
//! gigabytes, which has to go through every verb as a small one does.

use super::go_image;
use super::set;
use super::work::{Bench, IMAGE};
use crate::bench::measured::Measured;
use crate::error::Result;
use crate::folders;

/// A second version of the cluster image.
const NEXT: &str = "bench.example/cluster:v2";
/// The cluster image with the large layer.
const LARGE: &str = "bench.example/large:v1";
/// Bytes of the file in it, half of which can be compressed.
const LARGE_BYTES: u64 = 1536 << 20;

impl Bench<'_> {
    /// Each verb with what it cost.
    pub(super) fn others(&self) -> Result<Vec<(&'static str, Measured)>> {
        let mut verbs = self.two_versions()?;
        verbs.extend(self.go_image()?);
        verbs.extend(self.large()?);
        Ok(verbs)
    }

    fn two_versions(&self) -> Result<Vec<(&'static str, Measured)>> {
        let root = self.fresh("root")?;
        self.build(&root)?;
        let context = self.scratch.join("context");
        folders::write(&context.join("Kubefile"), "FROM scratch\nCOPY imageList manifests/\nCOPY Kubefile etc/\n")?;
        let context = context.display().to_string();
        let archive = self.scratch.join("next.tar").display().to_string();
        self.verb(&root, &["build", "--platform", "linux/amd64", "--tag", NEXT, &context])?;
        let verbs = vec![
            ("diff", self.verb(&root, &["diff", IMAGE, NEXT])?),
            ("merge", self.verb(&root, &["merge", "--prefer-later", "--tag", "bench.example/both:v1", IMAGE, NEXT])?),
            ("verify --offline", self.verb(&root, &["verify", "--offline", NEXT])?),
            ("save --base", self.verb(&root, &["save", NEXT, "--base", IMAGE, "--output", &archive])?),
            (
                "save --format oci-dir",
                self.verb(&root, &["save", NEXT, "--format", "oci-dir", "--output", &format!("{archive}.d")])?,
            ),
        ];
        folders::remove(&self.scratch.join("next.tar.d"))?;
        Ok(verbs)
    }

    fn go_image(&self) -> Result<Vec<(&'static str, Measured)>> {
        let archive = self.go_archive();
        let (remote, archive) = (format!("{}/bench/go:v1", self.registry.address), archive.display().to_string());
        let copy = self.skopeo("--dest-tls-verify=false");
        copy.arguments([format!("oci-archive:{archive}"), format!("docker://{remote}")]).output()?;
        let root = self.fresh("root")?;
        Ok(vec![
            ("load of an image of the Go sealer", self.verb(&root, &["load", "--input", &archive])?),
            ("inspect of it", self.verb(&root, &["inspect", go_image::NAME])?),
            ("pull of an image of the Go sealer", self.verb(&self.fresh("root")?, &["pull", &remote])?),
        ])
    }

    fn large(&self) -> Result<Vec<(&'static str, Measured)>> {
        println!("    making an image with a layer of {LARGE_BYTES} bytes");
        let (root, context) = (self.fresh("root")?, self.fresh("large")?);
        set::write_noise(&context.join("large"), LARGE_BYTES)?;
        folders::write(&context.join("Kubefile"), "FROM scratch\nCOPY large bin/\n")?;
        let (archive, words) = (self.scratch.join("large.tar").display().to_string(), context.display().to_string());
        let remote = format!("{}/bench/large:v1", self.registry.address);
        let mut verbs = vec![(
            "build of a large layer",
            self.verb(&root, &["build", "--platform", "linux/amd64", "--tag", LARGE, &words])?,
        )];
        self.fresh("large")?;
        verbs.push(("save of a large layer", self.verb(&root, &["save", LARGE, "--output", &archive])?));
        verbs.push(("push of a large layer", self.verb(&root, &["push", LARGE, &remote])?));
        verbs.push(("mount of a large layer", self.verb(&root, &["mount", "--platform", "linux/amd64", LARGE])?));
        verbs.push(("umount of a large layer", self.verb(&root, &["umount", "--all"])?));
        let root = self.fresh("root")?;
        verbs.push(("load of a large layer", self.verb(&root, &["load", "--input", &archive])?));
        folders::remove(archive.as_ref())?;
        verbs.push(("store verify of a large layer", self.verb(&root, &["store", "verify"])?));
        verbs.push(("pull of a large layer", self.verb(&self.fresh("root")?, &["pull", &remote])?));
        Ok(verbs)
    }
}
