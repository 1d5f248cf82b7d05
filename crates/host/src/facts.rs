//! Facts about a host, read by one fixed shell script before anything else is there. The script only prints what the kernel
//! and a few files say; what that means is decided here, by a pure function of the text.

mod parse;

use crate::error::{Error, Result};
use crate::host::Host;
use crate::process::Exit;
use sealer_model::facts::Facts;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const SCRIPT: &str = include_str!("facts/facts.sh");
const LIMIT: Duration = Duration::from_secs(60);

/// What is asked of a host beyond what is always asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Absolute paths whose file systems are wanted; they need not exist yet.
    pub disks: Vec<String>,
    /// Absolute paths below which the time of some small synchronous writes is wanted; what is written is removed at once.
    pub writes: Vec<String>,
    /// Absolute paths whose existence is wanted.
    pub leftovers: Vec<String>,
    /// Units of which it is wanted whether they run.
    pub units: Vec<String>,
    /// Programs of which it is wanted whether they are there.
    pub programs: Vec<String>,
    /// Kernel settings whose values are wanted: `net.ipv4.ip_forward`.
    pub settings: Vec<String>,
    /// Ports of other hosts, by address or name, at which is knocked.
    pub peers: Vec<(String, u16)>,
}

impl Questions {
    /// The script's arguments.
    fn arguments(&self) -> Vec<String> {
        let kinds = [
            ("disk", &self.disks),
            ("write", &self.writes),
            ("leftover", &self.leftovers),
            ("unit", &self.units),
            ("program", &self.programs),
            ("setting", &self.settings),
        ];
        let words =
            kinds.into_iter().flat_map(|(kind, values)| values.iter().map(move |value| format!("{kind}:{value}")));
        words.chain(self.peers.iter().map(|(host, port)| format!("peer:{host},{port}"))).collect()
    }
}

impl Host {
    /// Reads the facts.
    ///
    /// # Errors
    /// When the host is lost, or what it prints cannot be facts.
    pub async fn facts(&self, questions: &Questions) -> Result<Facts> {
        let arguments = questions.arguments();
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let asked_at = seconds_since_1970();
        let answer = self.run_script(SCRIPT, &arguments, LIMIT).await?;
        if answer.exit != Exit::Status(0) {
            let (host, what) = (self.name(), "reading facts".to_owned());
            return Err(Error::Script { host, what, exit: answer.exit, errors: answer.errors });
        }
        let text = String::from_utf8_lossy(&answer.output);
        let mut facts = parse::facts(&text).map_err(|reason| Error::Answer {
            host: self.name(),
            what: "the question for facts".to_owned(),
            reason,
        })?;
        facts.clock_ahead = facts.clock - asked_at;
        Ok(facts)
    }
}

fn seconds_since_1970() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
}
