//! `sealer inspect`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Inspect, InspectFormat};
use crate::failure::Failure;
use crate::output;

/// Prints what an image is made of.
///
/// # Errors
/// When it is not there or is no cluster image.
pub(super) async fn inspect(request: Inspect, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let found = blocking(move || Ok(sealer_image::inspect(&open(&folder)?, &request.image)?)).await?;
    match request.output {
        InspectFormat::Json => output::print_json(&found),
    }
}
