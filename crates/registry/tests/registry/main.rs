//! The registry as its clients see it: requests over a socket, and skopeo.

mod client;
mod connections;
mod fixtures;
mod pull;
mod push;
mod skopeo;
mod upload;
