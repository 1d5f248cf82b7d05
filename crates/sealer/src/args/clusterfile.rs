//! `sealer clusterfile`.

use super::OutputFormat;
use super::hosts::{Hosts, Login, addresses};
use super::launching::Launching;
use clap::{Args, Subcommand};
use sealer_model::Reference;
use std::path::PathBuf;

/// Check, convert or begin a Clusterfile
#[derive(Debug, Args)]
pub(crate) struct Clusterfile {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: ClusterfileVerb,
}

/// What to do with a Clusterfile.
#[derive(Debug, Subcommand)]
pub(crate) enum ClusterfileVerb {
    Lint(Lint),
    Convert(Convert),
    Init(Box<Init>),
    /// Print the JSON schema for editors.
    #[command(hide = true)]
    Schema,
    /// Print the reference as Markdown.
    #[command(hide = true)]
    Reference,
}

/// Tell everything that is wrong with a Clusterfile, or not wise
///
/// No host is asked. Ends with exit code 4 when there are errors.
#[derive(Debug, Args)]
pub(crate) struct Lint {
    /// The Clusterfile
    #[arg(value_name = "FILE", default_value = "Clusterfile")]
    pub(crate) file: PathBuf,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// Print a Clusterfile of the first version as one of version 2
///
/// Documents of other kinds stay as they are. What has no counterpart is an error.
#[derive(Debug, Args)]
pub(crate) struct Convert {
    /// The Clusterfile
    #[arg(value_name = "FILE", default_value = "Clusterfile")]
    pub(crate) file: PathBuf,
}

/// Write a new Clusterfile with comments, from the options of run
#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The cluster image
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Option<Reference>,
    /// The masters' addresses: one, several with commas between, or a range first-last
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) masters: Hosts,
    /// The other hosts' addresses, in the same form
    #[arg(short, long, value_name = "ADDRESSES", value_parser = addresses)]
    pub(crate) nodes: Option<Hosts>,
    /// The cluster's name
    #[arg(long, value_name = "NAME")]
    pub(crate) cluster_name: Option<String>,
    /// What is launched.
    #[command(flatten)]
    pub(crate) launching: Launching,
    /// The file to write, which must not exist; without it or as -, print
    #[arg(short = 'f', long, value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Who to be on the hosts; a password is never written, only where it comes from.
    #[command(flatten)]
    pub(crate) login: Login,
}
