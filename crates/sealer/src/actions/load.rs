//! `sealer load`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Load;
use crate::failure::Failure;
use crate::output;
use std::fs::File;

/// Reads images from an archive and prints their names.
///
/// # Errors
/// When the archive cannot be read or is none.
pub(super) async fn load(request: Load, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let names = blocking(move || {
        let path = &request.input;
        let unreadable = |error| Failure::of(error).within(format!("cannot read {}", path.display()));
        let archive = File::open(path).map_err(unreadable)?;
        Ok(sealer_image::load(&open(&folder)?, archive, path, &listener)?)
    })
    .await?;
    output::print(names.iter().map(|name| format!("{name}\n")).collect::<String>())
}
