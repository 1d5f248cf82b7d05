//! A build from beginning to end: for each platform the base, the recipe and the files; then the layers, the container
//! images, the documents, and last of all the name.

use crate::assemble::{self, Carried};
use crate::base::BaseImage;
use crate::context::Context;
use crate::discovery::{Discovered, read_list};
use crate::error::Error;
use crate::images::{Finder, Found};
use crate::layers::{self, BuiltLayer, Made};
use crate::missing::{Missing, Unknown};
use crate::options::{Mode, Options, PullPolicy};
use crate::prepare::prepare;
use crate::recipe::{Foundation, Recipe, foundation};
use crate::scope::Scope;
use sealer_image::remote::Client;
use sealer_image::{ContainerImages, Store, pull};
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, ImageType, media_type};
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

/// Builds a cluster image and names it in the store. Nothing is named before everything is there.
///
/// # Errors
/// At the first mistake of the Kubefile or the context, and when a container image cannot be found.
pub async fn build(
    options: Options,
    store: &Store,
    client: &Client,
    listener: Listener,
) -> Result<Built, Error> {
    if options.platforms.is_empty() {
        return Err(Error::NoPlatforms { name: options.tag });
    }
    let build = Build::open(options, store, client, listener).await?;
    let mut rootfs = Vec::new();
    for platform in &build.options.platforms {
        rootfs.push(build.rootfs(platform).await?);
    }
    let found = build.container_images(&mut rootfs).await?;
    build.finish(rootfs, found).await
}

/// One build that is under way.
struct Build<'a> {
    options: Arc<Options>,
    kubefile: Arc<Kubefile>,
    context: Arc<Context>,
    store: &'a Store,
    client: &'a Client,
    listener: Listener,
}

/// One platform's rootfs with its layers made.
struct Rootfs {
    platform: Platform,
    base: BaseImage,
    recipe: Recipe,
    layers: Vec<Made>,
    discovered: Discovered,
}

/// Bytes of the longest Kubefile.
const LONGEST: u64 = 1024 * 1024;

impl<'a> Build<'a> {
    async fn open(
        options: Options,
        store: &'a Store,
        client: &'a Client,
        listener: Listener,
    ) -> Result<Self, Error> {
        listener.stage("read the Kubefile");
        let options = Arc::new(options);
        let (tag, shared) = (options.tag.clone(), Arc::clone(&options));
        let read = crate::blocking(&tag, move || {
            let path = &shared.kubefile;
            let size = path.metadata().map_err(|source| Error::read(path, source))?.len();
            let text = crate::read_text(path, size, "a Kubefile", LONGEST)?;
            let kubefile = Kubefile::parse(&path.display().to_string(), &text)?;
            Ok((kubefile, Context::open(&shared.context)?))
        });
        let (kubefile, context) = read.await?;
        let (kubefile, context) = (Arc::new(kubefile), Arc::new(context));
        Ok(Self { options, kubefile, context, store, client, listener })
    }

    /// Everything for one platform but its container images.
    async fn rootfs(&self, platform: &Platform) -> Result<Rootfs, Error> {
        let mut scope = Scope::new(platform, &self.options.build_args);
        let start = foundation(&self.kubefile, &mut scope).map_err(|wrong| self.explain(wrong))?;
        let base = self.base(start, platform).await?;
        let recipe = Recipe::read(&self.kubefile, scope, &base.extension);
        let recipe = recipe.map_err(|wrong| self.explain(wrong))?;
        recipe.warnings.iter().for_each(|warning| self.listener.warn(warning.clone()));
        self.listener.stage(format!("write the layers for {platform}"));
        let rootfs = self.written(platform.clone(), base, recipe).await?;
        for path in &rootfs.discovered.templates {
            self.listener.warn(format!(
                "{path} is a template: container images that it names are carried only if manifests/imageList lists them"
            ));
        }
        Ok(rootfs)
    }

    async fn written(
        &self,
        platform: Platform,
        base: BaseImage,
        mut recipe: Recipe,
    ) -> Result<Rootfs, Error> {
        let (options, kubefile) = (Arc::clone(&self.options), Arc::clone(&self.kubefile));
        let (context, store) = (Arc::clone(&self.context), self.store.clone());
        let listener = self.listener.clone();
        let written = crate::blocking(&self.options.tag, move || {
            let mut prepared = prepare(&kubefile, &context, &mut recipe)?;
            for list in &options.image_lists {
                let name = list.display().to_string();
                read_list(&name, list, &mut prepared.discovered.demands)?;
            }
            let time = options.source_date_epoch.unwrap_or(0);
            let layers = layers::make(&store, prepared.layers, time, &listener)?;
            Ok(Rootfs { platform, base, recipe, layers, discovered: prepared.discovered })
        });
        written.await
    }

    async fn base(&self, start: Foundation, platform: &Platform) -> Result<BaseImage, Error> {
        let Foundation::Image { name, platform: own } = start else {
            return Ok(BaseImage::scratch(platform));
        };
        let rootfs = own.unwrap_or_else(|| platform.clone());
        let descriptor = self.base_descriptor(&name, &rootfs).await?;
        let (store, platform) = (self.store.clone(), platform.clone());
        let load = move || BaseImage::load(&store, &name, &descriptor, &rootfs, &platform);
        crate::blocking(&self.options.tag, load).await
    }

    /// The base image's index in the store, pulled if the policy says so.
    async fn base_descriptor(&self, name: &Reference, rootfs: &Platform) -> Result<Descriptor, Error> {
        let (store, wanted) = (self.store.clone(), name.clone());
        let stored = crate::blocking(name, move || Ok(store.resolve(&wanted)?)).await?;
        let pulled = async {
            self.listener.stage(format!("pull the base image {name}"));
            pull(self.store, self.client, name, std::slice::from_ref(rootfs), &self.listener).await
        };
        match (self.options.pull_policy, stored) {
            (PullPolicy::Never, None) => Err(Error::NoBase { name: name.clone() }),
            (PullPolicy::Always, _) | (_, None) => Ok(pulled.await?),
            (_, Some(stored)) => Ok(stored),
        }
    }

    /// Finds what every platform asks for; fails with all that is missing, unless that is allowed.
    async fn container_images(&self, rootfs: &mut [Rootfs]) -> Result<Found, Error> {
        self.listener.stage("find the container images");
        let mut unknown: Vec<String> = rootfs
            .iter_mut()
            .flat_map(|rootfs| std::mem::take(&mut rootfs.discovered.unknown))
            .collect();
        unknown.sort();
        unknown.dedup();
        self.judge_unknown(unknown)?;
        let finder = self.finder().await?;
        let mut all = Found::default();
        for each in rootfs {
            let mut demands = std::mem::take(&mut each.discovered.demands);
            demands.0.retain(|name, _| !self.options.ignored_images.contains(name));
            if self.options.mode == Mode::Lite {
                demands.0.clear();
            }
            let base = std::mem::take(&mut each.base.carried);
            let found = finder.all(base, demands, &each.platform).await;
            all.carried.extend(found.carried);
            all.missing.extend(found.missing);
        }
        all.carried.sort_by_key(|carried| (carried.name.to_string(), carried.platform.to_string()));
        if all.missing.is_empty() || self.options.allow_missing {
            all.missing.iter().for_each(|image| self.listener.warn(format!("not carried: {image}")));
            return Ok(all);
        }
        Err(Error::Missing(Missing { images: all.missing }))
    }

    fn judge_unknown(&self, reasons: Vec<String>) -> Result<(), Error> {
        if reasons.is_empty() || self.options.mode == Mode::Lite {
            return Ok(());
        }
        if !self.options.allow_missing {
            return Err(Error::Unknown(Unknown { reasons }));
        }
        reasons.iter().for_each(|reason| self.listener.warn(reason.clone()));
        Ok(())
    }

    async fn finder(&self) -> Result<Finder<'_>, Error> {
        let store = self.store.clone();
        let names = crate::blocking(&self.options.tag, move || Ok(ContainerImages::of(&store)?));
        Ok(Finder {
            store: self.store,
            client: self.client,
            policy: self.options.pull_policy,
            context: self.context.root().to_owned(),
            stored: names.await?,
            listener: self.listener.clone(),
        })
    }

    async fn finish(&self, rootfs: Vec<Rootfs>, found: Found) -> Result<Built, Error> {
        self.listener.stage("write the cluster image");
        let (options, store) = (Arc::clone(&self.options), self.store.clone());
        crate::blocking(&self.options.tag, move || finish(&options, &store, rootfs, found)).await
    }

    fn explain(&self, mistake: Mistake) -> Error {
        self.kubefile.explain(mistake).into()
    }
}

/// Writes the documents, and names the index when all of it is there.
fn finish(options: &Options, store: &Store, rootfs: Vec<Rootfs>, found: Found) -> Result<Built, Error> {
    let mut manifests = Vec::new();
    let mut layers = Vec::new();
    for each in rootfs {
        let own: Vec<&Carried> =
            found.carried.iter().filter(|carried| carried.platform.runs_on(&each.platform)).collect();
        manifests.push((each.platform.clone(), write_rootfs(options, store, &each, &own)?));
        layers.extend(each.layers.into_iter().map(|made| made.built));
    }
    let platforms = manifests.iter().map(|(platform, _)| platform.clone()).collect();
    let catalog = store.put_json(media_type::CATALOG, &assemble::catalog(&found.carried))?;
    let catalog = assemble::catalog_manifest(catalog, &found.carried);
    let catalog = store.put_json(media_type::MANIFEST, &catalog)?;
    let index = assemble::index(manifests, &found.carried, catalog);
    let descriptor = store.put_json(media_type::INDEX, &index)?;
    store.tag(&options.tag, &descriptor)?;
    let mut container_images: Vec<Reference> =
        found.carried.into_iter().map(|carried| carried.name).collect();
    container_images.dedup();
    let missing = found.missing.into_iter().map(|image| image.name).collect();
    Ok(Built { name: options.tag.clone(), descriptor, platforms, container_images, layers, missing })
}

fn write_rootfs(
    options: &Options,
    store: &Store,
    rootfs: &Rootfs,
    carried: &[&Carried],
) -> Result<Descriptor, Error> {
    let Rootfs { base, recipe, layers, .. } = rootfs;
    let config = assemble::config(base.config.clone(), recipe, options, layers);
    let config = store.put_json(media_type::CONFIG, &config)?;
    let own = layers.iter().map(|made| made.layer.descriptor.clone());
    let all = base.layers.iter().cloned().chain(own).collect();
    let base_type: ImageType = base.extension.image_type;
    let extension = assemble::extension(recipe, options, base_type);
    let mut manifest = sealer_model::image::Manifest::new(config, all);
    let annotations = assemble::annotations(&extension, carried, options);
    manifest.annotations = base.annotations.clone();
    manifest.annotations.extend(annotations.map_err(|source| Error::Document {
        name: options.tag.clone(),
        what: "the annotations".to_owned(),
        source,
    })?);
    Ok(store.put_json(media_type::MANIFEST, &manifest)?)
}
