//! `sealer tag`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Tag;
use crate::failure::Failure;
use sealer_model::Reference;

/// Gives an image more names.
///
/// # Errors
/// When it is not there, or a name pins another digest.
pub(super) async fn tag(request: Tag, context: &Context) -> Result<(), Failure> {
    request.names.iter().try_for_each(refuse_digest)?;
    let folder = context.settings.store();
    blocking(move || {
        let store = open(&folder)?;
        let image = store.require(&store.name_of(&request.image)?)?;
        for name in &request.names {
            store.tag(name, &image)?;
        }
        Ok(())
    })
    .await
}

/// A name that is to be given cannot be a digest.
///
/// # Errors
/// When it is one.
pub(super) fn refuse_digest(name: &Reference) -> Result<(), Failure> {
    match name.digest() {
        Some(_) => Err(Failure::usage(format!("{name} names content by digest; give it a tag instead"))),
        None => Ok(()),
    }
}
