//! Layers: tar archives, compressed, that are put over each other to make a file system. They are written and unpacked as
//! streams; neither needs more memory than a few buffers.

mod destination;
pub(crate) mod entries;
pub(crate) mod entry_path;
mod inside;
mod tree;
mod unpack;
mod verified;
mod writer;

pub use entry_path::below_root;
pub use tree::{Content, Node, NodeKind, Tree};
pub use unpack::{InFolders, unpack, unpack_folders, unpack_for_overlay, unpack_whole};
pub(crate) use unpack::{decompressed, unreadable};
pub use writer::{Attributes, Layer, LayerWriter};
