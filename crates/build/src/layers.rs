//! From files to layers in the store: hashed always, written only when the store does not have them. Several platforms are worked on
//! at the same time, and a layer that they share is written once.

use crate::context::Kind;
use crate::error::Error;
use crate::files::{Entry, Files};
use crate::layer::{self, Cache, Contents};
use sealer_image::Store;
use sealer_image::layer::{Layer, LayerWriter};
use sealer_model::Digest;
use sealer_model::event::{Listener, Meter, Transfer};
use sealer_model::image::Descriptor;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
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

/// Makes the layers of a build, for all its platforms.
#[derive(Debug)]
pub(crate) struct Maker {
    store: Store,
    cache: Cache,
    /// Seconds since 1970 that all times of a layer are set to.
    time: u64,
    listener: Listener,
    /// Layers that are being made, by their keys: what two platforms have alike is written for one of them.
    under_way: Mutex<BTreeMap<Digest, Arc<Mutex<()>>>>,
}

impl Maker {
    pub(crate) fn new(store: &Store, time: u64, listener: &Listener) -> Self {
        let (store, listener) = (store.clone(), listener.clone());
        Self { cache: Cache::new(store.root()), store, time, listener, under_way: Mutex::default() }
    }

    /// Makes the layers that are not made yet.
    pub(crate) fn make(&self, layers: &mut [Laid]) -> Result<(), Error> {
        for Laid { instruction, files, made, .. } in layers {
            if files.is_empty() || made.is_some() {
                continue;
            }
            self.listener.stage(instruction.clone());
            let (layer, cached) = self.one(instruction, files)?;
            let descriptor = layer.descriptor.clone();
            *made = Some(Made { built: BuiltLayer { instruction: instruction.clone(), descriptor, cached }, layer });
        }
        Ok(())
    }

    fn one(&self, instruction: &str, files: &Files) -> Result<(Layer, bool), Error> {
        let contents = hashed(instruction, files, &self.listener)?;
        let key = layer::key(files, &contents, self.time);
        let turn = self.turn(&key);
        let _turn = turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = self.cache.find(&key)
            && self.store.contains(&known.descriptor.digest)
        {
            return Ok((known, true));
        }
        let layer = written(&self.store, instruction, files, &contents, self.time, &self.listener)?;
        self.cache.remember(&key, &layer)?;
        Ok((layer, false))
    }

    fn turn(&self, key: &Digest) -> Arc<Mutex<()>> {
        let mut under_way = self.under_way.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(under_way.entry(key.clone()).or_default())
    }
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
