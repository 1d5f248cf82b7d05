//! From files to layers in the store: hashed always, written only when the store does not have them.

use crate::build::BuiltLayer;
use crate::error::Error;
use crate::files::Files;
use crate::layer::{self, Cache};
use sealer_image::Store;
use sealer_image::layer::{Layer, LayerWriter};
use sealer_model::event::Listener;

/// Makes the layer of each instruction that adds files.
pub(crate) fn make(
    store: &Store,
    layers: &[(String, Files)],
    time: u64,
    listener: &Listener,
) -> Result<Vec<(BuiltLayer, Layer)>, Error> {
    let cache = Cache::new(store.root());
    let made = layers.iter().filter(|(_, files)| !files.is_empty()).map(|(instruction, files)| {
        let (layer, cached) = one(store, &cache, files, time)?;
        let title = if cached { "unchanged" } else { "written" };
        listener.stage(format!("{title}: {instruction}"));
        let descriptor = layer.descriptor.clone();
        Ok((BuiltLayer { instruction: instruction.clone(), descriptor, cached }, layer))
    });
    made.collect()
}

fn one(store: &Store, cache: &Cache, files: &Files, time: u64) -> Result<(Layer, bool), Error> {
    let contents = layer::hash(files)?;
    let key = layer::key(files, &contents, time);
    if let Some(known) = cache.find(&key)
        && store.contains(&known.descriptor.digest)
    {
        return Ok((known, true));
    }
    let mut writer = LayerWriter::new(store, time)?;
    layer::add(files, &contents, &mut writer)?;
    let layer = writer.finish()?;
    cache.remember(&key, &layer)?;
    Ok((layer, false))
}
