//! Running other programs. Every chore is mostly other people's programs, so there is one way to start them: a named program, an
//! argument vector (never a shell line), a chosen environment, and an error that carries the command and the end of its output.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::error::{Error, Result};

/// How many of the last lines of a failed program's output stand in the error.
const DETAIL_LINES: usize = 25;

/// A program with its arguments, not yet started.
#[derive(Debug, Clone)]
pub(crate) struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: Option<PathBuf>,
    input: Option<Vec<u8>>,
}

/// What a program left behind.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    /// The exit code; none when a signal ended it.
    pub(crate) code: Option<i32>,
    /// Its standard output, as text.
    pub(crate) stdout: String,
    /// Its standard error, as text.
    pub(crate) stderr: String,
}

impl Outcome {
    /// Whether the program exited with zero.
    pub(crate) fn success(&self) -> bool {
        self.code == Some(0)
    }
}

impl Program {
    /// A program by name (looked up on PATH) or by path.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        Self { name: name.as_ref().into(), arguments: Vec::new(), environment: Vec::new(), folder: None, input: None }
    }

    /// Adds one argument.
    pub(crate) fn argument(mut self, argument: impl AsRef<OsStr>) -> Self {
        self.arguments.push(argument.as_ref().into());
        self
    }

    /// Adds several arguments.
    pub(crate) fn arguments<I, S>(mut self, arguments: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_os_string()));
        self
    }

    /// Sets a variable in the program's environment: the place for secrets, which never stand in an argument.
    pub(crate) fn variable(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        self.environment.push((name.as_ref().into(), value.as_ref().into()));
        self
    }

    /// Sets those variables that there are.
    pub(crate) fn variables<K: AsRef<OsStr>, V: AsRef<OsStr>>(self, all: impl IntoIterator<Item = (K, V)>) -> Self {
        all.into_iter().fold(self, |program, (name, value)| program.variable(name, value))
    }

    /// Runs it in this folder.
    pub(crate) fn folder(mut self, folder: &Path) -> Self {
        self.folder = Some(folder.to_path_buf());
        self
    }

    /// Gives it this standard input instead of none.
    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Runs it with the terminal's own output; fails unless it exits with zero.
    pub(crate) fn run(self) -> Result<()> {
        let status = self.command().stdin(Stdio::null()).status().map_err(|source| self.cannot_start(source))?;
        if status.success() { Ok(()) } else { Err(self.failed(&status.to_string(), "")) }
    }

    /// Runs it silently with everything it prints in a file; the error quotes the file's end.
    pub(crate) fn logged(self, log: &Path) -> Result<()> {
        let file = File::create(log).map_err(Error::file("create", log))?;
        let copy = file.try_clone().map_err(Error::file("open", log))?;
        let status = self
            .command()
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(copy)
            .status()
            .map_err(|source| self.cannot_start(source))?;
        if status.success() {
            return Ok(());
        }
        let text = std::fs::read(log).map_err(Error::file("read", log))?;
        Err(self.failed(&status.to_string(), &String::from_utf8_lossy(&text)))
    }

    /// Runs it silently and returns its standard output; fails unless it exits with zero.
    pub(crate) fn output(self) -> Result<String> {
        let outcome = self.clone().attempt()?;
        if outcome.success() {
            return Ok(outcome.stdout);
        }
        let status = outcome.code.map_or_else(|| "a signal".to_owned(), |code| format!("exit code {code}"));
        Err(self.failed(&status, &format!("{}{}", outcome.stdout, outcome.stderr)))
    }

    /// Runs it silently and returns whatever happened; fails only when it cannot be started.
    pub(crate) fn attempt(self) -> Result<Outcome> {
        let output = self.collect().map_err(|source| self.cannot_start(source))?;
        Ok(Outcome {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        })
    }

    /// The standard library's command, for the callers that keep the child.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments).envs(self.environment.iter().map(|(name, value)| (name, value)));
        if let Some(folder) = &self.folder {
            command.current_dir(folder);
        }
        command
    }

    fn collect(&self) -> std::io::Result<Output> {
        let mut command = self.command();
        let Some(input) = &self.input else {
            return command.stdin(Stdio::null()).output();
        };
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        child.wait_with_output()
    }

    /// The error of a program that did not start.
    pub(crate) fn cannot_start(&self, source: std::io::Error) -> Error {
        Error::Start { program: self.name.to_string_lossy().into_owned(), source }
    }

    /// The error of a program that ran and failed.
    pub(crate) fn failed(&self, status: &str, printed: &str) -> Error {
        let lines: Vec<&str> = printed.trim_end().lines().collect();
        let tail = &lines[lines.len().saturating_sub(DETAIL_LINES)..];
        let detail = if tail.is_empty() { String::new() } else { format!(":\n    {}", tail.join("\n    ")) };
        Error::Failed { command: self.line(), status: status.to_owned(), detail }
    }

    fn line(&self) -> String {
        let words = std::iter::once(&self.name).chain(&self.arguments);
        words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }
}
