//! `sealer delete`.

use super::Context;
use super::access::access;
use super::confirm::confirm;
use crate::args::Delete;
use crate::failure::Failure;
use sealer_cluster::{State, verbs};

/// Removes a cluster from its hosts.
///
/// # Errors
/// When it is not known, not meant, or not all of it could be removed.
pub(super) async fn delete(request: Delete, context: &Context) -> Result<(), Failure> {
    let (root, name) = (&context.settings.root, &request.cluster_name);
    let cluster = State::read(root, name)?;
    if !(request.yes || request.force) {
        let hosts: Vec<String> = cluster.members.iter().map(|it| it.address.to_string()).collect();
        let question = format!("Remove cluster {name} and its data from {}?", hosts.join(", "));
        confirm(question, context).await?;
    }
    let access = access(request.login, context).await?;
    verbs::delete(root, name, access, context.listener.clone()).await?;
    Ok(())
}
