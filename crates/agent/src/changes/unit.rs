//! A systemd unit that is enabled and, where asked, running with the files that it has now.

use crate::error::{Error, Result};
use crate::ledger::{Entry, Ledger};
use crate::place::Place;
use crate::programs::{self, Ended};
use std::thread;
use std::time::{Duration, Instant};

/// What systemd itself may take for one request: units may be slow to start.
const REQUEST_LIMIT: Duration = Duration::from_secs(180);

/// How long a unit may take to become active after it was started.
const ACTIVE_LIMIT: Duration = Duration::from_secs(60);

/// How long after its start a unit is looked at once more.
const SECOND_LOOK: Duration = Duration::from_millis(300);

/// How many of a failed unit's last lines are told.
const JOURNAL_LINES: &str = "20";

pub(super) fn differs(ledger: &Ledger, name: &str, running: bool, changed_before: bool) -> Result<bool> {
    check(name)?;
    let place = ledger.place();
    let stale = changed_before || ledger.is_stale(name);
    Ok(stale || !is_enabled(place, name)? || (running && !is_active(place, name)?))
}

pub(super) fn make(ledger: &mut Ledger, name: &str, running: bool) -> Result<()> {
    let place = ledger.place().clone();
    systemctl(&place, &["daemon-reload"])?.successful()?;
    let (enabled, active) = (is_enabled(&place, name)?, is_active(&place, name)?);
    ledger.enter(Entry::Unit { name: name.to_owned(), enabled, active })?;
    if !enabled {
        systemctl(&place, &["enable", "--quiet", name])?.successful()?;
    }
    if running && (!active || ledger.is_stale(name)) {
        restart(&place, name).map_err(|error| failure(&place, name, &error))?;
    }
    ledger.mark_fresh(name)
}

fn restart(place: &Place, name: &str) -> Result<()> {
    // A unit that failed often in a short time is not started again before it is told to.
    let _was_not_failed = systemctl(place, &["reset-failed", name])?;
    systemctl(place, &["restart", name])?.successful()?;
    wait_until_active(place, name)
}

/// Stops and disables a unit that was not running and not enabled.
pub(crate) fn undo(ledger: &Ledger, name: &str, enabled: bool, active: bool) -> Result<()> {
    let place = ledger.place();
    if !active && is_loaded(place, name)? {
        systemctl(place, &["stop", name])?.successful()?;
    }
    if !enabled && is_enabled(place, name)? {
        systemctl(place, &["disable", "--quiet", name])?.successful()?;
    }
    Ok(())
}

/// Lets systemd see that files have changed or gone, and runs units again that ran before us.
pub(crate) fn settle(place: &Place, running_before: &[String]) -> Result<()> {
    systemctl(place, &["daemon-reload"])?.successful()?;
    let _nothing_failed = systemctl(place, &["reset-failed"])?;
    for name in running_before {
        systemctl(place, &["restart", name])?.successful()?;
    }
    Ok(())
}

pub(super) fn check(name: &str) -> Result<()> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"@:_.-\\".contains(&byte);
    if name.starts_with('-') || !name.contains('.') || !name.bytes().all(plain) {
        return Err(Error::Name { name: name.to_owned(), what: "unit" });
    }
    Ok(())
}

pub(super) fn systemctl(place: &Place, arguments: &[&str]) -> Result<Ended> {
    programs::run(place, "systemctl", arguments, REQUEST_LIMIT)
}

/// A unit without an `[Install]` section is `static`: there is nothing to enable.
fn is_enabled(place: &Place, name: &str) -> Result<bool> {
    let state = systemctl(place, &["is-enabled", name])?.output;
    let good = ["enabled", "enabled-runtime", "static", "alias", "indirect", "generated"];
    Ok(good.contains(&state.as_str()))
}

pub(super) fn is_active(place: &Place, name: &str) -> Result<bool> {
    Ok(state(place, name)? == "active")
}

fn is_loaded(place: &Place, name: &str) -> Result<bool> {
    Ok(!matches!(state(place, name)?.as_str(), "inactive" | "unknown" | ""))
}

fn state(place: &Place, name: &str) -> Result<String> {
    systemctl(place, &["is-active", name]).map(|ended| ended.output)
}

/// Waits for a unit that was started. Units of the kinds that tell when they are ready are believed; the others count as
/// active as soon as their process exists, so they are looked at once more a moment later.
fn wait_until_active(place: &Place, name: &str) -> Result<()> {
    let begun = Instant::now();
    let mut seen_active = false;
    loop {
        let now = Now::of(place, name)?;
        match now.active.as_str() {
            "active" if seen_active || now.tells_when_ready() => return Ok(()),
            "active" => {
                seen_active = true;
                thread::sleep(SECOND_LOOK);
            }
            "activating" | "reloading" if !now.is_dying() && begun.elapsed() < ACTIVE_LIMIT => {
                thread::sleep(Duration::from_millis(100));
            }
            _ => {
                let (unit, journal) = (name.to_owned(), String::new());
                return Err(Error::Unit { unit, state: now.active, journal });
            }
        }
    }
}

/// What systemd says about a unit now.
struct Now {
    kind: String,
    active: String,
    sub: String,
}

impl Now {
    fn of(place: &Place, name: &str) -> Result<Self> {
        let arguments = ["show", "--property", "Type,ActiveState,SubState", name];
        let answer = systemctl(place, &arguments)?.successful()?.output;
        let value = |key: &str| {
            let lines = answer.lines();
            let pair = lines.filter_map(|line| line.split_once('=')).find(|pair| pair.0 == key);
            pair.map(|(_, value)| value.to_owned()).unwrap_or_default()
        };
        Ok(Self { kind: value("Type"), active: value("ActiveState"), sub: value("SubState") })
    }

    fn tells_when_ready(&self) -> bool {
        !matches!(self.kind.as_str(), "simple" | "exec" | "idle")
    }

    /// Whether its process ended and systemd is about to start another one.
    fn is_dying(&self) -> bool {
        self.sub.starts_with("auto-restart")
    }
}

/// The error with the unit's own last words, which say more than systemd does.
fn failure(place: &Place, name: &str, error: &Error) -> Error {
    let arguments = ["--unit", name, "--lines", JOURNAL_LINES, "--no-pager", "--output", "cat"];
    let journal = match programs::run(place, "journalctl", &arguments, Duration::from_secs(20)) {
        Ok(ended) if !ended.output.is_empty() => ended.output,
        _ => error.chain(),
    };
    let state = state(place, name).unwrap_or_else(|_| "unknown".to_owned());
    Error::Unit { unit: name.to_owned(), state, journal }
}
