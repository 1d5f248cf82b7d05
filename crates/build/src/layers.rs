//! From files to layers in the store: hashed always, written only when the store does not have them.

use crate::context::Kind;
use crate::error::Error;
use crate::files::{Entry, Files};
use crate::layer::{self, Cache, Contents};
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

/// What one instruction puts over the layers before it.
#[derive(Debug)]
pub(crate) struct Laid {
    /// The instruction as one line.
    pub(crate) instruction: String,
    /// Its files; of a `RUN`, those that are searched for container images.
    pub(crate) files: Files,
    /// Its layer, as soon as it is in the store; none for an instruction that adds nothing.
    pub(crate) made: Option<Made>,
    /// Whether a command made it, which may have removed what was below.
    pub(crate) by_command: bool,
}

/// Makes the layers that are not made yet.
pub(crate) fn make(store: &Store, layers: &mut [Laid], time: u64, listener: &Listener) -> Result<(), Error> {
    let cache = Cache::new(store.root());
    for Laid { instruction, files, made, .. } in layers {
        if files.is_empty() || made.is_some() {
            continue;
        }
        listener.stage(instruction.clone());
        let (layer, cached) = one(store, &cache, instruction, files, time, listener)?;
        let descriptor = layer.descriptor.clone();
        *made = Some(Made { built: BuiltLayer { instruction: instruction.clone(), descriptor, cached }, layer });
    }
    Ok(())
}

fn one(
    store: &Store,
    cache: &Cache,
    instruction: &str,
    files: &Files,
    time: u64,
    listener: &Listener,
) -> Result<(Layer, bool), Error> {
    let contents = hashed(instruction, files, listener)?;
    let key = layer::key(files, &contents, time);
    if let Some(known) = cache.find(&key)
        && store.contains(&known.descriptor.digest)
    {
        return Ok((known, true));
    }
    let layer = written(store, instruction, files, &contents, time, listener)?;
    cache.remember(&key, &layer)?;
    Ok((layer, false))
}

/// Writes a layer whose files exist this once, so that there is nothing to remember it by.
pub(crate) fn write(
    store: &Store,
    instruction: &str,
    files: &Files,
    time: u64,
    listener: &Listener,
) -> Result<Layer, Error> {
    let contents = hashed(instruction, files, listener)?;
    written(store, instruction, files, &contents, time, listener)
}

fn hashed(instruction: &str, files: &Files, listener: &Listener) -> Result<Contents, Error> {
    let mut reading = progress("read", instruction, files, listener);
    let contents = layer::hash(files, &mut reading)?;
    reading.finish(Instant::now());
    Ok(contents)
}

fn written(
    store: &Store,
    instruction: &str,
    files: &Files,
    contents: &Contents,
    time: u64,
    listener: &Listener,
) -> Result<Layer, Error> {
    let mut writing = progress("write", instruction, files, listener);
    let mut writer = LayerWriter::new(store, time)?;
    layer::add(files, contents, &mut writer, &mut writing)?;
    let layer = writer.finish()?;
    writing.finish(Instant::now());
    Ok(layer)
}

fn progress(verb: &str, instruction: &str, files: &Files, listener: &Listener) -> Meter {
    let transfer = Transfer { title: format!("{verb} {instruction}"), host: None, digest: None };
    Meter::new(listener, transfer, Some(size(files)))
}

/// Bytes of all files.
fn size(files: &Files) -> u64 {
    let size = |entry: &Entry| match entry.kind {
        Kind::File { size, .. } => size,
        Kind::Folder | Kind::Link { .. } | Kind::Same { .. } | Kind::Removal => 0,
    };
    files.values().map(size).sum()
}
