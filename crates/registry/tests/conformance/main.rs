//! The OCI distribution specification 1.1, case by case. Each test names the section that it holds the registry to; together
//! they cover the four workflow categories of the specification's own conformance tests: pull, push, content discovery and
//! content management.
//!
//! The specification's endpoints and where their cases are: end-1 `/v2/`, end-2 blobs, end-3 manifests (`pull`); end-4 uploads begun,
//! end-5 chunks, end-6 the end of an upload, end-7 manifests, end-11 mounts, end-13 the state of an upload (`push`); end-8 tags,
//! end-12 referrers (`discovery`); end-9 manifests and tags, end-10 blobs (`management`).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../registry/client.rs"]
mod client;
mod content;
mod discovery;
mod management;
mod pull;
mod push;
