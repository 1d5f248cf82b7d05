//! The cluster that was asked for, with the image that it shall run.

use super::Context;
use super::blocking::blocking;
use super::clusterfile::unfit_failure;
use super::pull::fetch_missing;
use super::stored_blobs::StoredBlobs;
use crate::args::{Check, Run};
use crate::failure::Failure;
use crate::settings::members;
use sealer_cluster::Blobs;
use sealer_model::Reference;
use sealer_model::bundle::Bundle;
use sealer_model::cluster::{Cluster, DEFAULT_DATA_ROOT, RegistryEndpoint, Role, Site};
use sealer_model::clusterfile::{Clusterfile, DEFAULT_NAME};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What was asked for.
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
        request: &Run,
        clusterfile: Option<&Clusterfile>,
        context: &Context,
    ) -> Result<Self, Failure> {
        let written = clusterfile.and_then(|file| file.cluster.image.as_ref());
        let (bundle, blobs) = image(request.image.as_ref().or(written), context).await?;
        let cluster = match clusterfile {
            Some(file) => {
                file.fit_for(&bundle.extension).map_err(|unfit| unfit_failure(file.file(), unfit))?;
                file.cluster(bundle.name.clone(), bundle.index.digest.clone())
            }
            None => empty(DEFAULT_NAME, &bundle),
        };
        Ok(Self { cluster: on_top(cluster, request), bundle, blobs })
    }

    /// What `check --pre` was asked for.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says.
    pub(super) async fn of_check(request: &Check, context: &Context) -> Result<Self, Failure> {
        let hosts = (request.masters.as_ref(), request.nodes.as_ref());
        let (bundle, blobs) = image(request.image.as_ref(), context).await?;
        let members = members(hosts.0, hosts.1, request.login.port);
        Ok(Self { cluster: Cluster { members, ..empty(&request.cluster_name, &bundle) }, bundle, blobs })
    }
}

/// The image and its bytes.
async fn image(image: Option<&Reference>, context: &Context) -> Result<(Bundle, Arc<dyn Blobs>), Failure> {
    let none = || Failure::usage("no image was named").hint("give its name, or write spec.image into the Clusterfile");
    let image = image.ok_or_else(none)?.clone();
    let store = fetch_missing(&image, context).await?;
    let shelf = store.clone();
    let bundle = blocking(move || Ok(sealer_image::bundle(&shelf, &image)?)).await?;
    Ok((bundle, Arc::new(StoredBlobs(store))))
}

/// A cluster that runs the image and has no hosts yet.
fn empty(name: &str, bundle: &Bundle) -> Cluster {
    Cluster {
        name: name.to_owned(),
        image: bundle.name.clone(),
        image_digest: bundle.index.digest.clone(),
        members: Vec::new(),
        registry: RegistryEndpoint::default(),
        data_root: DEFAULT_DATA_ROOT.to_owned(),
        env: BTreeMap::new(),
        applications: None,
        commands: Vec::new(),
        site: Site::default(),
    }
}

/// What was typed comes on top: hosts are added, everything else replaces. Masters stay in front.
fn on_top(mut cluster: Cluster, request: &Run) -> Cluster {
    if let Some(name) = &request.cluster_name {
        cluster.name.clone_from(name);
    }
    if let Some(port) = request.login.port {
        cluster.members.iter_mut().for_each(|member| member.ssh_port = port);
    }
    cluster.members.extend(members(request.masters.as_ref(), request.nodes.as_ref(), request.login.port));
    cluster.members.sort_by_key(|member| member.role != Role::Master);
    cluster.env.extend(request.launching.env.iter().cloned());
    if !request.launching.cmds.is_empty() {
        cluster.commands.clone_from(&request.launching.cmds);
    }
    if let Some(applications) = request.launching.applications() {
        cluster.applications = Some(applications);
    }
    cluster
}
