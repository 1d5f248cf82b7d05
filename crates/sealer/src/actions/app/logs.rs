//! `sealer app logs`.

use super::super::Context;
use super::{find, reach};
use crate::args::AppLogs;
use crate::failure::Failure;
use sealer_release::{LogLine, LogRequest, Settings};
use std::io::{self, Write};
use tokio::sync::mpsc;

/// Lines that may wait to be printed.
const WAITING: usize = 1024;

/// Prints what the application's pods say.
///
/// # Errors
/// When there is no such application, or the cluster does not answer.
pub(super) async fn logs(request: AppLogs, context: &Context) -> Result<(), Failure> {
    let (reached, name) = reach(&request.application, context).await?;
    let settings = Settings::default();
    let work = find(&reached, &name, &settings, context).await?;
    let (sender, receiver) = mpsc::channel(WAITING);
    let wanted = LogRequest {
        container: request.container,
        tail: request.tail,
        since_seconds: request.since,
        previous: request.previous,
    };
    let printing = tokio::task::spawn_blocking(move || print(receiver));
    let told =
        if request.follow { work.follow_logs(&wanted, &sender).await } else { work.logs(&wanted, &sender).await };
    drop(sender);
    let printed = printing.await.map_err(Failure::of)?;
    told?;
    printed
}

/// Until nobody sends any more, or standard output is closed.
fn print(mut receiver: mpsc::Receiver<LogLine>) -> Result<(), Failure> {
    let mut lines = Vec::new();
    while let Some(line) = receiver.blocking_recv() {
        lines.push(text(&line));
        while let Ok(line) = receiver.try_recv() {
            lines.push(text(&line));
        }
        let mut stdout = io::stdout().lock();
        match stdout.write_all(lines.concat().as_bytes()).and_then(|()| stdout.flush()) {
            Ok(()) => lines.clear(),
            // who has seen enough need not be told any more, and nothing is followed for nobody
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(Failure::of(error).within("cannot write to standard output")),
        }
    }
    Ok(())
}

fn text(line: &LogLine) -> String {
    format!("[{} {}] {}\n", line.pod, line.container, line.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_whose_it_is() {
        let line = LogLine { pod: "web-1".into(), container: "nginx".into(), text: "GET /".into() };
        assert_eq!(text(&line), "[web-1 nginx] GET /\n");
    }
}
