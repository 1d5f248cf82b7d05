//! `sealer rmi`.

use super::Context;
use super::blocking::blocking;
use super::store::{open, removal};
use crate::args::Rmi;
use crate::failure::Failure;
use sealer_image::Store;
use sealer_model::Reference;

/// Takes names away and removes the content that no name needs any more.
///
/// # Errors
/// When a name is not there, or an image that is named by its digest has several; then nothing is removed.
pub(super) async fn rmi(request: Rmi, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    blocking(move || {
        let store = open(&folder)?;
        for name in names(&store, &request)? {
            store.untag(&name)?;
        }
        let removed = store.collect_garbage()?;
        listener.stage(removal(&removed).trim_end());
        Ok(())
    })
    .await
}

/// The names that are to go, all of which are there.
fn names(store: &Store, request: &Rmi) -> Result<Vec<Reference>, Failure> {
    let mut names = Vec::new();
    for asked in &request.images {
        let meant: Vec<Reference> = store.meant(asked)?.into_iter().map(|image| image.name).collect();
        match meant.as_slice() {
            [] if !request.force => drop(store.require(asked)?),
            [_, _, ..] if !request.force => return Err(several(asked, &meant)),
            _ => names.extend(meant),
        }
    }
    Ok(names)
}

fn several(asked: &Reference, names: &[Reference]) -> Failure {
    let names: Vec<String> = names.iter().map(Reference::to_string).collect();
    Failure::usage(format!("{asked} has several names: {}; say which is to go, or --force for all", names.join(", ")))
}
