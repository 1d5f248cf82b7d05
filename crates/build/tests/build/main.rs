//! Builds from beginning to end, on real files, with container images that are made on the spot.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod archives;
mod completeness;
mod copied_from;
mod documents;
mod examples;
mod fixture;
mod images;
mod inheritance;
mod origins;
mod peer_registry;
mod peers;
mod private;
mod registry;
mod result;
