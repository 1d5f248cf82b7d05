//! Writes a root filesystem as an OCI image layout with one layer: the same tree gives the same bytes, because names are sorted,
//! times are fixed and owners are root.

use std::path::Path;

use serde_json::{Value, json};

use crate::command::Program;
use crate::digest;
use crate::error::{Error, Result};
use crate::folders;

/// What a container of the image runs, and its environment.
#[derive(Debug, Clone, Default)]
pub(crate) struct Configuration {
    /// The program that always runs, with its first arguments.
    pub(crate) entrypoint: Vec<&'static str>,
    /// The arguments when nobody gives others.
    pub(crate) arguments: Vec<&'static str>,
    /// The folder it starts in.
    pub(crate) folder: &'static str,
}

/// Writes the tree below `root` as the image `name` into a new OCI layout at `layout`.
pub(crate) fn write(root: &Path, layout: &Path, name: &str, configuration: &Configuration) -> Result<()> {
    let blobs = layout.join("blobs/sha256");
    folders::create(&blobs)?;
    let layer = pack(root, layout, &blobs)?;
    let config = put_json(&blobs, &image_configuration(configuration, &layer.content_digest))?;
    let manifest = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
        "layers": [descriptor("application/vnd.oci.image.layer.v1.tar+gzip", &layer.blob)],
    });
    let mut entry = descriptor("application/vnd.oci.image.manifest.v1+json", &put_json(&blobs, &manifest)?);
    entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name });
    entry["platform"] = json!({ "architecture": "amd64", "os": "linux" });
    let index = json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.index.v1+json",
        "manifests": [entry],
    });
    folders::write(&layout.join("index.json"), text(&index)?)?;
    folders::write(&layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
}

struct Blob {
    digest: String,
    size: u64,
}

struct Layer {
    blob: Blob,
    content_digest: String,
}

/// Packs the tree as a tar file, notes its digest, and keeps it compressed.
fn pack(root: &Path, scratch: &Path, blobs: &Path) -> Result<Layer> {
    let tar = scratch.join("layer.tar");
    let program = Program::new("tar").arguments(["--create", "--sort=name", "--format=posix", "--numeric-owner"]);
    let program = program.arguments(["--owner=0", "--group=0", &format!("--mtime=@{}", super::EPOCH)]);
    let program = program.argument("--pax-option=exthdr.name=%d/PaxHeaders/%f,delete=atime,delete=ctime");
    program.argument("--file").argument(&tar).argument("--directory").argument(root).argument(".").output()?;
    let content_digest = digest::of_file(&tar)?;
    Program::new("gzip").arguments(["--no-name", "--fast"]).argument(&tar).output()?;
    let packed = scratch.join("layer.tar.gz");
    let digest = digest::of_file(&packed)?;
    let size = std::fs::metadata(&packed).map_err(Error::file("read", &packed))?.len();
    folders::publish(&packed, &blobs.join(&digest))?;
    Ok(Layer { blob: Blob { digest, size }, content_digest })
}

fn image_configuration(configuration: &Configuration, content_digest: &str) -> Value {
    json!({
        "created": "2021-01-07T06:13:20Z",
        "architecture": "amd64",
        "os": "linux",
        "config": {
            "Env": ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
            "Entrypoint": configuration.entrypoint,
            "Cmd": configuration.arguments,
            "WorkingDir": configuration.folder,
        },
        "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{content_digest}")] },
        "history": [{ "created": "2021-01-07T06:13:20Z", "created_by": "cargo xtask parts" }],
    })
}

fn put_json(blobs: &Path, value: &Value) -> Result<Blob> {
    let bytes = text(value)?.into_bytes();
    let digest = digest::of_bytes(&bytes);
    folders::write(&blobs.join(&digest), &bytes)?;
    Ok(Blob { digest, size: bytes.len() as u64 })
}

fn descriptor(media_type: &str, blob: &Blob) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", blob.digest), "size": blob.size })
}

fn text(value: &Value) -> Result<String> {
    serde_json::to_string(value).map_err(Error::json("an image document"))
}
