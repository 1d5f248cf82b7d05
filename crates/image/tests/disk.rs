//! Images at rest: the store, layers, archives, and images from files. Everything is made here in temporary folders.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "disk/archives.rs"]
mod archives;
#[path = "disk/damage.rs"]
mod damage;
#[path = "disk/formats.rs"]
mod formats;
#[path = "disk/go_sealer.rs"]
mod go_sealer;
#[path = "disk/layers.rs"]
mod layers;
#[path = "disk/lists.rs"]
mod lists;
#[path = "disk/made.rs"]
mod made;
#[path = "disk/merges.rs"]
mod merges;
#[path = "disk/mounts.rs"]
mod mounts;
#[path = "disk/parts_of_images.rs"]
mod parts_of_images;
#[path = "disk/programs.rs"]
mod programs;
#[path = "disk/properties.rs"]
mod properties;
#[path = "disk/sources.rs"]
mod sources;
#[path = "disk/stores.rs"]
mod stores;
#[path = "disk/volumes.rs"]
mod volumes;
