//! The registry as its clients see it: requests over a socket, and skopeo.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stderr, reason = "a test that cannot run says so")]

mod abuse;
mod access;
mod client;
mod clients;
mod connections;
mod fixtures;
mod killed;
mod names;
mod owner;
mod peers;
mod process;
mod pull;
mod push;
mod renewed;
mod skopeo;
mod upload;
mod upstreams;
