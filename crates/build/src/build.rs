//! A build from beginning to end: for each platform the base, the recipe and the files; then the layers, the container
//! images, the documents, and last of all the name.

mod charts;
mod container_images;
mod copied_from;
mod downloads;
mod finish;
mod origins;
mod owners;
mod rootfs;
mod stages;

use crate::base::BaseImage;
use crate::context::Context;
use crate::error::Error;
use crate::images::Found;
use crate::layers::{BuiltLayer, Maker};
use crate::lock::Inputs;
use crate::options::Options;
use crate::origins::Origins;
use crate::prepare::Prepared;
use crate::programs::refuse_unwanted;
use crate::recipe::Recipe;
use futures_util::{StreamExt, TryStreamExt, stream};
use sealer_image::remote::Client;
use sealer_image::{BlobWriter, Store};
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use sealer_model::kubefile::{Kubefile, Mistake};
use sealer_model::{Platform, Reference};
use std::sync::Arc;

/// What a build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Built {
    /// The image's name.
    pub name: Reference,
    /// Its index.
    pub descriptor: Descriptor,
    /// The platforms it has a rootfs for.
    pub platforms: Vec<Platform>,
    /// The container images it carries, each once.
    pub container_images: Vec<Reference>,
    /// The layers that this build added, in order, platform by platform.
    pub layers: Vec<BuiltLayer>,
    /// Images that were asked for, are not carried, and were allowed to be missing.
    pub missing: Vec<Reference>,
}

/// Platforms that are worked on at the same time.
const PLATFORMS_AT_ONCE: usize = 4;

/// Builds a cluster image and names it in the store. Nothing is named before everything is there.
///
/// # Errors
/// At the first mistake of the Kubefile or the context, and when a container image cannot be found.
pub async fn build(store: &Store, client: &Client, options: Options, listener: Listener) -> Result<Built, Error> {
    let options = checked(options)?;
    let build = Build::open(options, store, client, listener).await?;
    let platforms = stream::iter(&build.options.platforms).map(|platform| build.rootfs(platform));
    let mut rootfs: Vec<Rootfs> = platforms.buffered(PLATFORMS_AT_ONCE).try_collect().await?;
    let found = build.container_images(&mut rootfs).await?;
    build.finish(rootfs, found).await
}

/// Options that can be met: a tag to give, each platform once, and programs for none but these.
fn checked(mut options: Options) -> Result<Options, Error> {
    let name = options.tag.to_string();
    if options.tag.digest().is_some() {
        return Err(Error::NameWithDigest { name });
    }
    let mut platforms: Vec<Platform> = Vec::new();
    for platform in std::mem::take(&mut options.platforms) {
        if !platforms.iter().any(|known| platform.runs_on(known)) {
            platforms.push(platform);
        }
    }
    if platforms.is_empty() {
        return Err(Error::NoPlatforms { name });
    }
    let options = Options { platforms, ..options };
    refuse_unwanted(&options)?;
    Ok(options)
}

/// One build that is under way.
struct Build<'a> {
    options: Arc<Options>,
    kubefile: Arc<Kubefile>,
    context: Arc<Context>,
    store: &'a Store,
    /// For the whole build, a name leads to one thing.
    client: Client,
    listener: Listener,
    /// What comes from elsewhere.
    inputs: Arc<Inputs>,
    maker: Arc<Maker>,
    /// Garbage is not collected while a writer is open, and nothing leads to our blobs before the end.
    _guard: BlobWriter,
}

/// One platform's rootfs before it is written.
struct Rootfs {
    platform: Platform,
    base: BaseImage,
    recipe: Recipe,
    prepared: Prepared,
    /// The files are there for as long as this lives.
    origins: Arc<Origins>,
}

/// Bytes of the longest Kubefile.
const LONGEST: u64 = 1024 * 1024;

impl<'a> Build<'a> {
    async fn open(options: Options, store: &'a Store, client: &'a Client, listener: Listener) -> Result<Self, Error> {
        listener.stage("read the Kubefile");
        let options = Arc::new(options);
        let (shared, for_guard) = (Arc::clone(&options), store.clone());
        let read = crate::blocking(&options.tag, move || {
            let guard = for_guard.writer()?;
            Ok((read(&shared)?, Context::open(&shared.context)?, guard))
        });
        let (kubefile, context, guard) = read.await?;
        let (kubefile, context) = (Arc::new(kubefile), Arc::new(context));
        let inputs = Arc::new(Inputs::new(options.locked.clone()));
        let client = client.asking_once();
        let maker = Arc::new(Maker::new(store, options.source_date_epoch.unwrap_or(0), &listener));
        Ok(Self { options, kubefile, context, store, client, listener, inputs, maker, _guard: guard })
    }

    async fn finish(&self, rootfs: Vec<Rootfs>, found: Found) -> Result<Built, Error> {
        let (options, store) = (Arc::clone(&self.options), self.store.clone());
        let listener = self.listener.clone();
        let (inputs, maker) = (Arc::clone(&self.inputs), Arc::clone(&self.maker));
        let work = move || {
            // a lock that cannot be written must not be missed by somebody who has the image
            options.lock.as_ref().map_or(Ok(()), |path| inputs.lock().write(path))?;
            finish::finish(
                &finish::Finishing { options: &options, store: &store, maker: &maker, listener: &listener },
                rootfs,
                found,
            )
        };
        crate::blocking(&self.options.tag, work).await
    }

    fn explain(&self, mistake: Mistake) -> Error {
        self.kubefile.explain(mistake).into()
    }
}

fn read(options: &Options) -> Result<Kubefile, Error> {
    let path = &options.kubefile;
    let size = path.metadata().map_err(|source| Error::read(path, source))?.len();
    let text = crate::read_text(path, size, "a Kubefile", LONGEST)?;
    Ok(Kubefile::parse(&path.display().to_string(), &text)?)
}
