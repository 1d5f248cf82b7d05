//! `sealer load`.

use clap::Args;
use std::path::PathBuf;

/// Read images from an archive
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The archive
    #[arg(short, long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Accepted for scripts: nothing is written elsewhere
    #[arg(long, hide = true)]
    pub(crate) tmp_dir: Option<PathBuf>,
}
