//! Releases in a real cluster: etcd and kube-apiserver on this machine, started for each test. There are no nodes and no controllers, so
//! nothing runs; what is accepted, stored, changed and removed is Kubernetes' own.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod api_server;
mod charts;
mod helm;
mod life;
mod manifests;
mod namespaces;
mod real_charts;
#[path = "../../../chart/tests/corpus/unpacked.rs"]
mod unpacked;
