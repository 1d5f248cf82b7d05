//! `sealer pull`.

use super::Context;
use super::blocking::blocking;
use super::remote::{self, Wishes};
use super::store::open;
use crate::args::{Pull, PullPolicy};
use crate::failure::Failure;
use crate::output;
use sealer_image::Store;
use sealer_model::Reference;
use sealer_model::image::Descriptor;

/// Fetches an image and prints its name with its digest.
///
/// # Errors
/// When neither the registry nor, where that is enough, the store has it.
pub(super) async fn pull(request: Pull, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let (store, present) = blocking({
        let image = request.image.clone();
        move || {
            let store = open(&folder)?;
            let present = store.resolve(&image)?;
            Ok((store, present))
        }
    })
    .await?;
    let image = match (request.policy, present) {
        (PullPolicy::Missing | PullPolicy::Never, Some(present)) => present,
        (PullPolicy::Never, None) => store.require(&request.image)?,
        (PullPolicy::IfNewer, Some(present)) => fetch(&request, &store, context).await.unwrap_or_else(|failure| {
            let causes = failure.causes.join(": ");
            context.listener.warn(format!("what is here is taken, because {causes}"));
            present
        }),
        _ => fetch(&request, &store, context).await?,
    };
    output::print(format!("{}@{}\n", request.image.repository(), image.digest))
}

async fn fetch(request: &Pull, store: &Store, context: &Context) -> Result<Descriptor, Failure> {
    let image = &request.image;
    let wishes = Wishes::insecure(&request.insecure, request.skip_tls_verify.then_some(image));
    let client = remote::client(wishes, context).await?;
    let pulled = match request.platform.as_slice() {
        [] => sealer_image::pull(store, &client, image, None, &context.listener).await,
        platforms => sealer_image::pull_for(store, &client, image, platforms, &context.listener).await,
    };
    pulled.map_err(|error| Failure::of(error).within(format!("cannot pull {image}")))
}

/// Fetches an image that another verb needs, unless it is here.
///
/// # Errors
/// When it is not here and cannot be fetched.
pub(super) async fn fetch_missing(image: &Reference, context: &Context) -> Result<Store, Failure> {
    let (folder, name) = (context.settings.store(), image.clone());
    let (store, present) = blocking(move || {
        let store = open(&folder)?;
        let present = store.resolve(&name)?.is_some();
        Ok((store, present))
    })
    .await?;
    if !present {
        let client = remote::client(Wishes::default(), context).await?;
        let pulled = sealer_image::pull(&store, &client, image, None, &context.listener).await;
        pulled.map_err(|error| {
            Failure::of(error)
                .within(format!("{image} is not in the store, and it cannot be pulled"))
                .hint("`sealer images` lists what is here; `sealer build` and `sealer load` bring more")
        })?;
    }
    Ok(store)
}
