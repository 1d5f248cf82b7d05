//! What the Go sealer does and this version does not do yet. It is refused by name: a script that depends on it must stop and
//! not go on as if it had been done.

use clap::{Args, Subcommand};
use std::ffi::OsString;

/// One verb or flag that is not carried out yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotYet {
    /// `--Clusterfile`, `upgrade`.
    pub(crate) word: &'static str,
    /// What to do without it.
    pub(crate) instead: &'static str,
}

/// Collects the flags that were given.
pub(super) fn given(flags: &[(bool, &'static str, &'static str)]) -> Vec<NotYet> {
    flags.iter().filter(|(given, ..)| *given).map(|&(_, word, instead)| NotYet { word, instead }).collect()
}

/// Verbs of the Go sealer that this version does not have.
#[derive(Debug, Subcommand)]
#[command(hide = true)]
pub(crate) enum LaterVerb {
    #[command(hide = true)]
    ScaleUp(Anything),
    #[command(hide = true)]
    Join(Anything),
    #[command(hide = true)]
    Upgrade(Anything),
    #[command(hide = true)]
    Rollback(Anything),
    #[command(hide = true)]
    Cert(Anything),
    #[command(hide = true)]
    Alpha(Anything),
}

/// Words that nobody reads.
#[derive(Debug, Args)]
pub(crate) struct Anything {
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    words: Vec<OsString>,
}

impl LaterVerb {
    /// The verb, and what to do without it.
    pub(crate) fn not_yet(&self) -> NotYet {
        let (word, instead) = match self {
            Self::ScaleUp(_) => ("scale-up", "name every host in one `sealer run`"),
            Self::Join(_) => ("join", "name every host in one `sealer run`"),
            Self::Upgrade(_) => ("upgrade", "follow kubeadm's own upgrade procedure"),
            Self::Rollback(_) => ("rollback", "follow kubeadm's own procedure"),
            Self::Cert(_) => ("cert", "use `kubeadm certs` on the master"),
            Self::Alpha(_) => ("alpha", "`sealer check` is a verb of its own"),
        };
        NotYet { word, instead }
    }
}
