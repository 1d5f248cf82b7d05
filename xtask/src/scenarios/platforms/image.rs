//! An image for two platforms, which are told apart by a file in their rootfs: enough to be brought to hosts, and no Kubernetes.

use std::path::Path;

use serde_json::{Value, json};

use crate::delivery::Delivery;
use crate::digest;
use crate::dist::{OTHER, OWN};
use crate::error::{Error, Result};
use crate::folders;

/// Its name.
pub(super) const IMAGE: &str = "two-platforms:v1";

/// Bytes of the rootfs of each platform, of which nothing can be compressed. A host that got that of the other one would have got far more
/// than its own.
const AMD64_BYTES: u64 = 64 << 20;
pub(super) const ARM64_BYTES: u64 = 4 << 20;

const PAUSE: &str = "registry.example/pause:1";

const KUBEFILE: &str = "\
FROM scratch
ARG TARGETARCH
LABEL cluster.alpha.sealer.io/cluster-runtime-version=\"v1.20.2\"
COPY ${TARGETARCH} etc/
COPY imageList manifests/
";

/// Builds it, with or without sealer's program for the nodes. The same again gives the same image.
pub(super) fn build(delivery: &Delivery, program: Option<&Path>) -> Result<()> {
    let context = delivery.folder().join("two-platforms");
    if !context.exists() {
        write(&context)?;
    }
    let platforms = [OWN, OTHER].join(",");
    let mut words = ["build", "--platform", &platforms, "-t", IMAGE].map(str::to_owned).to_vec();
    if let Some(program) = program {
        words.extend(["--program".to_owned(), format!("{OTHER}={}", program.display())]);
    }
    words.push(context.display().to_string());
    delivery.show(&words)
}

fn write(context: &Path) -> Result<()> {
    let noise = std::fs::File::open("/dev/urandom").map_err(Error::file("open", Path::new("/dev/urandom")))?;
    for (architecture, bytes) in [("amd64", AMD64_BYTES), ("arm64", ARM64_BYTES)] {
        let folder = context.join(architecture);
        folders::create(&folder)?;
        folders::write(&folder.join("platform"), format!("{architecture}\n"))?;
        let path = folder.join("noise");
        let mut file = std::fs::File::create(&path).map_err(Error::file("create", &path))?;
        std::io::copy(&mut std::io::Read::take(&noise, bytes), &mut file).map_err(Error::file("write", &path))?;
    }
    folders::write(&context.join("Kubefile"), KUBEFILE)?;
    folders::write(&context.join("imageList"), format!("{PAUSE} oci:pause\n"))?;
    write_pause(&context.join("pause"))
}

/// A container image without files for both platforms: nobody starts it, but every image that makes clusters names one.
fn write_pause(layout: &Path) -> Result<()> {
    let blobs = layout.join("blobs/sha256");
    folders::create(&blobs)?;
    let layer = put(&blobs, "application/vnd.oci.image.layer.v1.tar", &[0; 1024])?;
    let mut manifests = Vec::new();
    for architecture in ["amd64", "arm64"] {
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "rootfs": { "type": "layers", "diff_ids": [layer["digest"]] },
        });
        let config = put(&blobs, "application/vnd.oci.image.config.v1+json", config.to_string().as_bytes())?;
        let media_type = "application/vnd.oci.image.manifest.v1+json";
        let manifest = json!({ "schemaVersion": 2, "mediaType": media_type, "config": config, "layers": [layer] });
        let mut entry = put(&blobs, media_type, manifest.to_string().as_bytes())?;
        entry["platform"] = json!({ "architecture": architecture, "os": "linux" });
        manifests.push(entry);
    }
    let media_type = "application/vnd.oci.image.index.v1+json";
    let index = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": manifests });
    let mut entry = put(&blobs, media_type, index.to_string().as_bytes())?;
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": PAUSE });
    let top = json!({ "schemaVersion": 2, "mediaType": media_type, "manifests": [entry] });
    folders::write(&layout.join("index.json"), top.to_string())?;
    folders::write(&layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
}

/// Writes a blob, and describes it.
fn put(blobs: &Path, media_type: &str, bytes: &[u8]) -> Result<Value> {
    let digest = digest::of_bytes(bytes);
    folders::write(&blobs.join(&digest), bytes)?;
    Ok(json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": bytes.len() }))
}
