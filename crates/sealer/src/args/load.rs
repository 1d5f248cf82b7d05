//! `sealer load`.

use clap::Args;
use std::path::PathBuf;

/// Read images from an archive
///
/// Of an archive in volumes, any volume or the list of volumes may be named; all of them are to be in one folder. Of an archive
/// that was written with --base, that image must be on this machine.
#[derive(Debug, Args)]
pub(crate) struct Load {
    /// The archive
    #[arg(short, long, value_name = "FILE")]
    pub(crate) input: PathBuf,
    /// Accepted for scripts: nothing is written elsewhere
    #[arg(long, hide = true)]
    pub(crate) tmp_dir: Option<PathBuf>,
}
