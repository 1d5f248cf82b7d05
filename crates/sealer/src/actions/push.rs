//! `sealer push`.

use super::Context;
use super::blocking::blocking;
use super::remote::{self, Wishes};
use super::store::open;
use crate::args::Push;
use crate::failure::Failure;
use crate::output;
use sealer_model::Reference;

/// Sends an image to a registry and prints its name there with its digest.
///
/// # Errors
/// When it is not here, or the registry does not take it.
pub(super) async fn push(request: Push, context: &Context) -> Result<(), Failure> {
    let (folder, asked) = (context.settings.store(), request.image.clone());
    let image = blocking(move || Ok(open(&folder)?.name_of(&asked)?)).await?;
    let target = request.name.unwrap_or_else(|| image.clone());
    let wishes = Wishes::insecure(&request.insecure, request.skip_tls_verify.then_some(&target));
    let wishes = Wishes { credentials: request.authfile, ..wishes };
    send(&image, &target, wishes, context).await
}

/// Sends an image under another name and prints that with its digest.
///
/// # Errors
/// As [`push`].
pub(super) async fn send(
    image: &Reference,
    target: &Reference,
    wishes: Wishes,
    context: &Context,
) -> Result<(), Failure> {
    let (folder, name) = (context.settings.store(), image.clone());
    let store = blocking(move || {
        let store = open(&folder)?;
        store.require(&name)?;
        Ok(store)
    })
    .await?;
    let client = remote::client(wishes, context).await?;
    let pushed = sealer_image::push(&store, &client, image, target, &context.listener).await;
    let pushed = pushed.map_err(|error| Failure::of(error).within(format!("cannot push {target}")))?;
    output::print(format!("{}@{}\n", target.repository(), pushed.digest))
}
