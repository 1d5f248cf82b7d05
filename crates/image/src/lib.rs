//! Images at rest and in motion: a content-addressed store, layers, archives, and registries. Every blob is verified
//! before it counts, and only what the other side lacks moves.

mod archive;
mod blocking;
pub mod bounds;
mod composition;
pub mod compression;
mod container_images;
mod conversion;
mod copy;
mod difference;
mod document;
mod error;
mod helm_chart;
mod inspect;
pub mod layer;
mod manifest_list;
mod merge;
mod parts;
mod place;
mod plain;
mod programs;
mod progress;
mod pull;
mod push;
pub mod remote;
mod rootfs_files;
mod source;
pub mod store;
pub mod tls;
mod writeback;

pub use archive::{SaveOptions, Saved, load, load_file, save, save_docker_archive, save_folder};
pub use container_images::ContainerImages;
pub use difference::{
    ApplicationChange, Change, Difference, FileFacts, FileKind, ImageFacts, Kind, Moved, RootfsDifference, Side,
    difference,
};
pub use error::{Error, Result};
pub use helm_chart::{fetch_helm_chart, pull_helm_chart};
pub use inspect::{ContainerImage, Inspection, Summary, bundle, inspect, rootfs_only, summary};
pub use manifest_list::{Addition, add_to_list, create_list, is_for_one_platform, list, remove_from_list};
pub use merge::{Conflict, MergeOptions, merge};
pub use plain::{PlainInspection, PlainManifest, inspect_plain};
pub use programs::programs;
pub use pull::{pull, pull_container_image, pull_for};
pub use push::{has_container_images, push, push_container_images, push_to};
pub use remote::RemoteError;
pub use source::{PulledImage, import};
pub use store::{
    BlobWriter, Collected, Fault, Hold, LeftBehind, Mount, NamedImage, PartialBlob, Scan, Store, Unfinished, Upload,
    Verification, Wrong,
};
