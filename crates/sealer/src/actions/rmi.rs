//! `sealer rmi`.

use super::Context;
use super::blocking::blocking;
use super::store::{open, removal};
use crate::args::Rmi;
use crate::failure::Failure;
use sealer_image::Store;

/// Takes names away and removes the content that no name needs any more.
///
/// # Errors
/// When a name is not there; then nothing is removed.
pub(super) async fn rmi(request: Rmi, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    blocking(move || {
        let store = open(&folder)?;
        untag(&store, &request)?;
        let removed = store.collect_garbage()?;
        listener.stage(removal(&removed).trim_end());
        Ok(())
    })
    .await
}

fn untag(store: &Store, request: &Rmi) -> Result<(), Failure> {
    if !request.force {
        for name in &request.images {
            store.require(name)?;
        }
    }
    for name in &request.images {
        store.untag(name)?;
    }
    Ok(())
}
