//! `sealer adopt`.

use super::access::access;
use super::blocking::blocking;
use super::{Context, version};
use crate::args::{Adopt, Login};
use crate::failure::Failure;
use crate::output;
use sealer_cluster::verbs;
use sealer_model::clusterfile::Clusterfile;

/// Takes over a cluster that the Go sealer made.
///
/// # Errors
/// When the master does not answer, or knows of no such cluster.
pub(super) async fn adopt(request: Adopt, context: &Context) -> Result<(), Failure> {
    let file = match request.clusterfile {
        None => None,
        Some(path) => {
            let name = path.display().to_string();
            let read = move || {
                std::fs::read_to_string(&path).map_err(|error| Failure::of(error).within(path.display().to_string()))
            };
            Some(Clusterfile::read(&name, &blocking(read).await?))
        }
    };
    let port = request.login.port.unwrap_or(Login::USUAL_PORT);
    let way = (access(request.login, context).await?, version::number());
    let (root, listener) = (&context.settings.root, context.listener.clone());
    let cluster = verbs::adopt(root, (request.master, port), file, way, listener).await?;
    let (masters, nodes) = (cluster.masters().count(), cluster.nodes().count());
    let runtime = cluster.adopted.as_ref().map_or("", |adopted| &adopted.runtime);
    output::print(format!(
        "cluster {} is taken over: {masters} masters and {nodes} other nodes with {runtime}, image {}\n",
        cluster.name, cluster.image
    ))
}
