//! The host's SSH server, over which everything goes.

use super::Subject;
use crate::checks::check::Check;
use sealer_model::checks::Severity::{Error, Warning};

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("ssh-sessions", Error),
        "the SSH server allows 3 sessions on one connection",
        "the agent and short questions beside it are sessions of one connection",
        "set MaxSessions to 10, which is the usual value, in /etc/ssh/sshd_config",
        |subject| {
            number(subject, "maxsessions")
                .filter(|most| *most < 3)
                .map(|most| format!("MaxSessions is {most}"))
                .into_iter()
                .collect()
        },
    ),
    Check::host(
        ("ssh-idle", Warning),
        "the SSH server does not end connections that are silent for a while",
        "while the other hosts work this one may be silent for minutes",
        "set ClientAliveInterval to 0, or ClientAliveCountMax to 3 and more",
        idle,
    ),
];

fn number(subject: &Subject<'_>, key: &str) -> Option<u64> {
    subject.facts.surroundings.ssh.get(key)?.parse().ok()
}

/// Old servers with a count of 0 end a connection after one silent interval.
fn idle(subject: &Subject<'_>) -> Vec<String> {
    let interval = number(subject, "clientaliveinterval").unwrap_or(0);
    let count = number(subject, "clientalivecountmax").unwrap_or(3);
    let ends = interval > 0 && count == 0;
    ends.then(|| format!("connections end after {interval} s of silence")).into_iter().collect()
}
