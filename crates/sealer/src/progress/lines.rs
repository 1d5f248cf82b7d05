//! One plain line for each thing that happened, for files and for people who read them later.

use super::{tell, words};
use crate::settings::Verbosity;
use sealer_model::event::Listener;

/// The reader.
pub(super) fn listener(verbosity: Verbosity, colour: bool) -> Listener {
    Listener::new(move |event| {
        if let Some(line) = words::line(&event, verbosity, colour) {
            tell(&format!("{line}\n"));
        }
    })
}
