//! Clocks: of each host, and of all of them beside one another.

use super::{Before, Subject, fixes};
use crate::checks::check::{Check, when};
use crate::checks::questions::TIME_SERVICES;
use sealer_model::checks::Severity::{Error, Warning};
use std::collections::BTreeMap;
use std::net::IpAddr;

pub(super) const CHECKS: &[Check] = &[
    Check::host(
        ("clock-certificates", Error),
        "the host's clock is within half a day of the delivering machine's",
        "certificates made here are good from yesterday on; to a host that lives before that they are not good yet",
        "set the clock, or the delivering machine's if it is the wrong one",
        |subject| {
            let ahead = subject.facts.clock_ahead;
            when(ahead.abs() > HALF_DAY, || format!("the host's clock is {}", told(ahead, "the delivering machine's")))
        },
    ),
    Check::fleet(
        ("clock-skew", Error),
        "the hosts' clocks are within 30 seconds of one another",
        "etcd, leases and tokens go by the clock",
        "have all hosts follow one time server, with chrony for instance",
        |before| skewed(before, 30, i64::MAX),
    ),
    Check::fleet(
        ("clock-drift", Warning),
        "the hosts' clocks are within 3 seconds of one another",
        "logs of several hosts cannot be laid beside one another, and it grows from here",
        "have all hosts follow one time server, with chrony for instance",
        |before| skewed(before, 3, 30),
    ),
    Check::host(
        ("time-service", Warning),
        "a service keeps the host's clock right",
        "clocks drift apart by seconds a day",
        "install chrony and name a time server of the site; one of the masters will do",
        |subject| {
            let none = !TIME_SERVICES.iter().any(|unit| subject.runs(unit));
            when(none, || "no time service is active".into())
        },
    )
    .fixable("starts one that is installed", fixes::time_service),
    Check::host(
        ("time-not-synchronised", Warning),
        "the host's time service has found a server",
        "a service without a server keeps nothing right",
        "look with `chronyc sources` or `timedatectl timesync-status` for the server that it misses",
        unsynchronised,
    ),
    Check::fleet(
        ("time-zone", Warning),
        "all hosts are in one time zone",
        "logs and cron jobs on the hosts go by it",
        "set one with `timedatectl set-timezone`",
        time_zone,
    ),
];

const HALF_DAY: i64 = 12 * 3600;

fn told(ahead: i64, whose: &str) -> String {
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    format!("{} s {direction} {whose}", ahead.abs())
}

/// Hosts whose clock differs from that of most hosts by more than `above` and at most `up_to` seconds.
fn skewed(before: &Before<'_>, above: i64, up_to: i64) -> Vec<(IpAddr, String)> {
    let mut all: Vec<i64> = before.subjects().map(|subject| subject.facts.clock_ahead).collect();
    all.sort_unstable();
    let Some(middle) = all.get(all.len() / 2).copied() else { return Vec::new() };
    let differs = |subject: Subject<'_>| {
        let ahead = subject.facts.clock_ahead - middle;
        let counts = ahead.abs() > above && ahead.abs() <= up_to;
        counts.then(|| (subject.member.address, format!("the clock is {}", told(ahead, "the other hosts'"))))
    };
    before.subjects().filter_map(differs).collect()
}

/// Where no service runs, that is what is said.
fn unsynchronised(subject: &Subject<'_>) -> Vec<String> {
    let around = &subject.facts.surroundings;
    let runs = TIME_SERVICES.iter().any(|unit| subject.runs(unit));
    when(runs && around.synchronised == Some(false), || "the time service has not set the clock yet".into())
}

fn time_zone(before: &Before<'_>) -> Vec<(IpAddr, String)> {
    let zone = |subject: &Subject<'_>| subject.facts.surroundings.time_zone.clone();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for subject in before.subjects().filter(|subject| !zone(subject).is_empty()) {
        *counts.entry(zone(&subject)).or_default() += 1;
    }
    let Some((usual, _)) = counts.into_iter().max_by_key(|(_, count)| *count) else { return Vec::new() };
    let differs = |subject: &Subject<'_>| !zone(subject).is_empty() && zone(subject) != usual;
    let found = |subject: Subject<'_>| (subject.member.address, format!("{} instead of {usual}", zone(&subject)));
    before.subjects().filter(differs).map(found).collect()
}
