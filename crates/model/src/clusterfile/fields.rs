//! The fields of every kind of document, one file for each family. Names and meanings are those of the Go sealer and of
//! Kubernetes, because Clusterfiles are a public contract.

mod application;
mod cluster;
mod cluster_v1;
mod config;
mod kube_proxy;
mod kubeadm;
mod kubelet;
mod plugin;

pub(super) use cluster_v1::CLUSTER_V1;
pub(super) use plugin::{CLUSTER_PHASES, HOST_PHASES};

use super::shape::{DocumentShape, Field, Shape};

/// Every document that a Clusterfile may hold, in the order in which files usually have them.
pub(super) const DOCUMENTS: [DocumentShape; 9] = [
    cluster::CLUSTER,
    application::APPLICATION,
    config::CONFIG,
    plugin::PLUGIN,
    kubeadm::INIT,
    kubeadm::CLUSTER,
    kubeadm::JOIN,
    kubelet::KUBELET,
    kube_proxy::KUBE_PROXY,
];

/// The document of a kind.
pub(super) fn document(kind: &str) -> Option<&'static DocumentShape> {
    const ALL: &[DocumentShape] = &DOCUMENTS;
    ALL.iter().find(|document| document.kind == kind)
}

const TEXTS: Shape = Shape::List(&Shape::Text);

/// Metadata of documents whose name nobody asks for, as Kubernetes has it.
const METADATA: Field = Field::new(
    "metadata",
    Shape::Object(&[
        Field::new("name", Shape::Text, "A name for people"),
        Field::new("namespace", Shape::Text, "Accepted because Kubernetes objects have it"),
        Field::new("labels", Shape::Map(&Shape::Text), "For people and tools"),
        Field::new("annotations", Shape::Map(&Shape::Text), "For people and tools"),
        Field::new("creationTimestamp", Shape::Text, "Written by tools"),
    ]),
    "What the document is called",
);

/// Documents that tools have written may have it.
const STATUS: Field = Field::new("status", Shape::Anything, "Written by tools; nobody reads it");
