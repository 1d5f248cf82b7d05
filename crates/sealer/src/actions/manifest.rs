//! `sealer manifest`: lists of images for several platforms.

use super::Context;
use super::blocking::blocking;
use super::pull::fetch_missing;
use super::push::send;
use super::remote::{Wishes, authorities};
use super::store::open;
use super::tag::refuse_digest;
use crate::args::{Manifest, ManifestAdd, ManifestCreate, ManifestDelete, ManifestPush, ManifestVerb};
use crate::failure::Failure;
use crate::output;
use sealer_image::{Addition, Store};
use sealer_model::image::Descriptor;
use sealer_model::{Platform, Reference};

/// Does what was asked for.
///
/// # Errors
/// As each verb.
pub(super) async fn manifest(request: Manifest, context: &Context) -> Result<(), Failure> {
    match request.verb {
        ManifestVerb::Create(request) => create(request, context).await,
        ManifestVerb::Add(request) => add(request, context).await,
        ManifestVerb::Remove(request) => {
            let list = request.list.clone();
            let changed = in_store(context, move |store| {
                Ok(sealer_image::remove_from_list(store, &request.list, &request.digest)?)
            });
            print(&list, &changed.await?)
        }
        ManifestVerb::Inspect(request) => {
            let list = in_store(context, move |store| Ok(sealer_image::list(store, &request.list)?)).await?;
            output::print_json(&list)
        }
        ManifestVerb::Push(request) => push(request, context).await,
        ManifestVerb::Delete(request) => delete(request, context).await,
    }
}

async fn create(request: ManifestCreate, context: &Context) -> Result<(), Failure> {
    let ManifestCreate { list, images, amend, all } = request;
    refuse_digest(&list)?;
    let name = list.clone();
    let mut made = in_store(context, move |store| Ok(sealer_image::create_list(store, &name, amend)?)).await?;
    for image in images {
        let addition = Addition { all, ..Addition::default() };
        made = add_one(&list, image, addition, context).await?;
    }
    print(&list, &made)
}

async fn add(request: ManifestAdd, context: &Context) -> Result<(), Failure> {
    let addition = addition(&request);
    let mut images = request.names;
    let list = match request.target {
        Some(list) => list,
        None => images.remove(0),
    };
    if images.is_empty() {
        return Err(Failure::usage("no image to add to the list").hint("sealer manifest add LIST IMAGE"));
    }
    let mut changed = None;
    for image in images {
        changed = Some(add_one(&list, image, addition.clone(), context).await?);
    }
    changed.map_or(Ok(()), |changed| print(&list, &changed))
}

/// What the words say about the images. Without any, an image for one platform is taken as it is, and of others this machine's.
fn addition(request: &ManifestAdd) -> Addition {
    let annotations = request.annotation.iter().cloned().collect();
    let named = request.os.is_some() || request.arch.is_some() || request.variant.is_some();
    let machine = this_machine();
    let platform = named.then(|| Platform {
        os: request.os.clone().unwrap_or(machine.os),
        architecture: request.arch.clone().unwrap_or(machine.architecture),
        variant: request.variant.clone(),
    });
    Addition { all: request.all, platform, annotations }
}

fn this_machine() -> Platform {
    Platform::from_machine(std::env::consts::ARCH)
}

async fn add_one(
    list: &Reference,
    image: Reference,
    addition: Addition,
    context: &Context,
) -> Result<Descriptor, Failure> {
    fetch_missing(&image, context).await?;
    let list = list.clone();
    in_store(context, move |store| {
        let addition = match sealer_image::is_for_one_platform(store, &image)? {
            false if !addition.all && addition.platform.is_none() => {
                Addition { platform: Some(this_machine()), ..addition }
            }
            _ => addition,
        };
        Ok(sealer_image::add_to_list(store, &list, &image, &addition)?)
    })
    .await
}

async fn push(request: ManifestPush, context: &Context) -> Result<(), Failure> {
    let list = request.list.clone();
    in_store(context, move |store| Ok(sealer_image::list(store, &list).map(drop)?)).await?;
    let target = request.name.unwrap_or_else(|| request.list.clone());
    let wishes = Wishes::insecure(&request.insecure, request.skip_tls_verify.then_some(&target));
    let authorities = match request.cert_dir {
        Some(folder) => blocking(move || authorities(&folder)).await?,
        None => Vec::new(),
    };
    let wishes = Wishes { credentials: request.authfile, authorities, ..wishes };
    send(&request.list, &target, wishes, context).await?;
    if request.rm {
        return delete(ManifestDelete { lists: vec![request.list] }, context).await;
    }
    Ok(())
}

async fn delete(request: ManifestDelete, context: &Context) -> Result<(), Failure> {
    in_store(context, move |store| {
        for list in &request.lists {
            sealer_image::list(store, list)?;
        }
        for list in &request.lists {
            store.untag(list)?;
        }
        Ok(store.collect_garbage().map(drop)?)
    })
    .await
}

async fn in_store<T: Send + 'static>(
    context: &Context,
    work: impl FnOnce(&Store) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let folder = context.settings.store();
    blocking(move || work(&open(&folder)?)).await
}

fn print(list: &Reference, image: &Descriptor) -> Result<(), Failure> {
    output::print(format!("{list}@{}\n", image.digest))
}
