//! Archives: packed charts, layers, and images that come on a medium. Headers get their checksums again and blobs their digests, so that the
//! changes are not refused for these alone.

use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_fuzz::Target;
use sealer_image::store::Store;
use sealer_image::{layer, load};
use sealer_model::Digest;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use std::io::Write as _;

pub(crate) const WORDS: &[&str] = &[
    "../",
    "/",
    "\0",
    "ustar",
    "0000777\0",
    "77777777777\0",
    "5",
    "2",
    "L",
    "x",
    ".wh.",
    ".wh..wh..opq",
    "Chart.yaml",
];

pub(crate) fn entry(archive: &mut tar::Builder<Vec<u8>>, name: &str, kind: tar::EntryType, content: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.set_entry_type(kind);
    header.set_mode(0o755);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_size(content.len() as u64);
    if kind.is_symlink() || kind.is_hard_link() {
        header.set_size(0);
        header.set_link_name(std::str::from_utf8(content).unwrap()).unwrap();
        archive.append_data(&mut header, name, std::io::empty()).unwrap();
    } else {
        archive.append_data(&mut header, name, content).unwrap();
    }
}

/// Corrects the checksum of whatever still looks like a header.
pub(crate) fn resealed(mut archive: Vec<u8>) -> Vec<u8> {
    for block in archive.chunks_exact_mut(512).filter(|block| &block[257..262] == b"ustar") {
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    }
    archive
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_charts() {
    let mut archive = tar::Builder::new(Vec::new());
    let file = tar::EntryType::Regular;
    entry(&mut archive, "web/Chart.yaml", file, b"apiVersion: v2\nname: web\nversion: 1.0.0\n");
    entry(&mut archive, "web/values.yaml", file, b"a: 1\n");
    entry(&mut archive, "web/.helmignore", file, b"*.bak\n!x\n");
    entry(&mut archive, "web/templates/a.yaml", file, b"a: {{ .Values.a }}\n");
    let seeds = vec![archive.into_inner().unwrap()];
    Target { name: "chart-archive", seeds, words: WORDS }
        .run(|input| sealer_chart::load_archive(&gzip(&resealed(input.to_vec()))).is_ok());
}

/// A layer with an entry of every kind.
fn layer_seed() -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    entry(&mut archive, "etc/", tar::EntryType::Directory, b"");
    entry(&mut archive, "etc/a", tar::EntryType::Regular, b"text");
    entry(&mut archive, "etc/b", tar::EntryType::Symlink, b"a");
    entry(&mut archive, "etc/c", tar::EntryType::Link, b"etc/a");
    entry(&mut archive, "etc/.wh.d", tar::EntryType::Regular, b"");
    archive.into_inner().unwrap()
}

#[test]
fn trees() {
    let folder = tempfile::tempdir().unwrap();
    let store = sealer_image::Store::open(folder.path()).unwrap();
    let media_type = "application/vnd.oci.image.layer.v1.tar";
    let below = store.put_document(media_type, &layer_seed()).unwrap();
    Target { name: "tree", seeds: vec![layer_seed()], words: WORDS }.run(|input| {
        let layer = store.put_document(media_type, &resealed(input.to_vec())).unwrap();
        let read = layer::Tree::read(&store, &[below.clone(), layer]);
        let Ok(tree) = read else { return false };
        for (path, _) in tree.below(std::path::Path::new("")) {
            let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
            assert!(inside, "{} leads out", path.display());
            let _ = tree.followed(path);
        }
        true
    });
}

#[test]
fn layers() {
    let seeds = vec![layer_seed()];
    let outside = tempfile::tempdir().unwrap();
    Target { name: "layer", seeds, words: WORDS }.run(|input| {
        let packed = gzip(&resealed(input.to_vec()));
        let descriptor = Descriptor::of("application/vnd.oci.image.layer.v1.tar+gzip", &packed);
        let destination = outside.path().join("rootfs");
        std::fs::create_dir(&destination).unwrap();
        let unpacked = layer::unpack(packed.as_slice(), &descriptor, &destination, |_| ()).is_ok();
        let beside =
            std::fs::read_dir(outside.path()).unwrap().filter(|entry| entry.as_ref().unwrap().file_name() != "rootfs");
        assert_eq!(beside.count(), 0, "something was written beside the destination");
        let _ = std::fs::remove_dir_all(&destination);
        unpacked
    });
}

/// An archive of one image whose three documents are the parts of the input, each under the digest of what it became.
fn image_archive(input: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(input);
    let mut documents = text.splitn(3, '\u{1}');
    let (config, manifest, index) = (
        documents.next().unwrap_or_default(),
        documents.next().unwrap_or_default(),
        documents.next().unwrap_or_default(),
    );
    let mut archive = tar::Builder::new(Vec::new());
    let file = tar::EntryType::Regular;
    let mut blob = |content: &str| {
        let digest = Digest::of(content.as_bytes());
        entry(&mut archive, &format!("blobs/sha256/{}", digest.hex()), file, content.as_bytes());
        (digest.to_string(), content.len().to_string())
    };
    let (config_digest, config_size) = blob(config);
    let manifest = manifest.replace("CONFIG", &config_digest).replace("\"LENGTH\"", &config_size);
    let (manifest_digest, manifest_size) = blob(&manifest);
    let index = index.replace("MANIFEST", &manifest_digest).replace("\"LENGTH\"", &manifest_size);
    entry(&mut archive, "oci-layout", file, br#"{"imageLayoutVersion":"1.0.0"}"#);
    entry(&mut archive, "index.json", file, index.as_bytes());
    archive.into_inner().unwrap()
}

const CONFIG: &str =
    r#"{"architecture":"amd64","os":"linux","config":{"Env":["A=b"]},"rootfs":{"type":"layers","diff_ids":[]}}"#;
const MANIFEST: &str = r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"CONFIG","size":"LENGTH"},"layers":[],"annotations":{"sealer.image.extension":"{\"schemaVersion\":\"v1alpha1\",\"type\":\"kube-installer\"}"}}"#;
const INDEX: &str = r#"{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"MANIFEST","size":"LENGTH","annotations":{"org.opencontainers.image.ref.name":"localhost/a:1","io.containerd.image.name":"localhost/a:1"}}]}"#;

#[test]
fn images_on_a_medium() {
    let words = &[
        "null",
        "[]",
        "{}",
        "-1",
        "\u{1}",
        "CONFIG",
        "MANIFEST",
        "\"LENGTH\"",
        "digest",
        "../",
        "sha512:",
        "manifests",
        "urls",
    ];
    let seed = [CONFIG, MANIFEST, INDEX].join("\u{1}");
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    Target::of_texts("image-archive", &[&seed], words).run(|input| {
        let archive = image_archive(input);
        load(&store, archive.as_slice(), std::path::Path::new("image.tar"), &Listener::deaf()).is_ok()
    });
}
