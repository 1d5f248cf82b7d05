//! `sealer app apply` and `sealer app wait`.

use super::{Kubeconfig, Named, seconds};
use clap::Args;
use std::path::PathBuf;

/// Apply manifests as an application, and remove what an earlier version of it had and this one has not
///
/// The server applies them, field by field, for the manager `sealer`. What `kubectl apply` has made of the same manifests is taken over. Every
/// revision is kept, for `history`, `diff` and `rollback`.
#[derive(Debug, Args)]
pub(crate) struct AppApply {
    /// Which application.
    #[command(flatten)]
    pub(crate) application: Named,
    /// Files of manifests; of a folder, its files that end in .yaml, .yml and .json
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Make the namespace if it is missing
    #[arg(long)]
    pub(crate) create_namespace: bool,
    /// Take fields over that others have set, and objects of other applications
    #[arg(long)]
    pub(crate) force_conflicts: bool,
    /// Other names of images: a JSON file with one object, from an image's full name to the name that is to be written
    #[arg(long, value_name = "FILE")]
    pub(crate) image_names: Option<PathBuf>,
    /// Wait until every object is ready, and say why where it is not
    #[arg(long)]
    pub(crate) wait: bool,
    /// Seconds that all objects together may take; 90s, 5m and 1h are understood, too
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    pub(crate) timeout: u64,
    /// Go on where a revision was begun and not finished; only when nobody else is at work
    #[arg(long)]
    pub(crate) take_over: bool,
    /// How many revisions to keep; 0 for all
    #[arg(long, value_name = "NUMBER", default_value_t = 10)]
    pub(crate) history_max: u32,
}

/// Wait until the objects of manifests are ready, and say why where they are not
///
/// Nothing is changed: it is for what kubectl, or somebody else, has applied.
#[derive(Debug, Args)]
pub(crate) struct AppWait {
    /// Files of manifests; of a folder, its files that end in .yaml, .yml and .json
    #[arg(value_name = "PATH", required = true)]
    pub(crate) paths: Vec<PathBuf>,
    /// Which cluster.
    #[command(flatten)]
    pub(crate) kubeconfig: Kubeconfig,
    /// Seconds that all objects together may take; 90s, 5m and 1h are understood, too
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = seconds)]
    pub(crate) timeout: u64,
}
