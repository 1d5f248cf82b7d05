//! Images in motion: pull and push, against a registry that misbehaves on command and against a real one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "remote/borrowing.rs"]
mod borrowing;
#[path = "remote/container_images.rs"]
mod container_images;
#[path = "remote/content.rs"]
mod content;
#[path = "remote/docker_registry.rs"]
mod docker_registry;
#[path = "remote/faults.rs"]
mod faults;
#[path = "remote/files.rs"]
mod files;
#[path = "remote/garbage.rs"]
mod garbage;
#[path = "remote/helm_charts.rs"]
mod helm_charts;
#[path = "remote/login.rs"]
mod login;
#[path = "remote/made.rs"]
mod made;
#[path = "remote/peer.rs"]
mod peer;
#[path = "remote/platforms.rs"]
mod platforms;
#[path = "remote/registry.rs"]
mod registry;
#[path = "remote/round_trip.rs"]
mod round_trip;
#[path = "remote/security.rs"]
mod security;
#[path = "remote/uploads.rs"]
mod uploads;
