//! `sealer alpha`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Alpha, AlphaImagesVerb, AlphaVerb, OutputFormat, WantedImage, Why};
use crate::failure::Failure;
use crate::output;
use sealer_image::{Store, inspect};
use sealer_model::image::CatalogEntry;
use sealer_model::{Platform, Reference};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// Does what was asked for.
///
/// # Errors
/// As each verb.
pub(super) async fn alpha(request: Alpha, context: &Context) -> Result<(), Failure> {
    match request.verb {
        AlphaVerb::Images(images) => match images.verb {
            AlphaImagesVerb::Why(request) => why(request, context).await,
        },
        // the Go sealer has these below `alpha`
        AlphaVerb::Manifest(request) => super::manifest::manifest(*request, context).await,
        AlphaVerb::Merge(request) => super::merge::merge(*request, context).await,
        AlphaVerb::Mount(request) => super::mount::mount(*request, context).await,
        AlphaVerb::Unmount(request) => super::mount::unmount(request, context).await,
        AlphaVerb::Search(request) => super::search::search(*request, context).await,
        AlphaVerb::HostAlias(request) => super::host_alias::host_alias(*request, context).await,
        // refused before anything happened
        AlphaVerb::Other(_) => Ok(()),
    }
}

/// A container image in a cluster image.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Carried {
    cluster_image: Reference,
    #[serde(flatten)]
    entry: CatalogEntry,
}

async fn why(request: Why, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let Why { image, within, output } = request;
    let wanted = image.clone();
    let found = blocking(move || find(&folder, &wanted, within.as_ref())).await?;
    if found.is_empty() {
        let failure = Failure::failed(format!("no cluster image of this machine carries {image}"));
        return Err(failure.hint("`sealer inspect --images CLUSTER_IMAGE` lists what one carries"));
    }
    match output {
        OutputFormat::Json => output::print_json(&found),
        OutputFormat::Table => output::print(report(&found)),
    }
}

fn find(folder: &Path, wanted: &WantedImage, within: Option<&Reference>) -> Result<Vec<Carried>, Failure> {
    let store = open(folder)?;
    let names = match within {
        Some(name) => vec![name.clone()],
        None => cluster_images(&store)?,
    };
    let mut found = Vec::new();
    for name in names {
        let entries = inspect(&store, &name)?.container_images.into_iter().filter(|entry| wanted.is(&entry.name));
        found.extend(entries.map(|entry| Carried { cluster_image: name.clone(), entry }));
    }
    Ok(found)
}

/// The names of the cluster images of a store; it holds others, too.
fn cluster_images(store: &Store) -> Result<Vec<Reference>, Failure> {
    let images = store.images()?.into_iter();
    let is_one = |name: &Reference| inspect(store, name).is_ok();
    Ok(images.map(|image| image.name).filter(is_one).collect())
}

fn report(found: &[Carried]) -> String {
    let mut text = String::new();
    for Carried { cluster_image, entry } in found {
        let Platform { architecture, os, .. } = &entry.platform;
        let _ = writeln!(text, "{} for {os}/{architecture} in {cluster_image}", entry.name);
        for demand in &entry.demands {
            let application =
                demand.application.as_ref().map(|name| format!("application {name}: ")).unwrap_or_default();
            let _ = writeln!(text, "    {application}{demand}");
        }
    }
    text
}
