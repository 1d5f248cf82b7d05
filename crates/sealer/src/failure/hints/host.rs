//! About single hosts.

use sealer_host::Error;

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::Connect { .. } | Error::Timeout { .. } => {
            Some("check the address, and that the host is up and its SSH server listens on --port")
        }
        Error::SlowScript { .. } => Some("log in there and see what is slow: `time sh -c true`, `df -h`, `uptime`"),
        Error::Refused { .. } => Some("check --user, and --passwd (or SEALER_PASSWD) or --pk; try the same with ssh"),
        Error::Key { .. } => Some("name another key with --pk, or unlock this one with SEALER_PK_PASSWD"),
        Error::NotRoot { .. } => Some("log in as root, or as a user whom sudo lets become root"),
        Error::Lost { .. } | Error::AgentGone { .. } => {
            Some("check that the host is still up; the same command goes on where this one stopped")
        }
        _ => None,
    }
}
