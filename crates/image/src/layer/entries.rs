//! The entries of a layer, one after the other, without unpacking them: for those who want to know what a layer holds.

use super::entry_path::EntryPath;
use super::{decompressed, unreadable};
use crate::bounds::{self, Metered, most};
use crate::error::{Error, Result};
use crate::store::Store;
use sealer_model::image::Descriptor;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

/// An entry of a layer that is being read.
pub(crate) type LayerEntry<'a, 'b> = tar::Entry<'a, Metered<Box<dyn Read + 'b>>>;

/// Shows every entry of a layer with what its path means, in the layer's order.
///
/// # Errors
/// When the layer is not there, cannot be read, holds more than layers of its size do, or has a path that leads out of it; and
/// whatever `visit` says.
pub(crate) fn each_entry(
    store: &Store,
    layer: &Descriptor,
    mut visit: impl FnMut(&EntryPath, &mut LayerEntry<'_, '_>) -> Result<()>,
) -> Result<()> {
    let broken = |source| unreadable(layer, source);
    let mut content = store.open_blob(&layer.digest)?;
    bounds::each_entry(decompressed(&mut content, layer)?, most(layer.size), broken, |entry| {
        let path = entry.path().map_err(broken)?.into_owned();
        let meaning = EntryPath::read(&path).map_err(|reason| refused(layer, &path, reason))?;
        visit(&meaning, entry)?;
        Ok(ControlFlow::Continue(()))
    })
}

/// The error of an entry that is not accepted.
pub(crate) fn refused(layer: &Descriptor, path: &Path, reason: &str) -> Error {
    let (what, entry) = (format!("layer {}", layer.digest), path.display().to_string());
    Error::Entry { what, entry, reason: reason.to_owned() }
}
