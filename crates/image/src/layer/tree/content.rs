//! Brings the content of chosen files from their layers to the disk. A layer that has none of them is not read; one that has is verified.

use super::{Content, Tree};
use crate::bounds::{self, most};
use crate::error::{Result, at};
use crate::layer::verified::Verified;
use crate::layer::{decompressed, unreadable};
use crate::store::Store;
use sealer_model::image::Descriptor;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io;
use std::ops::ControlFlow;
use std::path::PathBuf;

impl Tree {
    /// Writes each content into a new file at its path. `layers` are those that the tree was read from.
    ///
    /// # Errors
    /// When a layer is not there, cannot be read or is damaged, or a file cannot be written.
    pub fn bring(store: &Store, layers: &[Descriptor], wanted: &BTreeMap<Content, PathBuf>) -> Result<()> {
        let needed: BTreeSet<usize> = wanted.keys().map(|content| content.layer).collect();
        for (number, layer) in layers.iter().enumerate().filter(|(number, _)| needed.contains(number)) {
            let here = wanted.iter().filter(|(content, _)| content.layer == number);
            bring_from(store, layer, &here.map(|(content, path)| (content.entry, path)).collect())?;
        }
        Ok(())
    }
}

fn bring_from(store: &Store, layer: &Descriptor, wanted: &BTreeMap<usize, &PathBuf>) -> Result<()> {
    let broken = |source| unreadable(layer, source);
    let mut verified = Verified::new(store.open_blob(&layer.digest)?, true, |_| {});
    let last = wanted.keys().next_back().copied().unwrap_or_default();
    let mut number = 0;
    let read = decompressed(&mut verified, layer).and_then(|plain| {
        bounds::each_entry(plain, most(layer.size), broken, |entry| {
            if let Some(path) = wanted.get(&number) {
                let mut file = File::create_new(path).map_err(at(path))?;
                io::copy(entry, &mut file).map_err(broken)?;
            }
            number += 1;
            Ok(if number > last { ControlFlow::Break(()) } else { ControlFlow::Continue(()) })
        })
    });
    // a layer that is cut off breaks the archive first; that it is damaged is the better thing to say
    verified.finish(layer)?;
    read
}
