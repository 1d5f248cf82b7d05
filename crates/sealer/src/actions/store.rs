//! The image store of this machine: opening it, and `sealer store` and `sealer prune`, which look after it.

use super::Context;
use super::blocking::blocking;
use crate::args::{self, OutputFormat, Prune, StoreVerb, VerifyStore};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_image::{Collected, Fault, Store, Verification, Wrong};
use std::path::Path;

/// Opens the store in a folder. Blocks.
///
/// # Errors
/// When the folder cannot be used.
pub(super) fn open(folder: &Path) -> Result<Store, Failure> {
    Store::open(folder)
        .map_err(|error| Failure::of(error).within(format!("cannot use the image store {}", folder.display())))
}

/// Looks after the store.
///
/// # Errors
/// When it cannot be read, or written where that is needed.
pub(super) async fn store(request: args::Store, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        StoreVerb::Verify(request) => verify(&request, context).await,
        StoreVerb::Prune(request) => prune(&request, context).await.map(|()| Exit::Done),
    }
}

async fn verify(request: &VerifyStore, context: &Context) -> Result<Exit, Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let found = blocking(move || Ok(open(&folder)?.verify(&listener)?)).await?;
    match request.output {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Table => output::print(report(&found))?,
    }
    if found.faults.is_empty() {
        return Ok(Exit::Done);
    }
    context.listener.warn(
        "what is damaged was put aside: give `sealer pull`, `sealer load` or `sealer build` for the images above, \
         and only what is missing comes anew",
    );
    Ok(Exit::ProblemsFound)
}

/// Removes all content that no image needs.
///
/// # Errors
/// When an image's documents cannot be read; then nothing is removed.
pub(super) async fn prune(request: &Prune, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let removed = blocking(move || {
        let store = open(&folder)?;
        store.remove_unpacked()?;
        Ok(store.collect_garbage()?)
    })
    .await?;
    match request.output {
        OutputFormat::Json => output::print_json(&removed),
        OutputFormat::Table => output::print(removal(&removed)),
    }
}

/// What was removed, in words.
pub(super) fn removal(removed: &Collected) -> String {
    format!("removed {} blobs, {}\n", removed.blobs, output::size(removed.bytes))
}

fn report(found: &Verification) -> String {
    let checked = format!("checked {} blobs, {}\n", found.blobs, output::size(found.bytes));
    found.faults.iter().fold(checked, |text, fault| text + &line(fault))
}

fn line(fault: &Fault) -> String {
    let wrong = match &fault.wrong {
        Wrong::Damaged { .. } => "damaged",
        Wrong::Missing => "missing",
    };
    let images = if fault.images.is_empty() { "no image".to_owned() } else { fault.images.join(", ") };
    format!("{wrong} {} needed by {images}\n", fault.digest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Digest;

    #[test]
    fn a_fault_is_told_with_the_images_that_need_it() {
        let digest = Digest::of(b"x");
        let fault = |wrong, images: &[&str]| Fault {
            digest: digest.clone(),
            wrong,
            images: images.iter().map(|&name| name.to_owned()).collect(),
        };
        let damaged = Wrong::Damaged { found: Digest::of(b"y") };
        let faults = vec![fault(damaged, &["a:1", "b:1"]), fault(Wrong::Missing, &[])];
        let text = report(&Verification { blobs: 2, bytes: 1000, faults });
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[1..],
            [format!("damaged {digest} needed by a:1, b:1"), format!("missing {digest} needed by no image"),]
        );
    }
}
