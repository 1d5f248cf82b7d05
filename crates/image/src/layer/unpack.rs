//! Unpacks a layer over a folder: decompresses, applies whiteouts, makes entries, and verifies the layer's digest at the end.
//! A folder into which a damaged layer went is worthless and must be thrown away by the caller.

use super::destination::{Destination, Ownership};
use super::entry_path::{EntryPath, OPAQUE, below_root};
use super::verified::Verified;
use crate::bounds::{self, most};
use crate::compression::Compression;
use crate::error::{Error, Result, at};
use sealer_model::image::{Descriptor, media_type};
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::io::{self, BufReader, Read};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Bytes that are read and hashed at once: headers and small files are far smaller.
const PIECE: usize = 256 * 1024;

/// Unpacks the layer that `content` holds over the folder `destination`. `progress` is told how many compressed bytes were
/// read so far.
///
/// # Errors
/// When the content is not what `layer` says, holds something that could do harm or more than layers of its size do, or the folder
/// cannot be written to.
pub fn unpack(content: impl Read, layer: &Descriptor, destination: &Path, progress: impl FnMut(u64)) -> Result<()> {
    unpack_with(content, layer, destination, &Choice::default(), progress).map(drop)
}

/// As [`unpack`], of a layer whose digest was found to be right already, which is not done again.
///
/// # Errors
/// As [`unpack`], but for a content that is not what `layer` says.
pub fn unpack_whole(
    content: impl Read,
    layer: &Descriptor,
    destination: &Path,
    progress: impl FnMut(u64),
) -> Result<()> {
    unpack_with(content, layer, destination, &Choice { is_whole: true, ..Choice::default() }, progress).map(drop)
}

/// What a layer did to some folders.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InFolders {
    /// Whether it did anything to them, be it that it removed what they are in.
    pub any: bool,
    /// Paths in them that are other names of files outside, and were not made.
    pub lacking: BTreeSet<PathBuf>,
}

/// As [`unpack`], but only what is in some folders below the root, with these folders themselves.
///
/// # Errors
/// As [`unpack`].
pub fn unpack_folders(
    content: impl Read,
    layer: &Descriptor,
    destination: &Path,
    folders: &[&str],
) -> Result<InFolders> {
    let choice = Choice { folders: Some(folders), ..Choice::default() };
    let Unpacked { any, lacking, .. } = unpack_with(content, layer, destination, &choice, |_| {})?;
    Ok(InFolders { any, lacking })
}

/// As [`unpack`], for a folder that becomes one lower layer of an overlay: what the layer removes is marked as the kernel wants it,
/// instead of being removed. `opaque` is the name of the attribute that marks folders which hide everything below them.
///
/// Tells the folders that the layer has no entry for and that had to be made for what is in them: over lower layers, their owner and
/// mode are those of the folder there.
///
/// # Errors
/// As [`unpack`], and when the file system cannot hold the marks.
pub fn unpack_for_overlay(
    content: impl Read,
    layer: &Descriptor,
    destination: &Path,
    opaque: &str,
) -> Result<BTreeSet<PathBuf>> {
    let choice = Choice { marks: Some(opaque), ..Choice::default() };
    let Unpacked { made, marked, .. } = unpack_with(content, layer, destination, &choice, |_| {})?;
    let above = made.iter().chain(&marked).flat_map(|path| path.ancestors().skip(1));
    let implied = above.filter(|path| !path.as_os_str().is_empty() && !made.contains(*path));
    Ok(implied.map(Path::to_owned).collect())
}

/// What became of a layer.
#[derive(Debug, Default)]
struct Unpacked {
    /// What this layer made; an opaque whiteout hides only what was there before.
    made: BTreeSet<PathBuf>,
    /// What it marked as removed or opaque.
    marked: BTreeSet<PathBuf>,
    /// Whether any path was wanted.
    any: bool,
    /// Wanted names of files that were not wanted, and that were not made therefore.
    lacking: BTreeSet<PathBuf>,
}

/// What of a layer is unpacked, and how.
#[derive(Default)]
struct Choice<'a> {
    /// The folders that are wanted; without them, all.
    folders: Option<&'a [&'a str]>,
    /// The attribute of opaque folders, where removals are marked and not carried out.
    marks: Option<&'a str>,
    /// Whether the content is known to be what the layer says.
    is_whole: bool,
}

impl Choice<'_> {
    /// Whether a path is wanted.
    fn takes(&self, path: &Path) -> bool {
        self.folders.is_none_or(|folders| folders.iter().any(|folder| path.starts_with(folder)))
    }

    /// Whether the removal of a path changes what is wanted: it may be above it, too.
    fn is_hit_by(&self, path: &Path) -> bool {
        self.takes(path) || self.folders.is_some_and(|folders| folders.iter().any(|it| Path::new(it).starts_with(path)))
    }
}

fn unpack_with(
    content: impl Read,
    layer: &Descriptor,
    destination: &Path,
    choice: &Choice<'_>,
    progress: impl FnMut(u64),
) -> Result<Unpacked> {
    let mut verified = Verified::new(content, !choice.is_whole, progress);
    let opened = Destination::open(destination).map_err(at(destination))?;
    let mut unpacking = Unpacking { layer, destination: opened, choice, unpacked: Unpacked::default() };
    let archived = {
        let mut pieces = BufReader::with_capacity(PIECE, &mut verified);
        let plain = decompressed(&mut pieces, layer)?;
        unpacking.archive(plain)
    };
    // A layer that is cut off breaks the archive first; that it is damaged is the better thing to say.
    verified.finish(layer)?;
    archived.map(|()| unpacking.unpacked)
}

/// The error of a layer that cannot be read.
pub(crate) fn unreadable(layer: &Descriptor, source: io::Error) -> Error {
    Error::File { path: PathBuf::from(format!("layer {}", layer.digest)), source }
}

/// The archive in a layer, as its media type says that it is compressed.
pub(crate) fn decompressed<'a>(content: &'a mut impl Read, layer: &Descriptor) -> Result<Box<dyn Read + 'a>> {
    let compression = match layer.media_type.as_str() {
        media_type::LAYER_TAR => Compression::None,
        media_type::LAYER_GZIP | media_type::DOCKER_LAYER_GZIP => Compression::Gzip,
        media_type::LAYER_ZSTD => Compression::Zstd,
        other => {
            let what = format!("layer {}", layer.digest);
            return Err(Error::MediaType { what, media_type: other.to_owned() });
        }
    };
    compression.decoder(content).map_err(|source| unreadable(layer, source))
}

struct Unpacking<'a> {
    layer: &'a Descriptor,
    destination: Destination,
    choice: &'a Choice<'a>,
    unpacked: Unpacked,
}

impl Unpacking<'_> {
    fn archive(&mut self, plain: impl Read) -> Result<()> {
        let layer = self.layer;
        let broken = |source| unreadable(layer, source);
        bounds::each_entry(plain, most(layer.size), broken, |entry| {
            self.entry(entry)?;
            Ok(ControlFlow::Continue(()))
        })
    }

    fn entry(&mut self, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let path = entry.path().map_err(|source| unreadable(self.layer, source))?.into_owned();
        let meaning = EntryPath::read(&path).map_err(|reason| self.refused(&path, reason))?;
        let wanted = match &meaning {
            EntryPath::Root => return Ok(()),
            EntryPath::Whiteout(place) | EntryPath::Opaque(place) => self.choice.is_hit_by(place),
            EntryPath::Below(place) => self.choice.takes(place),
        };
        if !wanted {
            return Ok(());
        }
        self.unpacked.any = true;
        match meaning {
            EntryPath::Root => Ok(()),
            EntryPath::Whiteout(hidden) => self.whiteout(hidden),
            EntryPath::Opaque(folder) => self.opaque(folder),
            EntryPath::Below(below) => {
                self.make(&below, entry)?;
                self.unpacked.made.insert(below);
                Ok(())
            }
        }
    }

    fn whiteout(&mut self, hidden: PathBuf) -> Result<()> {
        match self.choice.marks {
            None => self.destination.remove(&hidden).map_err(at(&hidden)),
            Some(_) => {
                self.destination.mark_removed(&hidden).map_err(at(&hidden))?;
                self.unpacked.marked.insert(hidden);
                Ok(())
            }
        }
    }

    fn opaque(&mut self, folder: PathBuf) -> Result<()> {
        match self.choice.marks {
            None => self.hide(&folder),
            Some(attribute) => {
                self.destination.mark_opaque(&folder, attribute).map_err(at(&folder))?;
                // the folder itself may be implied, too
                self.unpacked.marked.insert(folder.join(OPAQUE));
                Ok(())
            }
        }
    }

    fn hide(&self, folder: &Path) -> Result<()> {
        for name in self.destination.names(folder).map_err(at(folder))? {
            let path = folder.join(name);
            if !self.unpacked.made.iter().any(|made| made.starts_with(&path)) {
                self.destination.remove(&path).map_err(at(&path))?;
            }
        }
        Ok(())
    }

    fn make(&mut self, path: &Path, entry: &mut tar::Entry<'_, impl Read>) -> Result<()> {
        let ownership = ownership(entry.header()).map_err(at(path))?;
        let modified = entry.header().mtime().map_err(at(path))?;
        let destination = &self.destination;
        match entry.header().entry_type() {
            tar::EntryType::Directory => destination.make_folder(path, &ownership),
            tar::EntryType::Regular | tar::EntryType::Continuous | tar::EntryType::GNUSparse => {
                destination.make_file(path, &ownership, modified, entry)
            }
            tar::EntryType::Symlink => {
                let target = self.target(path, entry)?;
                destination.make_link(path, Path::new(&target), &ownership)
            }
            tar::EntryType::Link => {
                let target = self.target(path, entry)?;
                let target = below_root(Path::new(&target));
                let target = target.map_err(|reason| self.refused(path, reason))?;
                if !self.choice.takes(&target) {
                    self.unpacked.lacking.insert(path.to_owned());
                    return destination.remove(path).map_err(at(path));
                }
                destination.make_hard_link(path, &target)
            }
            tar::EntryType::XGlobalHeader => return Ok(()),
            other => {
                let reason = format!("is of a kind ({other:?}) that is not accepted");
                return Err(self.refused(path, &reason));
            }
        }
        .map_err(at(path))
    }

    fn target(&self, path: &Path, entry: &tar::Entry<'_, impl Read>) -> Result<OsString> {
        match entry.link_name().map_err(at(path))? {
            Some(target) => Ok(target.as_os_str().to_owned()),
            None => Err(self.refused(path, "is a link to nothing")),
        }
    }

    fn refused(&self, path: &Path, reason: &str) -> Error {
        Error::Entry {
            what: format!("layer {}", self.layer.digest),
            entry: path.display().to_string(),
            reason: reason.to_owned(),
        }
    }
}

fn ownership(header: &tar::Header) -> io::Result<Ownership> {
    let number = |value: u64| {
        u32::try_from(value).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "the owner's number is too large"))
    };
    Ok(Ownership {
        mode: header.mode()?,
        user: number(header.uid()?)?,
        group: number(header.gid()?)?,
        change_owner: rustix::process::geteuid().is_root(),
    })
}
