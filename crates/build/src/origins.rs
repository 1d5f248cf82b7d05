//! Everything that files are copied from: the context, and what was fetched for this build. One look-up serves them all.

mod image_parts;

use crate::archive::Unpacker;
use crate::context::{Context, Found, Kind, Unusable};
use crate::error::Error;
use crate::files::Wrong;
use crate::recipe::{CopySource, Origin};
use image_parts::Meant;
use sealer_image::Store;
use sealer_model::image::Descriptor;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::{NamedTempFile, TempDir};

/// What sources begin at.
#[derive(Debug)]
pub(crate) struct Origins {
    context: Arc<Context>,
    fetched: BTreeMap<Origin, Fetched>,
}

/// What was brought here for a source.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// Nothing: the context has it.
    InContext,
    /// One file.
    File {
        /// What it is called.
        name: String,
        /// Where its bytes are.
        path: PathBuf,
        /// How many.
        size: u64,
    },
    /// A text, written to a file that is removed at the end.
    Written {
        /// What it is called.
        name: String,
        /// Its bytes.
        file: NamedTempFile,
        /// How many.
        size: u64,
    },
    /// A folder, of which all is meant, whatever the source says.
    Folder {
        /// Its content.
        context: Context,
        /// Removes it at the end.
        _folder: TempDir,
    },
    /// Paths of an image.
    Parts {
        /// What each source means, or what is wrong with it and what to do.
        found: BTreeMap<String, Result<Meant, (String, String)>>,
        /// Removes the files at the end.
        _folder: TempDir,
    },
    /// Paths of the context, of which those that are archives are unpacked.
    Unpacked {
        /// Each path with everything below it.
        found: Meant,
        /// Removes the content of the archives at the end.
        _unpacker: Unpacker,
    },
}

impl Fetched {
    /// What `ADD` means by a path or a pattern of the context. Without an archive, the context has it; that there is no such
    /// path is told where it is looked for.
    ///
    /// # Errors
    /// When an archive is damaged or holds what could do harm, or the disk fails.
    pub(crate) fn added(context: &Context, text: &str) -> Result<Self, Error> {
        match Self::unpacked(context, text) {
            Ok(Some(unpacked)) => Ok(unpacked),
            Ok(None) | Err(Unusable::Source { .. }) => Ok(Self::InContext),
            Err(Unusable::Failed(error)) => Err(error),
        }
    }

    /// A text as a file of that name.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(crate) fn written(name: &str, text: &str) -> Result<Self, Error> {
        let cannot = |source| Error::write(&std::env::temp_dir(), source);
        let mut file = NamedTempFile::new().map_err(cannot)?;
        file.write_all(text.as_bytes()).map_err(cannot)?;
        Ok(Self::Written { name: name.to_owned(), file, size: text.len() as u64 })
    }

    /// What sources mean inside an image of these layers; `name` is what errors call it.
    ///
    /// # Errors
    /// When a layer is damaged, the disk fails, or a source means what cannot be copied.
    pub(crate) fn parts(
        store: &Store,
        name: &str,
        layers: &[Descriptor],
        sources: &BTreeSet<String>,
    ) -> Result<Self, Error> {
        image_parts::parts(store, name, layers, sources)
    }

    fn unpacked(context: &Context, text: &str) -> Result<Option<Self>, Unusable> {
        let mut unpacker = Unpacker::new()?;
        let (mut all, mut any) = (Vec::new(), false);
        for path in context.matches(text)? {
            let mut found = context.walk(&path)?;
            if let [Found { kind: Kind::File { source, .. }, .. }] = found.as_slice()
                && let Some(content) = unpacker.unpack(source)?
            {
                (found, any) = (content, true);
            }
            all.push((path, found));
        }
        Ok(any.then(|| Self::Unpacked { found: all, _unpacker: unpacker }))
    }
}

impl Origins {
    /// The context alone.
    pub(crate) fn new(context: Arc<Context>) -> Self {
        Self { context, fetched: BTreeMap::new() }
    }

    /// Takes in what was fetched.
    pub(crate) fn add(&mut self, origin: Origin, fetched: Fetched) {
        self.fetched.insert(origin, fetched);
    }

    /// Whether an origin is there already.
    pub(crate) fn has(&self, origin: &Origin) -> bool {
        *origin == Origin::Context || self.fetched.contains_key(origin)
    }

    /// What a source means: each path with everything below it. A pattern may mean several.
    pub(crate) fn find(&self, source: &CopySource) -> Result<Meant, Wrong> {
        let wrong = |unusable: Unusable| Wrong::at(source, unusable);
        let (context, text) = match self.fetched.get(&source.origin) {
            None | Some(Fetched::InContext) => (&*self.context, source.text.as_str()),
            Some(Fetched::File { name, path, size }) => return Ok(vec![(name.clone(), vec![file(path, *size)])]),
            Some(Fetched::Written { name, file: written, size }) => {
                return Ok(vec![(name.clone(), vec![file(written.path(), *size)])]);
            }
            Some(Fetched::Unpacked { found, .. }) => return Ok(found.clone()),
            Some(Fetched::Parts { found, .. }) => {
                let meant = found.get(&source.text).cloned().unwrap_or_else(|| Ok(Meant::new()));
                return meant.map_err(|(message, hint)| wrong(Unusable::Source { message, hint }));
            }
            Some(Fetched::Folder { context, .. }) => (context, "."),
        };
        let paths = context.matches(text).map_err(wrong)?.into_iter();
        paths.map(|path| context.walk(&path).map(|found| (path, found)).map_err(wrong)).collect()
    }
}

fn file(path: &std::path::Path, size: u64) -> Found {
    Found { path: String::new(), kind: Kind::File { source: path.to_owned(), size }, mode: 0o644, owner: (0, 0) }
}
