//! The processes of a command, as the build sees them: started, listened to line by line, and ended with everything that they started
//! when nobody waits for them any more.

use crate::error::Error;
use crate::isolation::{Told, WORDS};
use sealer_model::event::{Event, Listener};
use std::collections::VecDeque;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;
use std::sync::Mutex;
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::process::Command;

/// How a command ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Ended {
    /// With exit code 0.
    Well,
    /// With another.
    Badly {
        /// The exit code, or 128 and the signal.
        code: i32,
        /// The last lines that it printed.
        last: Vec<String>,
    },
    /// The program is not there, or not for this machine.
    NoProgram,
    /// Its surroundings could not be made.
    NotBegun(String),
}

/// Lines that an error repeats.
const LAST: usize = 12;
/// Bytes of the longest line; a longer one is cut into several.
const LONGEST: usize = 4096;

/// Runs the order in a folder. Dropped, it ends the first process, with which the kernel ends all others.
pub(super) async fn run(runner: &Path, folder: &Path, listener: &Listener) -> Result<Ended, Error> {
    let failed = |source| Error::Start { program: runner.to_owned(), source };
    let mut command = Command::new(runner);
    command.args(WORDS).arg(folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.kill_on_drop(true).process_group(0).spawn().map_err(failed)?;
    let printed = Printed { listener, last: Mutex::default() };
    let (output, errors) = (child.stdout.take(), child.stderr.take());
    let (status, output, errors) = tokio::join!(child.wait(), printed.read(output), printed.read(errors));
    output.and(errors).map_err(failed)?;
    let status = status.map_err(failed)?;
    if let Some(told) = Told::read(folder) {
        return Ok(if told.no_program { Ended::NoProgram } else { Ended::NotBegun(told.text) });
    }
    if status.success() {
        return Ok(Ended::Well);
    }
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or_default());
    let last = printed.last.into_inner().unwrap_or_default();
    Ok(Ended::Badly { code, last: last.into() })
}

/// What a command prints.
struct Printed<'a> {
    listener: &'a Listener,
    last: Mutex<VecDeque<String>>,
}

impl Printed<'_> {
    async fn read(&self, stream: Option<impl AsyncRead + Unpin>) -> io::Result<()> {
        let Some(mut stream) = stream else {
            return Ok(());
        };
        let mut open = Vec::new();
        let mut buffer = [0; LONGEST];
        loop {
            let length = stream.read(&mut buffer).await?;
            for byte in &buffer[..length] {
                // a carriage return draws a line anew: progress bars
                let ends = matches!(byte, b'\n' | b'\r');
                if !ends {
                    open.push(*byte);
                }
                if ends || open.len() >= LONGEST {
                    self.line(&mut open);
                }
            }
            if length == 0 {
                self.line(&mut open);
                return Ok(());
            }
        }
    }

    fn line(&self, bytes: &mut Vec<u8>) {
        let text = String::from_utf8_lossy(bytes).trim_end().to_owned();
        bytes.clear();
        if text.is_empty() {
            return;
        }
        if let Ok(mut last) = self.last.lock() {
            last.push_back(text.clone());
            if last.len() > LAST {
                last.pop_front();
            }
        }
        self.listener.tell(Event::Printed { program: "RUN".to_owned(), text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test]
    async fn lines_are_told_as_they_come_and_the_last_are_kept() {
        let told: Arc<Mutex<Vec<String>>> = Arc::default();
        let shared = Arc::clone(&told);
        let listener = Listener::new(move |event| {
            if let Event::Printed { text, .. } = event {
                shared.lock().unwrap().push(text);
            }
        });
        let printed = Printed { listener: &listener, last: Mutex::default() };
        let long = "x".repeat(LONGEST + 1);
        let text = [format!("1%\r2%\r\n\n{long}\nlast ").as_bytes(), b"\xff"].concat();
        printed.read(Some(text.as_slice())).await.unwrap();
        let told = told.lock().unwrap().clone();
        assert_eq!(told.len(), 5);
        assert_eq!((told[0].as_str(), told[3].as_str(), told[4].as_str()), ("1%", "x", "last \u{fffd}"));
        for number in 0..100 {
            printed.line(&mut format!("{number}").into_bytes());
        }
        assert_eq!(printed.last.lock().unwrap().len(), LAST);
    }
}
