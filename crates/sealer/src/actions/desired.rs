//! The cluster that was asked for, with the image that it shall run.

use super::Context;
use super::blocking::blocking;
use super::clusterfile::unfit_failure;
use super::pull::fetch_missing;
use super::remote::credential_files;
use super::store::open;
use super::stored_blobs::StoredBlobs;
use crate::args::{Check, Delivering, Hosts};
use crate::failure::Failure;
use crate::settings::{members, with_authorities, with_whole_paths};
use sealer_cluster::{Blobs, State};
use sealer_model::bundle::{Bundle, KUBEADM_FILE, RootfsFiles};
use sealer_model::cluster::{Cluster, Config, DEFAULT_DATA_ROOT, Plugin, Role, Site, SiteRegistry};
use sealer_model::clusterfile::{Clusterfile, DEFAULT_NAME, plugins_of_image};
use sealer_model::image_check::is_check_file;
use sealer_model::kubeadm::Counts;
use sealer_model::{Platform, Reference};
use sealer_tailor::is_wanted;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was asked for.
#[derive(Clone)]
pub(super) struct Desired {
    /// The cluster.
    pub(super) cluster: Cluster,
    /// Its image.
    pub(super) bundle: Bundle,
    /// The image's bytes.
    pub(super) blobs: Arc<dyn Blobs>,
}

impl Desired {
    /// What `run` was asked for: the Clusterfile if there is one, and what was typed on top.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says, or the Clusterfile asks for what the image does not have.
    pub(super) async fn of_run(
        image: Option<&Reference>,
        request: &Delivering,
        clusterfile: Option<&Clusterfile>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let mut configs = clusterfile.map(|file| file.configs.clone()).unwrap_or_default();
        configs.extend(former_configs(request, clusterfile, context));
        let (mut cluster, bundle, blobs) = written(image, clusterfile, configs, context).await?;
        cluster.site.take_plugins_of_image(plugins_of(&bundle, context));
        cluster.stand_for(&bundle.container_images);
        Ok(Self { cluster: on_top(cluster, request), bundle, blobs })
    }

    /// A cluster that shall run another image.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says.
    pub(super) async fn of_image(former: &Cluster, name: &Reference, context: &Context) -> Result<Self, Failure> {
        let (bundle, blobs) = image(Some(name), former.site.configs.clone(), context).await?;
        let bundle = settled(bundle, &former.registry, context).await?;
        let mut cluster = former.with_image(bundle.name.clone(), bundle.index.digest.clone());
        cluster.site.take_plugins_of_image(plugins_of(&bundle, context));
        cluster.stand_for(&bundle.container_images);
        Ok(Self { cluster, bundle, blobs })
    }

    /// What `check --pre` was asked for.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says.
    pub(super) async fn of_check(
        request: &Check,
        clusterfile: Option<&Clusterfile>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let configs = clusterfile.map(|file| file.configs.clone()).unwrap_or_default();
        let (cluster, bundle, blobs) = written(request.image.as_ref(), clusterfile, configs, context).await?;
        let typed = Typed {
            name: &request.cluster_name,
            masters: &request.masters,
            nodes: &request.nodes,
            port: request.login.port,
        };
        Ok(Self { cluster: typed.on_top(cluster), bundle, blobs })
    }
}

/// The image that a cluster runs, and its bytes.
///
/// # Errors
/// When it is neither here nor where its name says, or the name leads to another image by now.
pub(super) async fn image_of(cluster: &Cluster, context: &Context) -> Result<(Bundle, Arc<dyn Blobs>), Failure> {
    let (bundle, blobs) = image(Some(&cluster.image), cluster.site.configs.clone(), context).await?;
    if bundle.index.digest == cluster.image_digest {
        return Ok((settled(bundle, &cluster.registry, context).await?, blobs));
    }
    let (name, runs) = (&cluster.name, &cluster.image_digest);
    let failure =
        Failure::failed(format!("{} is another image here than the one that cluster {name} runs", cluster.image));
    Err(failure.hint(format!("load the image with the digest {runs} again, from its archive or its registry")))
}

/// The image and its bytes, with the files that the site changes in it.
async fn image(
    image: Option<&Reference>,
    configs: Vec<Config>,
    context: &Context,
) -> Result<(Bundle, Arc<dyn Blobs>), Failure> {
    let none = || Failure::usage("no image was named").hint("give its name, or write spec.image into the Clusterfile");
    let image = image.ok_or_else(none)?.clone();
    let store = fetch_missing(&image, context).await?;
    let credentials = credential_files(&context.environment, &context.settings.root);
    let read = move || {
        let blobs = StoredBlobs::of(store)?.with_credentials(credentials);
        let bundle = sealer_image::bundle(blobs.store(), &image, &|path| is_asked(&configs, path))?;
        Ok((bundle.with_services_range(), Arc::new(blobs) as Arc<dyn Blobs>))
    };
    blocking(read).await
}

/// The image with what of it goes to hosts: all, or where container images are elsewhere, the rootfs only.
async fn settled(bundle: Bundle, registry: &SiteRegistry, context: &Context) -> Result<Bundle, Failure> {
    if registry.external.is_none() {
        return Ok(bundle);
    }
    let folder = context.settings.store();
    let settle = move || {
        let sent = sealer_image::rootfs_only(&open(&folder)?, &bundle.index)?;
        Ok(Bundle { sent, ..bundle })
    };
    blocking(settle).await
}

/// The files of an image below these folders, and those that the site changes, as the image brings them, for this machine's platform where
/// the image has it.
///
/// # Errors
/// When the image is not here any more, or cannot be read.
pub(super) async fn files_below(
    folders: Vec<String>,
    cluster: &Cluster,
    context: &Context,
) -> Result<RootfsFiles, Failure> {
    let store = fetch_missing(&cluster.image, context).await?;
    let (image, configs) = (cluster.image.clone(), cluster.site.configs.clone());
    let read = move || {
        let is_below = |path: &str| folders.iter().any(|folder| path.starts_with(folder));
        let asked = |path: &str| is_below(path) || is_wanted(&configs, path);
        let bundle = sealer_image::bundle(&store, &image, &asked)?;
        let platform = Platform::from_machine(std::env::consts::ARCH);
        let rootfs = bundle.rootfs_for(&platform).ok().or_else(|| bundle.rootfs.first());
        Ok(rootfs.map(|rootfs| rootfs.files.clone()).unwrap_or_default())
    };
    blocking(read).await
}

/// What the cluster was made with, if it is known: a file that is no longer changed has to be written back.
fn former_configs(request: &Delivering, clusterfile: Option<&Clusterfile>, context: &Context) -> Vec<Config> {
    let written = clusterfile.and_then(|file| file.cluster.name.as_deref());
    let name = request.cluster_name.as_deref().or(written).unwrap_or(DEFAULT_NAME);
    State::read(&context.settings.root, name).map(|former| former.site.configs).unwrap_or_default()
}

/// Whether a file of the image has to be looked at before a delivery.
fn is_asked(configs: &[Config], path: &str) -> bool {
    path == KUBEADM_FILE || is_check_file(path) || is_plugin_file(path) || is_wanted(configs, path)
}

fn is_plugin_file(path: &str) -> bool {
    path.starts_with("plugins/") && (path.ends_with(".yaml") || path.ends_with(".yml"))
}

/// The plugins that the image brings. What is wrong in them is told, and left out as its makers' sealer did.
fn plugins_of(bundle: &Bundle, context: &Context) -> Vec<Plugin> {
    let files = bundle.rootfs.first().map(|rootfs| &rootfs.files).into_iter().flatten();
    let mut plugins = Vec::new();
    for (path, file) in files.filter(|(path, _)| is_plugin_file(path)) {
        let (found, findings) = plugins_of_image(path, &String::from_utf8_lossy(&file.bytes));
        findings.iter().for_each(|finding| context.listener.warn(format!("image {}: {finding}", bundle.name)));
        plugins.extend(found);
    }
    plugins
}

/// A cluster that runs the image and has no hosts yet.
fn empty(name: &str, bundle: &Bundle) -> Cluster {
    Cluster {
        name: name.to_owned(),
        image: bundle.name.clone(),
        image_digest: bundle.index.digest.clone(),
        members: Vec::new(),
        registry: SiteRegistry::default(),
        container_runtime: bundle.container_runtime().unwrap_or_default(),
        data_root: DEFAULT_DATA_ROOT.to_owned(),
        env: BTreeMap::new(),
        applications: None,
        commands: Vec::new(),
        site: Site::default(),
        former_images: Vec::new(),
        image_changes: 0,
        adopted: None,
    }
}

/// What a Clusterfile says, or a cluster without hosts where there is none, and the image.
async fn written(
    typed: Option<&Reference>,
    clusterfile: Option<&Clusterfile>,
    configs: Vec<Config>,
    context: &Context,
) -> Result<(Cluster, Bundle, Arc<dyn Blobs>), Failure> {
    let name = typed.or(clusterfile.and_then(|file| file.cluster.image.as_ref()));
    let (bundle, blobs) = image(name, configs, context).await?;
    let cluster = match clusterfile {
        Some(file) => {
            file.fit_for(&bundle.extension).map_err(|unfit| unfit_failure(file.file(), unfit))?;
            let cluster = file.cluster(bundle.name.clone(), bundle.index.digest.clone());
            let (settings, environment) = (file.cluster.registry.clone(), context.environment.clone());
            let container_runtime = file.cluster.container_runtime.or(bundle.container_runtime()).unwrap_or_default();
            let registry = cluster.registry.clone();
            let registry = blocking(move || with_authorities(registry, &settings, &environment)).await?;
            with_whole_paths(Cluster { registry, container_runtime, ..cluster }, &context.environment)
        }
        None => empty(DEFAULT_NAME, &bundle),
    };
    let bundle = settled(bundle, &cluster.registry, context).await?;
    Ok((cluster, bundle, blobs))
}

/// Whose cluster it is and which hosts it has, as they were typed.
struct Typed<'a> {
    name: &'a Option<String>,
    masters: &'a Option<Hosts>,
    nodes: &'a Option<Hosts>,
    port: Option<u16>,
}

impl Typed<'_> {
    fn on_top(&self, mut cluster: Cluster) -> Cluster {
        if let Some(name) = self.name {
            cluster.name.clone_from(name);
        }
        if let Some(port) = self.port {
            cluster.members.iter_mut().for_each(|member| member.ssh_port = port);
        }
        cluster.members.extend(members(self.masters.as_ref(), self.nodes.as_ref(), self.port));
        cluster.members.sort_by_key(|member| member.role != Role::Master);
        cluster
    }
}

/// What was typed comes on top: hosts are added, everything else replaces. Masters stay in front.
fn on_top(cluster: Cluster, request: &Delivering) -> Cluster {
    let typed = Typed {
        name: &request.cluster_name,
        masters: &request.masters,
        nodes: &request.nodes,
        port: request.login.port,
    };
    let mut cluster = typed.on_top(cluster);
    let typed = &request.launching.env;
    cluster
        .site
        .kubeadm
        .take_variables(typed.iter().map(|(key, value)| (key.as_str(), value.as_str())), Counts::Variable);
    cluster.env.extend(typed.iter().cloned());
    cluster.site.env_from.retain(|name, _| !typed.iter().any(|(typed, _)| typed == name));
    if !request.launching.cmds.is_empty() {
        cluster.commands.clone_from(&request.launching.cmds);
    }
    if let Some(applications) = request.launching.applications() {
        cluster.applications = Some(applications);
    }
    cluster
}
