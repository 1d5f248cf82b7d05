//! An image as the Go sealer writes one, of container images of the set: a registry's folder in a layer, in an OCI archive.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde_json::{Value, json};

use super::set::{self, Image};
use crate::digest;
use crate::error::{Error, Result};

/// Container images in it.
const IMAGES: usize = 10;

/// The name that the archive gives it.
pub(super) const NAME: &str = "bench.example/go:v1";

const TREE: &str = "registry/docker/registry/v2";

/// Writes the archive; `layout` is the set.
pub(super) fn write(layout: &Path, archive: &Path) -> Result<()> {
    let layer = archive.with_extension("layer");
    write_layer(layout, &layer)?;
    let digest = digest::of_file(&layer)?;
    let size = std::fs::metadata(&layer).map_err(Error::file("read", &layer))?.len();
    let write = || -> io::Result<()> {
        let mut tar = tar::Builder::new(File::create(archive)?);
        let mut document = |media_type: &str, value: &Value| {
            let bytes = value.to_string().into_bytes();
            let digest = digest::of_bytes(&bytes);
            append(&mut tar, &format!("blobs/sha256/{digest}"), &bytes)?;
            io::Result::Ok(descriptor(media_type, &digest, bytes.len() as u64))
        };
        let config = document(
            "application/vnd.oci.image.config.v1+json",
            &json!({
                "architecture": "amd64", "os": "linux", "config": {},
                "rootfs": { "type": "layers", "diff_ids": [format!("sha256:{digest}")] },
            }),
        )?;
        let mut manifest = document(
            "application/vnd.oci.image.manifest.v1+json",
            &json!({
                "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": config,
                "layers": [descriptor("application/vnd.oci.image.layer.v1.tar", &digest, size)],
                "annotations": {
                    "sealer.image.extension": r#"{"schemaVersion":"v1alpha1","type":"kube-installer","launch":{}}"#,
                    "sealer.image.container.images": "[]",
                },
            }),
        )?;
        manifest["annotations"] = json!({ "org.opencontainers.image.ref.name": NAME });
        let index = json!({ "schemaVersion": 2, "manifests": [manifest] });
        append(&mut tar, "index.json", index.to_string().as_bytes())?;
        append(&mut tar, "oci-layout", br#"{"imageLayoutVersion":"1.0.0"}"#)?;
        tar.append_path_with_name(&layer, format!("blobs/sha256/{digest}"))?;
        tar.into_inner()?.flush()
    };
    write().map_err(Error::file("write", archive))?;
    std::fs::remove_file(&layer).map_err(Error::file("remove", &layer))
}

fn write_layer(layout: &Path, layer: &Path) -> Result<()> {
    let failed = || Error::file("write", layer);
    let mut tar = tar::Builder::new(File::create(layer).map_err(failed())?);
    for number in 0..IMAGES {
        let image = Image::read(layout, number)?;
        let manifest = digest::of_bytes(&image.manifest);
        let link = format!("sha256:{manifest}");
        let manifests = format!("{TREE}/repositories/bench/{}/_manifests", set::name(number));
        for place in ["tags/1/current/link".to_owned(), format!("revisions/sha256/{manifest}/link")] {
            append(&mut tar, &format!("{manifests}/{place}"), link.as_bytes()).map_err(failed())?;
        }
        for blob in image.blobs()?.iter().map(|blob| blob.trim_start_matches("sha256:")).chain([manifest.as_str()]) {
            let path = layout.join("blobs/sha256").join(blob);
            let name = format!("{TREE}/blobs/sha256/{}/{blob}/data", &blob[..2]);
            tar.append_path_with_name(path, name).map_err(failed())?;
        }
    }
    tar.into_inner().and_then(|mut file| file.flush()).map_err(failed())
}

fn append(tar: &mut tar::Builder<File>, path: &str, bytes: &[u8]) -> io::Result<()> {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(bytes.len() as u64);
    tar.append_data(&mut header, path, bytes)
}

fn descriptor(media_type: &str, digest: &str, size: u64) -> Value {
    json!({ "mediaType": media_type, "digest": format!("sha256:{digest}"), "size": size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_blob_is_in_the_layer_under_its_digest() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::file("create", Path::new("/tmp")))?;
        let (layout, archive) = (folder.path().join("layout"), folder.path().join("go.tar"));
        set::write_many(&layout)?;
        write(&layout, &archive)?;
        let text = std::fs::read(&archive).map_err(Error::file("read", &archive))?;
        for number in 0..IMAGES {
            for blob in Image::read(&layout, number)?.blobs()? {
                let path = format!("/{}/data", blob.trim_start_matches("sha256:"));
                assert!(text.windows(path.len()).any(|window| window == path.as_bytes()), "{path}");
            }
        }
        Ok(())
    }
}
