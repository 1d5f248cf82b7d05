//! `sealer store` and `sealer prune`.

use super::OutputFormat;
use clap::{Args, Subcommand};

/// Look after the images of this machine
#[derive(Debug, Args)]
pub(crate) struct Store {
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: StoreVerb,
}

/// What to do with the store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreVerb {
    Verify(VerifyStore),
    Prune(Prune),
}

/// Read everything and compare it with its digest
///
/// What is damaged is put aside, so that the next pull, load or build brings it anew. Ends with 4 when something is damaged or
/// missing.
#[derive(Debug, Args)]
pub(crate) struct VerifyStore {
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}

/// Remove all content that no image needs
///
/// It waits for whatever writes to the images of this machine, so nothing that somebody is about to need goes.
#[derive(Debug, Args)]
pub(crate) struct Prune {
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
}
