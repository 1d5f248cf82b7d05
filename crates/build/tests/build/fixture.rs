//! A store, a context and container images, all made on the spot in one temporary folder.

use sealer_build::{Built, Error, Options, build};
use sealer_image::Store;
use sealer_image::remote::{self, Client};
use sealer_model::causes::chain;
use sealer_model::event::{Event, Listener};
use sealer_model::image::{
    Catalog, Config, ConfigDetails, Descriptor, Entry, Index, Manifest, RootFilesystem, annotation, media_type,
};
use sealer_model::{Digest, Platform};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Everything that a build needs.
pub(crate) struct Workshop {
    folder: tempfile::TempDir,
    pub(crate) store: Store,
    pub(crate) warnings: Arc<Mutex<Vec<String>>>,
    /// Registries that may be spoken to without encryption.
    pub(crate) registries: Vec<String>,
    /// Files with passwords, as docker keeps them.
    pub(crate) credential_files: Vec<PathBuf>,
}

pub(crate) fn amd64() -> Platform {
    Platform::linux("amd64")
}

impl Workshop {
    /// A workshop whose context has these files.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store")).unwrap();
        let (registries, credential_files) = (Vec::new(), Vec::new());
        let workshop = Self { folder, store, warnings: Arc::default(), registries, credential_files };
        fs::create_dir_all(workshop.context()).unwrap();
        for (name, text) in files {
            workshop.write(name, text);
        }
        workshop
    }

    pub(crate) fn context(&self) -> PathBuf {
        self.folder.path().join("context")
    }

    pub(crate) fn store_folder(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    /// Writes a file of the context.
    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.context().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// The options of a plain build.
    pub(crate) fn options(&self, tag: &str) -> Options {
        let options = Options::new(self.context(), tag.parse().unwrap(), amd64());
        Options { sealer_version: "v1.0.0".into(), ..options }
    }

    pub(crate) fn build_with(&self, options: Options) -> Result<Built, Error> {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let warnings = Arc::clone(&self.warnings);
        let listener = Listener::new(move |event| {
            if let Event::Warning { text } = event {
                warnings.lock().unwrap().push(text);
            }
        });
        runtime.block_on(build(&self.store, &self.client(), options, listener))
    }

    /// Builds, or fails the test with the whole chain of causes.
    pub(crate) fn build(&self, tag: &str) -> Built {
        self.build_with(self.options(tag)).unwrap_or_else(|error| panic!("{}", chain(&error)))
    }

    /// The text of the error that a build ends with.
    pub(crate) fn refused(&self, options: Options) -> String {
        match self.build_with(options) {
            Ok(built) => panic!("the build succeeded: {built:?}"),
            Err(error) => chain(&error),
        }
    }

    /// Puts an image of these layers into the store, under no name.
    pub(crate) fn image(&self, platform: &Platform, layers: &[&[Listed<'_>]]) -> Descriptor {
        let (mut descriptors, mut diff_ids) = (Vec::new(), Vec::new());
        for layer in layers {
            let bytes = archive(layer);
            diff_ids.push(Digest::of(&bytes));
            descriptors.push(self.store.put_document(media_type::LAYER_TAR, &bytes).unwrap());
        }
        let config = self.store.put_json(media_type::CONFIG, &config(platform, diff_ids)).unwrap();
        let manifest = self.store.put_json(media_type::MANIFEST, &Manifest::new(config, descriptors)).unwrap();
        manifest.for_platform(platform.clone())
    }

    /// Gives what is in the store a name.
    pub(crate) fn name(&self, name: &str, image: &Descriptor) {
        self.store.tag(&name.parse().unwrap(), image).unwrap();
    }

    /// A client that may speak plain HTTP with a registry on this machine.
    pub(crate) fn client(&self) -> Client {
        let (insecure_hosts, credential_files) = (self.registries.clone(), self.credential_files.clone());
        Client::new(remote::Options { insecure_hosts, credential_files, ..remote::Options::default() }).unwrap()
    }

    pub(crate) fn index(&self, built: &Built) -> Index {
        self.store.index(&built.descriptor).unwrap()
    }

    /// The rootfs manifest and configuration for a platform.
    pub(crate) fn rootfs(&self, built: &Built, platform: &Platform) -> (Manifest, Config) {
        let index = self.index(built);
        let manifest = self.store.manifest(index.rootfs_for(platform).unwrap()).unwrap();
        let config = self.store.parse(&manifest.config).unwrap();
        (manifest, config)
    }

    pub(crate) fn catalog(&self, built: &Built) -> Catalog {
        let index = self.index(built);
        let last = index.manifests.last().unwrap();
        assert_eq!(Entry::of(last).unwrap(), Entry::Catalog);
        self.store.parse(&self.store.manifest(last).unwrap().config).unwrap()
    }
}

/// An entry of an archive: path, kind, mode, and its target or text.
pub(crate) type Listed<'a> = (&'a str, tar::EntryType, u32, &'a str);

/// An archive whose entries belong to user 7 and group 8.
pub(crate) fn archive(entries: &[Listed<'_>]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (path, kind, mode, text) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_entry_type(*kind);
        header.set_mode(*mode);
        header.set_uid(7);
        header.set_gid(8);
        if matches!(kind, tar::EntryType::Symlink | tar::EntryType::Link) {
            header.set_size(0);
            archive.append_link(&mut header, path, text).unwrap();
        } else {
            header.set_size(text.len() as u64);
            archive.append_data(&mut header, path, text.as_bytes()).unwrap();
        }
    }
    archive.into_inner().unwrap()
}

fn config(platform: &Platform, diff_ids: Vec<Digest>) -> Config {
    Config {
        created: None,
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: platform.variant.clone(),
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids },
        history: Vec::new(),
    }
}

/// An OCI layout folder that is being made.
pub(crate) struct Layout {
    root: PathBuf,
    entries: Vec<Descriptor>,
}

impl Layout {
    pub(crate) fn new(root: &Path) -> Self {
        fs::create_dir_all(root.join("blobs/sha256")).unwrap();
        fs::write(root.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
        Self { root: root.to_owned(), entries: Vec::new() }
    }

    /// A blob.
    pub(crate) fn blob(&self, media_type: &str, bytes: &[u8]) -> Descriptor {
        let descriptor = Descriptor::of(media_type, bytes);
        fs::write(self.root.join("blobs/sha256").join(descriptor.digest.hex()), bytes).unwrap();
        descriptor
    }

    /// An image of one layer that holds `text`.
    pub(crate) fn image(&self, platform: &Platform, text: &str) -> Descriptor {
        self.image_of(platform, archive(&[("text", tar::EntryType::Regular, 0o644, text)]))
    }

    /// An image of one layer.
    pub(crate) fn image_of(&self, platform: &Platform, layer: Vec<u8>) -> Descriptor {
        let config = config(platform, vec![Digest::of(&layer)]);
        let config = self.blob(media_type::CONFIG, &serde_json::to_vec(&config).unwrap());
        let layer = self.blob(media_type::LAYER_TAR, &layer);
        // Written with spaces, as nobody would write it again: the bytes must survive.
        let manifest = serde_json::to_vec_pretty(&Manifest::new(config, vec![layer])).unwrap();
        self.blob(media_type::MANIFEST, &manifest).for_platform(platform.clone())
    }

    /// An index over images.
    pub(crate) fn index_of(&self, images: Vec<Descriptor>) -> Descriptor {
        let index = serde_json::to_vec_pretty(&Index::new(images)).unwrap();
        self.blob(media_type::INDEX, &index)
    }

    /// Gives an image or index a name in the layout.
    pub(crate) fn name(&mut self, name: &str, descriptor: &Descriptor) {
        self.entries.push(descriptor.clone().annotated(annotation::REFERENCE, name));
        let index = serde_json::to_vec(&Index::new(self.entries.clone())).unwrap();
        fs::write(self.root.join("index.json"), index).unwrap();
    }
}
