//! `sealer apply`: a cluster that is not there is made, one that is as the file says stays as it is, and changes that this
//! version cannot make are refused by name, before any host is touched.

use super::Context;
use super::run::{Order, deliver};
use crate::args::Apply;
use crate::failure::Failure;
use sealer_cluster::State;
use sealer_model::cluster::Difference;

/// Brings the cluster to what the Clusterfile says.
///
/// # Errors
/// When there is no Clusterfile, it asks for a change that cannot be made, or the delivery fails.
pub(super) async fn apply(request: Apply, context: &Context) -> Result<(), Failure> {
    if request.run.clusterfile.is_none() {
        return Err(Failure::usage("apply wants a Clusterfile")
            .hint("name it: sealer apply -f Clusterfile; sealer clusterfile init writes one"));
    }
    let order = Order::read(request.run, context).await?;
    let name = order.cluster().name.clone();
    if let Some(former) = State::made(&context.settings.root, &name)? {
        let differences = order.cluster().differences(&former);
        if !differences.is_empty() {
            return Err(refused(&name, &differences));
        }
    }
    // For a cluster that is there, every step finds itself done, and what broke meanwhile is found, too.
    deliver(order, context).await
}

fn refused(cluster: &str, differences: &[Difference]) -> Failure {
    let failure =
        Failure::failed(format!("cluster {cluster} exists, and this version cannot change it to what the file says"));
    differences.iter().fold(failure, |mut failure, difference| {
        let (cause, hint) = match difference {
            Difference::Hosts(what) => (
                format!("hosts, {what}"),
                "adding and removing hosts is what scale-up and delete are for; this version does not have that yet",
            ),
            Difference::Image(what) => {
                (format!("image, {what}"), "another image is what upgrade is for; this version does not have that yet")
            }
            Difference::Setting(name) => (
                (*name).to_owned(),
                "settings take effect when a cluster is made: delete it and apply again, or set them back",
            ),
        };
        failure.causes.push(cause);
        if failure.hints.iter().any(|known| known == hint) { failure } else { failure.hint(hint) }
    })
}
