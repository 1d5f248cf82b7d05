//! The container images of the bench: 40 of them, 4 base layers of 8 MB shared by ten images each, and 3 layers of 4 MB of each
//! image's own; half of every layer can be compressed. Made from numbers, so that they are the same wherever they are made.

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::digest;
use crate::error::{Error, Result};
use crate::folders;

/// Container images in the set.
pub(in crate::bench) const IMAGES: usize = 40;
/// Container images in the large store.
pub(super) const MANY: usize = 1000;

const MB: u64 = 1 << 20;
const BASES: usize = 4;
const OWN_LAYERS: usize = 3;

/// The name of an image in the layout and in the registry.
pub(in crate::bench) fn name(number: usize) -> String {
    format!("image{number:04}")
}

/// An image of the set that was written.
#[derive(Debug)]
pub(in crate::bench) struct Image {
    /// The bytes of its manifest.
    pub(in crate::bench) manifest: Vec<u8>,
}

impl Image {
    /// Reads it from the layout.
    pub(in crate::bench) fn read(layout: &Path, number: usize) -> Result<Self> {
        let index = folders::read(&layout.join("index.json"))?;
        let index: Value = serde_json::from_str(&index).map_err(Error::json("the set's index"))?;
        let digest = index["manifests"][number]["digest"].as_str().unwrap_or_default();
        Ok(Self { manifest: blob(layout, digest)? })
    }

    /// The digests of its configuration and its layers.
    pub(in crate::bench) fn blobs(&self) -> Result<Vec<String>> {
        let manifest: Value = serde_json::from_slice(&self.manifest).map_err(Error::json("a manifest of the set"))?;
        let layers = manifest["layers"].as_array().into_iter().flatten();
        let parts = std::iter::once(&manifest["config"]).chain(layers);
        Ok(parts.filter_map(|part| part["digest"].as_str().map(str::to_owned)).collect())
    }
}

/// The bytes of a blob, `sha256:...`, of the set.
pub(in crate::bench) fn blob(layout: &Path, digest: &str) -> Result<Vec<u8>> {
    let path = layout.join("blobs").join(digest.replace(':', "/"));
    std::fs::read(&path).map_err(Error::file("read", &path))
}

/// Writes the set as an OCI layout.
pub(in crate::bench) fn write(layout: &Path) -> Result<()> {
    let blobs = Blobs::create(layout)?;
    let bases = (0..BASES).map(|base| blobs.layer(base, 8 * MB)).collect::<Result<Vec<_>>>()?;
    let mut entries = Vec::new();
    for image in 0..IMAGES {
        let mut layers = vec![bases[image / (IMAGES / BASES)].clone()];
        for own in 0..OWN_LAYERS {
            layers.push(blobs.layer(BASES + image * OWN_LAYERS + own, 4 * MB)?);
        }
        entries.push(blobs.image(image, &layers)?);
    }
    blobs.finish(layout, &entries)
}

/// Writes a thousand images of one small layer each as an OCI layout.
pub(super) fn write_many(layout: &Path) -> Result<()> {
    let blobs = Blobs::create(layout)?;
    let entries = (0..MANY).map(|image| blobs.image(image, &[blobs.layer(image, 4096)?]));
    let entries = entries.collect::<Result<Vec<_>>>()?;
    blobs.finish(layout, &entries)
}

/// Writes a file of so many bytes, half of which can be compressed.
pub(super) fn write_noise(path: &Path, size: u64) -> Result<()> {
    let write = || io::copy(&mut HalfNoise::new(0).take(size), &mut File::create(path)?);
    write().map(drop).map_err(Error::file("write", path))
}

/// A blob, and for a layer the digest of what is compressed in it.
#[derive(Debug, Clone)]
struct Blob {
    digest: String,
    size: u64,
    content: String,
}

struct Blobs<'a>(std::borrow::Cow<'a, Path>);

impl Blobs<'_> {
    fn create(layout: &Path) -> Result<Self> {
        let folder = layout.join("blobs/sha256");
        folders::create(&folder)?;
        Ok(Self(folder.into()))
    }

    /// A layer of one file that is made from a number.
    fn layer(&self, number: usize, size: u64) -> Result<Blob> {
        let scratch = self.0.join("layer");
        let content = pack(&scratch, number, size).map_err(Error::file("write", &scratch))?;
        let digest = digest::of_file(&scratch)?;
        let size = std::fs::metadata(&scratch).map_err(Error::file("read", &scratch))?.len();
        folders::publish(&scratch, &self.0.join(&digest))?;
        Ok(Blob { digest, size, content })
    }

    fn image(&self, number: usize, layers: &[Blob]) -> Result<Value> {
        let contents: Vec<String> = layers.iter().map(|layer| format!("sha256:{}", layer.content)).collect();
        let config = self.document(&json!({
            "architecture": "amd64", "os": "linux", "config": { "Labels": { "number": number.to_string() } },
            "rootfs": { "type": "layers", "diff_ids": contents },
        }))?;
        let layers = layers.iter().map(|layer| descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer));
        let manifest = self.document(&json!({
            "schemaVersion": 2, "mediaType": MANIFEST,
            "config": descriptor("application/vnd.oci.image.config.v1+json", &config),
            "layers": layers.collect::<Vec<_>>(),
        }))?;
        let mut entry = descriptor(MANIFEST, &manifest);
        entry["annotations"] = json!({ "org.opencontainers.image.ref.name": name(number) });
        entry["platform"] = json!({ "architecture": "amd64", "os": "linux" });
        Ok(entry)
    }

    fn document(&self, value: &Value) -> Result<Blob> {
        let bytes = text(value)?.into_bytes();
        let digest = digest::of_bytes(&bytes);
        folders::write(&self.0.join(&digest), &bytes)?;
        Ok(Blob { digest, size: bytes.len() as u64, content: String::new() })
    }

    fn finish(&self, layout: &Path, entries: &[Value]) -> Result<()> {
        let index = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": entries,
        });
        folders::write(&layout.join("index.json"), text(&index)?)?;
        folders::write(&layout.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#)
    }
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

fn descriptor(media_type: &str, blob: &Blob) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{}", blob.digest), "size": blob.size })
}

fn text(value: &Value) -> Result<String> {
    serde_json::to_string(value).map_err(Error::json("an image document"))
}

/// Writes the layer and tells the digest of its archive.
fn pack(path: &Path, number: usize, size: u64) -> io::Result<String> {
    let mut archive = Vec::new();
    let mut builder = tar::Builder::new(&mut archive);
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(size);
    builder.append_data(&mut header, format!("data/{number}"), HalfNoise::new(number as u64).take(size))?;
    builder.finish()?;
    drop(builder);
    let mut encoder = GzEncoder::new(File::create(path)?, Compression::fast());
    encoder.write_all(&archive)?;
    encoder.finish()?;
    Ok(digest::of_bytes(&archive))
}

/// Blocks of noise and of the same line again, in turn.
struct HalfNoise {
    state: u64,
    block: Vec<u8>,
    position: usize,
}

const BLOCK: usize = 4096;

impl HalfNoise {
    fn new(seed: u64) -> Self {
        Self { state: (seed + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15), block: Vec::new(), position: 0 }
    }

    fn refill(&mut self) {
        self.block.clear();
        while self.block.len() < BLOCK {
            self.state ^= self.state << 13;
            self.state ^= self.state >> 7;
            self.state ^= self.state << 17;
            self.block.extend_from_slice(&self.state.to_le_bytes());
        }
        self.block.extend(b"the same line again\n".iter().copied().cycle().take(BLOCK));
        self.position = 0;
    }
}

impl Read for HalfNoise {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.position == self.block.len() {
            self.refill();
        }
        let length = buffer.len().min(self.block.len() - self.position);
        buffer[..length].copy_from_slice(&self.block[self.position..self.position + length]);
        self.position += length;
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_a_layer_can_be_compressed() -> io::Result<()> {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("layer");
        pack(&path, 7, MB)?;
        let size = std::fs::metadata(&path)?.len();
        assert!((MB / 2..MB * 6 / 10).contains(&size), "{size}");
        Ok(())
    }
}
