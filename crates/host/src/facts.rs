//! Facts about a host, read by one fixed shell script before anything else is there. The script only prints what the kernel
//! and a few files say; what that means is decided here, by a pure function of the text.

mod parse;

use crate::error::{Error, Result};
use crate::host::Host;
use crate::process::Exit;
use sealer_model::facts::Facts;
use std::time::Duration;

const SCRIPT: &str = include_str!("facts/facts.sh");
const LIMIT: Duration = Duration::from_secs(60);

/// What is asked of a host beyond what is always asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Questions {
    /// Absolute paths whose free space is wanted; they need not exist yet.
    pub disks: Vec<String>,
    /// Absolute paths whose existence is wanted.
    pub leftovers: Vec<String>,
}

impl Host {
    /// Reads the facts.
    ///
    /// # Errors
    /// When the host is lost, or what it prints cannot be facts.
    pub async fn facts(&self, questions: &Questions) -> Result<Facts> {
        let disks = questions.disks.iter().map(String::as_str);
        let leftovers = questions.leftovers.iter().map(String::as_str);
        let arguments: Vec<&str> = disks.chain(["--"]).chain(leftovers).collect();
        let answer = self.run_script(SCRIPT, &arguments, LIMIT).await?;
        if answer.exit != Exit::Status(0) {
            let (host, what) = (self.name(), "reading facts".to_owned());
            return Err(Error::Script { host, what, exit: answer.exit, errors: answer.errors });
        }
        let text = String::from_utf8_lossy(&answer.output);
        parse::facts(&text).map_err(|reason| Error::Answer {
            host: self.name(),
            what: "the question for facts".to_owned(),
            reason,
        })
    }
}
