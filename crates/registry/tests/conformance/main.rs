//! The OCI distribution specification 1.1, case by case. Each test names the section that it holds the registry to; together
//! they cover the four workflow categories of the specification's own conformance tests: pull, push, content discovery and
//! content management.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../registry/client.rs"]
mod client;
mod content;
mod discovery;
mod management;
mod pull;
mod push;
