//! Small programs that the agent itself needs, such as `systemctl`: bounded in time, with what they said in the error.

use crate::error::{Error, Result};
use crate::place::Place;
use std::io::{self, Read};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The most of each stream that is kept.
const MOST_OUTPUT: u64 = 256 * 1024;

/// A program that has ended.
pub(crate) struct Ended {
    program: String,
    pub(crate) status: ExitStatus,
    pub(crate) output: String,
    errors: String,
}

impl Ended {
    /// The same, if it did not fail.
    pub(crate) fn successful(self) -> Result<Self> {
        if self.status.success() {
            return Ok(self);
        }
        let said = if self.errors.is_empty() { self.output } else { self.errors };
        Err(Error::Failed { program: self.program, status: self.status.to_string(), said })
    }
}

/// Runs a program to its end. Blocks.
pub(crate) fn run(place: &Place, program: &str, arguments: &[&str], limit: Duration) -> Result<Ended> {
    let title = format!("{program} {}", arguments.join(" "));
    let failed = |source| Error::Start { program: title.clone(), source };
    let mut child = start(place, program, arguments).map_err(failed)?;
    let output = collect(child.stdout.take());
    let errors = collect(child.stderr.take());
    let Some(status) = wait(&mut child, limit).map_err(failed)? else {
        return Err(Error::Overdue { program: title, seconds: limit.as_secs() });
    };
    Ok(Ended { program: title, status, output: text(output), errors: text(errors) })
}

fn start(place: &Place, program: &str, arguments: &[&str]) -> io::Result<Child> {
    let mut command = Command::new(place.program(program));
    command.args(arguments).env("LC_ALL", "C").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn()
}

fn wait(child: &mut Child, limit: Duration) -> io::Result<Option<ExitStatus>> {
    let begun = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begun.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(Duration::from_millis(10));
    }
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut kept = Vec::new();
        if let Some(mut stream) = stream {
            // What cannot be read is missing from a message; what is more than is kept is let go by.
            let _partial = stream.by_ref().take(MOST_OUTPUT).read_to_end(&mut kept);
            let _rest = io::copy(&mut stream, &mut io::sink());
        }
        kept
    })
}

fn text(collected: JoinHandle<Vec<u8>>) -> String {
    let bytes = collected.join().unwrap_or_default();
    String::from_utf8_lossy(&bytes).trim().to_owned()
}
