//! The log: one JSON document a line, for every request or only for those that were refused, and for what the registry has to
//! say about itself. Lines go through a short queue to a thread of their own, so that a slow disk never slows serving down;
//! lines that find the queue full are counted and left out.

use crate::configuration::{Logged, Logging};
use crate::counters::Counters;
use crate::error::{Error, Result};
use jiff::Timestamp;
use serde::Serialize;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

/// Lines that wait for the disk.
const QUEUE: usize = 4096;

/// Bytes of a client's text that are logged; the rest says no more.
pub(crate) const LONGEST_TEXT: usize = 512;

/// Where lines go.
#[derive(Clone, Debug)]
pub(crate) struct AccessLog {
    what: Logged,
    path: Option<PathBuf>,
    lines: SyncSender<Entry>,
    counters: Arc<Counters>,
}

/// What the thread is told.
#[derive(Debug)]
enum Entry {
    Line(String),
    /// From here on lines go to another file.
    Begin(File),
}

/// One request.
#[derive(Debug, Serialize)]
pub(crate) struct Line<'a> {
    pub(crate) at: String,
    pub(crate) client: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) user: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) target: &'a str,
    pub(crate) status: u16,
    pub(crate) bytes: u64,
    pub(crate) milliseconds: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) agent: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<&'a str>,
}

/// A connection that did not end as it should, or something about the registry itself.
#[derive(Debug, Serialize)]
struct Remark<'a> {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client: Option<SocketAddr>,
    event: &'a str,
    message: &'a str,
}

impl AccessLog {
    /// Opens the log and starts its thread, which ends with the last handle.
    ///
    /// # Errors
    /// When the file cannot be opened or the thread not started.
    pub(crate) fn open(logging: &Logging, counters: Arc<Counters>) -> Result<Self> {
        let path = logging.file.clone();
        let sink: Box<dyn Write + Send> = match &path {
            None => Box::new(io::stderr()),
            Some(path) => Box::new(append(path)?),
        };
        let (lines, waiting) = sync_channel(QUEUE);
        let lost = counters.clone();
        let thread = std::thread::Builder::new().name("log".to_owned());
        thread.spawn(move || write(sink, &waiting, &lost)).map_err(|source| Error::Thread { source })?;
        Ok(Self { what: logging.requests, path, lines, counters })
    }

    /// Opens the file again, which somebody has moved away. Blocks until the thread has room.
    ///
    /// # Errors
    /// When it cannot be opened; then lines go where they went.
    pub(crate) fn renew(&self) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        self.lines.send(Entry::Begin(append(path)?)).map_err(|_| Error::Task)
    }

    /// Whether a request will be logged.
    pub(crate) fn wants(&self, refused: bool) -> bool {
        match self.what {
            Logged::All => true,
            Logged::Refused => refused,
            Logged::None => false,
        }
    }

    pub(crate) fn request(&self, line: &Line<'_>) {
        self.put(line);
    }

    /// Says something that is no request.
    pub(crate) fn remark(&self, event: &str, client: Option<SocketAddr>, message: &str) {
        if self.wants(true) {
            self.put(&Remark { at: Timestamp::now().to_string(), client, event, message });
        }
    }

    fn put(&self, line: &impl Serialize) {
        let line = serde_json::to_string(line).unwrap_or_else(|error| format!("{{\"unloggable\":\"{error}\"}}"));
        if self.lines.try_send(Entry::Line(line)).is_err() {
            self.counters.lines_lost.fetch_add(1, Relaxed);
        }
    }
}

fn append(path: &Path) -> Result<File> {
    let file = OpenOptions::new().create(true).append(true).open(path);
    file.map_err(|source| Error::File { path: path.to_owned(), source })
}

/// Writes what waits as one piece. A line that cannot be written counts as lost; there is no better place to say so.
fn write(sink: Box<dyn Write + Send>, waiting: &Receiver<Entry>, counters: &Counters) {
    let mut sink = BufWriter::new(sink);
    while let Ok(first) = waiting.recv() {
        let mut written = 0;
        let mut failed = false;
        for entry in std::iter::once(first).chain(waiting.try_iter().take(QUEUE)) {
            match entry {
                Entry::Line(line) => {
                    failed |= writeln!(sink, "{line}").is_err();
                    written += 1;
                }
                Entry::Begin(file) => {
                    failed |= sink.flush().is_err();
                    sink = BufWriter::new(Box::new(file));
                }
            }
        }
        if failed | sink.flush().is_err() {
            counters.lines_lost.fetch_add(written, Relaxed);
        }
    }
}

/// A client's text, cut to what is worth a line.
pub(crate) fn cut(text: &str) -> &str {
    let mut end = text.len().min(LONGEST_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}
