//! From files to layers in the store: hashed always, written only when the store does not have them.

use crate::context::Kind;
use crate::error::Error;
use crate::files::{Entry, Files};
use crate::layer::{self, Cache};
use sealer_image::Store;
use sealer_image::layer::{Layer, LayerWriter};
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::Descriptor;
use std::time::Instant;

/// One layer that a build added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BuiltLayer {
    /// The instruction as one line.
    pub instruction: String,
    /// The layer.
    pub descriptor: Descriptor,
    /// Whether the store had it already, so that it was not made anew.
    pub cached: bool,
}

/// A layer in the store, with what to tell of it.
#[derive(Clone, Debug)]
pub(crate) struct Made {
    /// What to tell.
    pub(crate) built: BuiltLayer,
    /// The layer.
    pub(crate) layer: Layer,
}

/// Makes the layer of each instruction that adds files.
pub(crate) fn make(
    store: &Store,
    layers: Vec<(String, Files)>,
    time: u64,
    listener: &Listener,
) -> Result<Vec<Made>, Error> {
    let cache = Cache::new(store.root());
    let mut made = Vec::new();
    for (instruction, files) in layers {
        if files.is_empty() {
            continue;
        }
        listener.stage(instruction.clone());
        let (layer, cached) = one(store, &cache, &instruction, &files, time, listener)?;
        let descriptor = layer.descriptor.clone();
        made.push(Made { built: BuiltLayer { instruction, descriptor, cached }, layer });
    }
    Ok(made)
}

fn one(
    store: &Store,
    cache: &Cache,
    instruction: &str,
    files: &Files,
    time: u64,
    listener: &Listener,
) -> Result<(Layer, bool), Error> {
    let progress = |verb: &str| {
        let transfer = Transfer { title: format!("{verb} {instruction}"), host: None, digest: None };
        Meter::new(listener, transfer, Some(size(files)))
    };
    let mut reading = progress("read");
    let contents = layer::hash(files, &mut reading)?;
    reading.finish(Instant::now());
    let key = layer::key(files, &contents, time);
    if let Some(known) = cache.find(&key)
        && store.contains(&known.descriptor.digest)
    {
        return Ok((known, true));
    }
    let mut writing = progress("write");
    let mut writer = LayerWriter::new(store, time)?;
    layer::add(files, &contents, &mut writer, &mut writing)?;
    let layer = writer.finish()?;
    writing.finish(Instant::now());
    cache.remember(&key, &layer)?;
    Ok((layer, false))
}

/// Bytes of all files.
fn size(files: &Files) -> u64 {
    let size = |entry: &Entry| match entry.kind {
        Kind::File { size, .. } => size,
        Kind::Folder | Kind::Link { .. } => 0,
    };
    files.values().map(size).sum()
}
