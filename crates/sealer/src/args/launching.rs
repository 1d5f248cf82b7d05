//! What is launched on a cluster: the same options for every verb that says so.

use super::build::pair;
use clap::Args;

/// What is launched when the cluster is up.
#[derive(Clone, Debug, Args)]
pub(crate) struct Launching {
    /// Environment for launch commands
    #[arg(short, long, value_name = "KEY=VALUE", value_delimiter = ',', value_parser = pair)]
    pub(crate) env: Vec<(String, String)>,
    /// A command to run when the cluster is up, instead of launching applications
    #[arg(long, value_name = "COMMAND")]
    pub(crate) cmds: Vec<String>,
    /// Applications to launch instead of the image's own list; "" launches nothing
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    apps: Option<Vec<String>>,
}

impl Launching {
    /// The applications that are asked for, if any are: `--apps ""` asks for none.
    pub(crate) fn applications(&self) -> Option<Vec<String>> {
        let names = self.apps.as_ref()?.iter().filter(|name| !name.is_empty());
        Some(names.cloned().collect())
    }
}
