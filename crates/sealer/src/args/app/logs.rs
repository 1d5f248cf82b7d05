//! `sealer app logs`.

use super::{Named, seconds};
use clap::Args;

/// Print what the pods of an application say, each line with its pod and its container
///
/// Every pod counts that an object of the application has made, be it through replica sets, jobs or an operator.
#[derive(Debug, Args)]
pub(crate) struct AppLogs {
    /// Which application.
    #[command(flatten)]
    pub(crate) application: Named,
    /// Go on until interrupted, also with pods that come later and containers that are started again
    #[arg(short, long, conflicts_with = "previous")]
    pub(crate) follow: bool,
    /// The last lines of each container
    #[arg(long, value_name = "LINES")]
    pub(crate) tail: Option<u32>,
    /// Only containers of this name
    #[arg(short, long, value_name = "NAME")]
    pub(crate) container: Option<String>,
    /// Only what was said in this time: 90, 90s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    pub(crate) since: Option<u64>,
    /// What containers said before they were started again
    #[arg(short, long)]
    pub(crate) previous: bool,
}
