//! What the pods of a release or an application say: of every pod that one of its objects has made, whichever way, be it through replica
//! sets, jobs, or an operator.

mod owners;
mod runs;

use crate::cluster::Cluster;
use crate::error::{Error, Result};
use crate::object::Identity;
use crate::work::Work;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{FuturesUnordered, StreamExt};
use owners::Owners;
use runs::Run;
use std::collections::{BTreeSet, HashSet};
use std::time::Duration;
use tokio::sync::mpsc::Sender;

/// How often pods are looked for while logs are followed.
const PAUSE: Duration = Duration::from_secs(2);
/// Bytes after which a line is told in pieces.
const LONGEST_LINE: usize = 256 * 1024;

/// Which lines are wanted.
#[derive(Clone, Debug, Default)]
pub struct LogRequest {
    /// Only those of containers of that name.
    pub container: Option<String>,
    /// The last ones of each container; all where no number is given.
    pub tail: Option<u32>,
    /// Only those of the last seconds.
    pub since_seconds: Option<u64>,
    /// Those of the run before this one, of containers that were started again.
    pub previous: bool,
}

/// A line that a container has said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogLine {
    /// Its pod.
    pub pod: String,
    /// Its name in the pod.
    pub container: String,
    /// Without its end.
    pub text: String,
}

impl Work<'_> {
    /// Sends what every container has said so far, pod by pod. Ends early where nobody receives any more.
    ///
    /// # Errors
    /// There is no such release, or the server refuses.
    pub async fn logs(&self, request: &LogRequest, lines: &Sender<LogLine>) -> Result<()> {
        for run in self.runs(request).await? {
            match (run.is_told(request.previous), &run.waits_for) {
                (true, _) => self.told(run, request, false, lines).await?,
                (false, Some(reason)) => self.listener.warn(format!("{} has said nothing: {reason}", run.title())),
                (false, None) => {}
            }
        }
        Ok(())
    }

    /// Sends what every container says until nobody receives any more. Pods that come later and containers that are started again are
    /// followed, too.
    ///
    /// # Errors
    /// As [`Work::logs`].
    pub async fn follow_logs(&self, request: &LogRequest, lines: &Sender<LogLine>) -> Result<()> {
        let mut known = HashSet::new();
        let mut running: FuturesUnordered<BoxFuture<'_, Result<()>>> = FuturesUnordered::new();
        let mut wanted = request.clone();
        while !lines.is_closed() {
            match self.runs(request).await {
                Ok(runs) => {
                    for run in runs.into_iter().filter(|run| run.is_told(false)) {
                        if known.insert(run.key()) {
                            running.push(self.followed(run, wanted.clone(), lines).boxed());
                        }
                    }
                }
                Err(error) if error.passes() => {}
                Err(error) => return Err(error),
            }
            // what comes later is told from its beginning
            (wanted.tail, wanted.since_seconds) = (None, None);
            wait(&mut running, lines).await?;
        }
        Ok(())
    }

    async fn followed(&self, run: Run, request: LogRequest, lines: &Sender<LogLine>) -> Result<()> {
        let title = run.title();
        match self.told(run, &request, true, lines).await {
            // its pod may be on its way out
            Err(error @ (Error::Unanswered { .. } | Error::Refused { .. })) => {
                self.listener.warn(format!("{title}: {}", error.whole_text()));
                Ok(())
            }
            other => other,
        }
    }

    async fn told(&self, run: Run, request: &LogRequest, follows: bool, lines: &Sender<LogLine>) -> Result<()> {
        let query = run.query(request, follows);
        let query: Vec<(&str, &str)> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let path = run.path();
        let mut response = self.cluster.client.stream(&path, &query).await?;
        let unanswered = |source: reqwest::Error| Error::Unanswered {
            method: "GET".to_owned(),
            url: path.clone(),
            source: source.without_url(),
        };
        let mut rest = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unanswered)? {
            rest.extend_from_slice(&chunk);
            for text in whole_lines(&mut rest) {
                if lines.send(run.line(text)).await.is_err() {
                    return Ok(());
                }
            }
        }
        if !rest.is_empty() {
            // who does not listen any more has no use for the last line either
            let _ = lines.send(run.line(String::from_utf8_lossy(&rest).into_owned())).await;
        }
        Ok(())
    }

    /// Every run of a container that the release has brought about.
    async fn runs(&self, request: &LogRequest) -> Result<Vec<Run>> {
        let revision = self.history.existing().await?.pop().ok_or_else(|| Error::NoRelease(self.title()))?;
        let objects: Vec<Identity> = self.objects(&revision)?.into_iter().map(|object| object.identity).collect();
        let namespaces: BTreeSet<&str> = objects.iter().filter_map(|object| object.namespace.as_deref()).collect();
        let mut owners = Owners::new(&self.cluster, &objects);
        let mut runs = Vec::new();
        for namespace in namespaces {
            for pod in pods(&self.cluster, namespace).await? {
                if owners.made(&pod, namespace).await? {
                    runs.extend(Run::of_pod(&pod, namespace));
                }
            }
        }
        runs.retain(|run| request.container.as_ref().is_none_or(|wanted| *wanted == run.container));
        Ok(runs)
    }
}

async fn pods(cluster: &Cluster, namespace: &str) -> Result<Vec<serde_json::Value>> {
    cluster.client.list(&format!("/api/v1/namespaces/{namespace}/pods"), &[]).await
}

/// Waits until it is time to look for pods again.
async fn wait(running: &mut FuturesUnordered<BoxFuture<'_, Result<()>>>, lines: &Sender<LogLine>) -> Result<()> {
    let pause = tokio::time::sleep(PAUSE);
    tokio::pin!(pause);
    loop {
        tokio::select! {
            () = &mut pause => return Ok(()),
            () = lines.closed() => return Ok(()),
            Some(ended) = running.next(), if !running.is_empty() => ended?,
        }
    }
}

/// Takes what has come to its end out of the beginning.
fn whole_lines(rest: &mut Vec<u8>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut begin = 0;
    while let Some(length) = rest.iter().skip(begin).position(|byte| *byte == b'\n') {
        let line = rest.get(begin..begin + length).unwrap_or_default();
        lines.push(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned());
        begin += length + 1;
    }
    rest.drain(..begin);
    if rest.len() > LONGEST_LINE {
        lines.push(String::from_utf8_lossy(rest).into_owned());
        rest.clear();
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_whatever_pieces_they_come_in() {
        let mut rest = b"a\r\nb\n\nc".to_vec();
        assert_eq!(whole_lines(&mut rest), ["a", "b", ""]);
        rest.extend(b"d\n");
        assert_eq!((whole_lines(&mut rest), rest.len()), (vec!["cd".to_owned()], 0));
        rest.extend(vec![b'x'; LONGEST_LINE + 1]);
        assert_eq!(whole_lines(&mut rest)[0].len(), LONGEST_LINE + 1);
        assert!(rest.is_empty());
    }
}
