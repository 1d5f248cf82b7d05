//! `sealer load`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Load;
use crate::failure::Failure;
use crate::output;

/// Reads images from an archive and prints their names.
///
/// # Errors
/// When the archive cannot be read or is none.
pub(super) async fn load(request: Load, context: &Context) -> Result<(), Failure> {
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let names = blocking(move || {
        let loaded = sealer_image::load_file(&open(&folder)?, &request.input, &listener);
        loaded.map_err(|error| Failure::of(error).within(format!("cannot load {}", request.input.display())))
    })
    .await?;
    output::print(names.iter().map(|name| format!("{name}\n")).collect::<String>())
}
