//! The cluster that was asked for, with the image that it shall run.

use super::Context;
use super::blocking::blocking;
use super::pull::fetch_missing;
use super::stored_blobs::StoredBlobs;
use crate::args::{Check, Hosts, Login, Run};
use crate::failure::Failure;
use crate::settings::members;
use sealer_cluster::Blobs;
use sealer_model::Reference;
use sealer_model::bundle::Bundle;
use sealer_model::cluster::{Cluster, DEFAULT_DATA_ROOT, RegistryEndpoint};
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
    /// What `run` was asked for.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says.
    pub(super) async fn of_run(request: &Run, context: &Context) -> Result<Self, Failure> {
        let hosts = (request.masters.as_ref(), request.nodes.as_ref());
        let name = &request.cluster_name;
        let mut desired = Self::of(request.image.as_ref(), name, hosts, &request.login, context).await?;
        desired.cluster.env = request.env.iter().cloned().collect();
        desired.cluster.applications = request.applications();
        desired.cluster.commands.clone_from(&request.cmds);
        Ok(desired)
    }

    /// What `check --pre` was asked for.
    ///
    /// # Errors
    /// When the image is neither here nor where its name says.
    pub(super) async fn of_check(request: &Check, context: &Context) -> Result<Self, Failure> {
        let hosts = (request.masters.as_ref(), request.nodes.as_ref());
        let name = &request.cluster_name;
        Self::of(request.image.as_ref(), name, hosts, &request.login, context).await
    }

    async fn of(
        image: Option<&Reference>,
        name: &str,
        (masters, nodes): (Option<&Hosts>, Option<&Hosts>),
        login: &Login,
        context: &Context,
    ) -> Result<Self, Failure> {
        let image = image.ok_or_else(|| Failure::usage("no image was named"))?.clone();
        let store = fetch_missing(&image, context).await?;
        let shelf = store.clone();
        let bundle = blocking(move || Ok(sealer_image::bundle(&shelf, &image)?)).await?;
        let cluster = Cluster {
            name: name.to_owned(),
            image: bundle.name.clone(),
            image_digest: bundle.index.digest.clone(),
            members: members(masters, nodes, login.port),
            registry: RegistryEndpoint::default(),
            data_root: DEFAULT_DATA_ROOT.to_owned(),
            env: BTreeMap::new(),
            applications: None,
            commands: Vec::new(),
        };
        Ok(Self { cluster, bundle, blobs: Arc::new(StoredBlobs(store)) })
    }
}
