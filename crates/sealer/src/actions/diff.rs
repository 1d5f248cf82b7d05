//! `sealer diff`.

mod text;

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Diff, OutputFormat};
use crate::failure::Failure;
use crate::output;

/// Prints what changed from one image to another.
///
/// # Errors
/// When one of them is not here, or is no cluster image.
pub(super) async fn diff(request: Diff, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let Diff { from, to, output } = request;
    let found = blocking(move || {
        let store = open(&folder)?;
        Ok(sealer_image::difference(&store, &store.name_of(&from)?, &store.name_of(&to)?)?)
    })
    .await?;
    match output {
        OutputFormat::Json => output::print_json(&found),
        OutputFormat::Table => output::print(text::text(&found)),
    }
}
