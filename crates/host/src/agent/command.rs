//! Programs that the agent runs, followed line by line.

use super::Agent;
use crate::error::{Error, Result};
use crate::process::Tail;
use hyper::{Method, StatusCode};
use sealer_model::agent::{Command, Output};
use std::time::Duration;

/// The most standard output that is kept.
const MOST_OUTPUT: usize = 32 * 1024 * 1024;

/// What a connection may take on top of the program's own time.
const GRACE: Duration = Duration::from_secs(30);

/// A program that has ended on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finished {
    /// The host.
    pub host: String,
    /// The program and the first of its arguments: `kubeadm init`.
    pub program: String,
    /// Its exit status, or 128 + signal.
    pub exit: i32,
    /// All of its standard output.
    pub output: String,
    /// The end of its standard error, at most 64 KiB.
    pub errors: String,
}

impl Finished {
    /// The same, if the exit status is 0.
    ///
    /// # Errors
    /// When it is not; with the end of what the program said.
    pub fn successful(self) -> Result<Self> {
        if self.exit == 0 {
            return Ok(self);
        }
        let said = if self.errors.trim().is_empty() { &self.output } else { &self.errors };
        let tail = end_of(said).to_owned();
        Err(Error::CommandFailed { host: self.host, program: self.program, exit: self.exit, tail })
    }
}

impl Agent {
    /// Runs a program and passes each line that it prints, on either stream, to `on_line`. Dropping the future ends the
    /// program.
    ///
    /// # Errors
    /// When it is not there ([`Error::NoProgram`]), cannot be started, does not end in time or prints more than 32 MiB. A program that
    /// fails is no error here: see [`Finished::successful`].
    pub async fn command(&self, command: &Command, mut on_line: impl FnMut(&str) + Send) -> Result<Finished> {
        let program = title(command);
        let limit = Duration::from_secs(command.timeout_seconds).saturating_add(GRACE);
        let request = self.connection.json(Method::POST, "/commands", command)?;
        let what = format!("running {program}");
        let response = self.connection.send(&what, request, limit).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(Error::NoProgram { host: self.host().to_owned(), program: command.program.clone() });
        }
        let mut lines = self.connection.lines_of(&what, response, limit).await?;
        let mut heard = Heard::default();
        while let Some(message) = lines.next::<Output>().await? {
            match message {
                Output::Stdout(text) => heard.output(&text, &mut on_line),
                Output::Stderr(text) => heard.errors(&text, &mut on_line),
                Output::Exit(exit) => return Ok(heard.finished(self.host(), program, exit)),
                Output::TimedOut => return Err(heard.overdue(self.host(), program, command)),
            }
            if heard.output.len() > MOST_OUTPUT {
                let host = self.host().to_owned();
                return Err(Error::TooMuchOutput { host, program, limit: MOST_OUTPUT });
            }
        }
        Err(self.connection.gone(&what, None).await)
    }
}

/// What a program has printed so far.
#[derive(Default)]
struct Heard {
    output: String,
    errors: Tail,
}

impl Heard {
    fn output(&mut self, text: &str, on_line: &mut impl FnMut(&str)) {
        on_line(text.trim_end_matches('\n'));
        self.output.push_str(text);
    }

    fn errors(&self, text: &str, on_line: &mut impl FnMut(&str)) {
        on_line(text.trim_end_matches('\n'));
        self.errors.push(text.as_bytes());
    }

    fn finished(self, host: &str, program: String, exit: i32) -> Finished {
        let (host, errors) = (host.to_owned(), self.errors.text());
        Finished { host, program, exit, output: self.output, errors }
    }

    fn overdue(&self, host: &str, program: String, command: &Command) -> Error {
        let errors = self.errors.text();
        let said = if errors.is_empty() { &self.output } else { &errors };
        let (host, tail) = (host.to_owned(), end_of(said).to_owned());
        Error::CommandTimeout { host, program, seconds: command.timeout_seconds, tail }
    }
}

/// The program's name and the first of its arguments: enough to know it again, too little to hold a secret.
fn title(command: &Command) -> String {
    let program = command.program.rsplit('/').next().unwrap_or_default();
    match command.arguments.first() {
        Some(first) if !first.starts_with('-') => format!("{program} {first}"),
        _ => program.to_owned(),
    }
}

/// The last lines, as many as a message can hold.
fn end_of(text: &str) -> &str {
    const MOST: usize = 4096;
    let text = text.trim();
    let start = text.ceil_char_boundary(text.len().saturating_sub(MOST));
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_of_a_command_is_its_name_and_its_verb() {
        let command = |program: &str, arguments: &[&str]| Command {
            program: program.into(),
            arguments: arguments.iter().map(|word| (*word).to_owned()).collect(),
            environment: std::collections::BTreeMap::new(),
            input: None,
            directory: None,
            timeout_seconds: 1,
        };
        assert_eq!(title(&command("/usr/bin/kubeadm", &["init", "--x"])), "kubeadm init");
        assert_eq!(title(&command("kubectl", &["--token", "t"])), "kubectl");
    }
}
