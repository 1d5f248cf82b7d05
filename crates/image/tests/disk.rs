//! Images at rest: the store, layers, archives, and images from files. Everything is made here in temporary folders.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "disk/archives.rs"]
mod archives;
#[path = "disk/damage.rs"]
mod damage;
#[path = "disk/go_sealer.rs"]
mod go_sealer;
#[path = "disk/layers.rs"]
mod layers;
#[path = "disk/made.rs"]
mod made;
#[path = "disk/sources.rs"]
mod sources;
#[path = "disk/stores.rs"]
mod stores;
