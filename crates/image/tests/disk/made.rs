//! Stores and images made on demand.

use sealer_image::Store;
use sealer_image::layer::{Attributes, Layer, LayerWriter};
use sealer_model::image::{
    Carried, CarriedProgram, Catalog, Config, ConfigDetails, Demand, Descriptor, Extension, Index, Manifest,
    ProgramConfig, RootFilesystem, annotation, media_type,
};
use sealer_model::{Digest, Platform, Reference};
use tempfile::TempDir;

pub(crate) const FILE: Attributes = Attributes { mode: 0o640, user: 0, group: 0 };
pub(crate) const FOLDER: Attributes = Attributes { mode: 0o755, user: 0, group: 0 };

/// A store in a folder that vanishes with it.
pub(crate) struct Made {
    pub(crate) folder: TempDir,
    pub(crate) store: Store,
}

pub(crate) fn store() -> Made {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    Made { folder, store }
}

pub(crate) fn name(text: &str) -> Reference {
    text.parse().unwrap()
}

/// The configuration of an image for linux/amd64 with these layers.
pub(crate) fn config(diff_ids: Vec<Digest>) -> Config {
    Config {
        created: None,
        architecture: "amd64".into(),
        os: "linux".into(),
        variant: None,
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids },
        history: Vec::new(),
    }
}

/// An image of one layer with one file of this content.
pub(crate) fn image(store: &Store, content: &[u8]) -> Descriptor {
    let mut writer = LayerWriter::new(store, 0).unwrap();
    writer.directory("etc", FOLDER).unwrap();
    writer.file("etc/content", FILE, content.len() as u64, content).unwrap();
    let layer = writer.finish().unwrap();
    let config = store.put_json(media_type::CONFIG, &config(vec![layer.diff_id])).unwrap();
    store.put_json(media_type::MANIFEST, &Manifest::new(config, vec![layer.descriptor])).unwrap()
}

/// A cluster image to be made: for each platform the same files and container images, told apart by their platform.
#[derive(Clone, Default)]
pub(crate) struct Wanted<'a> {
    pub(crate) architectures: &'a [&'a str],
    /// Layers of files with their content, lowest first.
    pub(crate) layers: &'a [&'a [(&'a str, &'a str)]],
    /// Names of container images; their content is the name.
    pub(crate) container_images: &'a [&'a str],
    pub(crate) extension: Extension,
    pub(crate) labels: &'a [(&'a str, &'a str)],
    /// The version of sealer's programs that it carries; none when it is empty.
    pub(crate) program: &'a str,
}

pub(crate) fn cluster_image(store: &Store, wanted: &Wanted<'_>) -> Descriptor {
    let (mut rootfs, mut carried, mut programs) = (Vec::new(), Vec::new(), Vec::new());
    for &architecture in wanted.architectures {
        let platform = Platform::linux(architecture);
        rootfs.push((platform.clone(), rootfs_of(store, wanted, architecture)));
        for &each in wanted.container_images {
            let files = [("content", format!("{each} {architecture}"))];
            let manifest = put_image(store, architecture, &[&files], &[], None);
            let demands =
                vec![Demand { file: "manifests/imageList".into(), field: "line 1".into(), ..Demand::default() }];
            carried.push(Carried {
                name: name(each),
                platform: platform.clone(),
                manifest,
                original_index: None,
                demands,
            });
        }
    }
    if !wanted.program.is_empty() {
        programs.extend(wanted.architectures.iter().map(|it| program(store, wanted.program, it)));
    }
    Carried::sort(&mut carried);
    let catalog = store.put_json(media_type::CATALOG, &Catalog::of(&carried)).unwrap();
    let catalog = store.put_json(media_type::MANIFEST, &Catalog::manifest(catalog, &carried)).unwrap();
    store.put_json(media_type::INDEX, &Index::of_cluster_image(rootfs, &carried, &programs, catalog)).unwrap()
}

/// The file of a program as [`cluster_image`] has it.
pub(crate) fn program_file(version: &str, architecture: &str) -> Vec<u8> {
    format!("sealer {version} for {architecture}").into_bytes()
}

fn program(store: &Store, version: &str, architecture: &str) -> CarriedProgram {
    let (platform, version) = (Platform::linux(architecture), version.to_owned());
    let file = store.put_document(media_type::PROGRAM_FILE, &program_file(&version, architecture)).unwrap();
    let config = ProgramConfig { platform: platform.clone(), version: version.clone() };
    let config = store.put_json(media_type::PROGRAM, &config).unwrap();
    let manifest = store.put_json(media_type::MANIFEST, &CarriedProgram::document(config, file)).unwrap();
    CarriedProgram { platform, version, manifest }
}

fn rootfs_of(store: &Store, wanted: &Wanted<'_>, architecture: &str) -> Descriptor {
    let layers: Vec<Vec<(&str, String)>> = wanted
        .layers
        .iter()
        .map(|files| files.iter().map(|(path, content)| (*path, content.replace("ARCH", architecture))).collect())
        .collect();
    let layers: Vec<&[(&str, String)]> = layers.iter().map(Vec::as_slice).collect();
    put_image(store, architecture, &layers, wanted.labels, Some(&wanted.extension))
}

fn put_image(
    store: &Store,
    architecture: &str,
    layers: &[&[(&str, String)]],
    labels: &[(&str, &str)],
    extension: Option<&Extension>,
) -> Descriptor {
    let made: Vec<_> = layers.iter().map(|files| layer(store, files)).collect();
    let mut config =
        Config { architecture: architecture.into(), ..config(made.iter().map(|it| it.diff_id.clone()).collect()) };
    let labels = labels.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    config.config.labels = Some(labels);
    let config = store.put_json(media_type::CONFIG, &config).unwrap();
    let mut manifest = Manifest::new(config, made.into_iter().map(|it| it.descriptor).collect());
    if let Some(extension) = extension {
        manifest.annotations.insert(annotation::EXTENSION.into(), serde_json::to_string(extension).unwrap());
    }
    store.put_json(media_type::MANIFEST, &manifest).unwrap()
}

fn layer(store: &Store, files: &[(&str, String)]) -> Layer {
    let mut writer = LayerWriter::new(store, 0).unwrap();
    for (path, content) in files {
        writer.file(path, FILE, content.len() as u64, content.as_bytes()).unwrap();
    }
    writer.finish().unwrap()
}
