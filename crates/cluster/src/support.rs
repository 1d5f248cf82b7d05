//! What somebody far away needs to see to help: what this machine keeps about a cluster, what its API says, and what its hosts log. Each
//! part is bounded, loses its secrets before it leaves here, and is handed on at once; what cannot be had is named with the reason.

mod hosts;
mod objects;

use crate::fleet::Access;
use crate::journal::Journal;
use crate::redact::Redactor;
use crate::report::Report;
use crate::runner::carry_out;
use crate::step::Stage;
use crate::steps::InstallAgent;
use crate::{Error, Fleet, State};
use sealer_model::cluster::Cluster;
use sealer_model::event::Listener;
use serde::Serialize;
use std::path::Path;
use tokio::sync::mpsc::Sender;

/// The most bytes of one part; of what is longer the end is kept, because that is where the trouble is told.
const MOST_PART: usize = 2 * 1024 * 1024;

/// One part of a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Where it lies in the bundle: `hosts/10.0.0.1/kubelet.log`.
    pub path: String,
    /// What it is, for people.
    pub about: String,
    /// What is in it, or why it could not be had.
    pub content: Result<Content, String>,
}

/// What is in a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Content {
    /// The text, without secrets.
    #[serde(skip)]
    pub text: String,
    /// How many secrets were taken out.
    pub removed: usize,
    /// How many bytes at the beginning were left out.
    pub cut: usize,
}

/// Where parts go, and what takes their secrets away.
pub(crate) struct Collector {
    parts: Sender<Part>,
    redactor: Redactor,
}

impl Collector {
    /// Hands a text on. Nobody may be left who takes it: then the whole bundle has failed, which others say.
    pub(crate) async fn text(&self, path: &str, about: &str, text: Result<String, String>) {
        let content = text.map(|text| content(&self.redactor, &text)).map_err(|why| self.redactor.text(&why).text);
        self.hand_on(path, about, content).await;
    }

    /// Hands a JSON document on.
    pub(crate) async fn json(&self, path: &str, about: &str, text: Result<String, String>) {
        let content = text.and_then(|text| {
            let value = serde_json::from_str(&text).map_err(|error| format!("it is no JSON: {error}"))?;
            let (value, removed) = self.redactor.json(value);
            let text = serde_json::to_string_pretty(&value).map_err(|error| error.to_string())? + "\n";
            let (text, cut) = end_of(&text);
            Ok(Content { text: text.to_owned(), removed, cut })
        });
        self.hand_on(path, about, content).await;
    }

    async fn hand_on(&self, path: &str, about: &str, content: Result<Content, String>) {
        let part = Part { path: path.to_owned(), about: about.to_owned(), content };
        let _nobody_takes_it = self.parts.send(part).await;
    }
}

fn content(redactor: &Redactor, text: &str) -> Content {
    // before the secrets go: a key whose beginning is cut off could not be told from other text
    let redacted = redactor.text(text);
    let (text, cut) = end_of(&redacted.text);
    Content { text: text.to_owned(), removed: redacted.removed, cut }
}

/// The end of a text, from the beginning of a line on, and how many bytes are left out.
fn end_of(text: &str) -> (&str, usize) {
    let start = text.ceil_char_boundary(text.len().saturating_sub(MOST_PART));
    let start = if start == 0 { 0 } else { text[start..].find('\n').map_or(start, |end| start + end + 1) };
    (&text[start..], start)
}

/// Collects everything about a cluster, the most telling first. `known` are secrets that are known by heart, such as the password of the
/// hosts. Hosts that cannot be reached are parts that could not be had.
///
/// # Errors
/// When the cluster is unknown or its files here are damaged.
pub async fn collect(
    root: &Path,
    name: &str,
    access: Access,
    known: Vec<String>,
    parts: Sender<Part>,
    listener: Listener,
) -> Result<(), Error> {
    let collector = Collector { parts, redactor: Redactor::new(known) };
    let (state, cluster) = State::lock_existing(root, name)?;
    of_this_machine(&collector, root, &state, &cluster).await;
    listener.stage("connect to the hosts");
    let (fleet, unreached) = Fleet::connect_some(cluster, access, &state, listener.clone()).await?;
    for (host, why) in unreached {
        collector.text(&format!("hosts/{host}"), "the whole host", Err(why)).await;
    }
    let agents: Vec<Stage<Fleet>> = vec![Stage::new(vec![Box::new(InstallAgent)])];
    if let Err(error) = carry_out(&fleet, &agents).await {
        collector.text("hosts", "what only an agent on the host can ask", Err(error.chain())).await;
    }
    listener.stage("ask the API");
    objects::collect(&fleet, &collector).await;
    listener.stage("ask the hosts");
    hosts::collect(&fleet, &collector).await;
    Ok(())
}

/// The state and the history that this machine keeps.
async fn of_this_machine(collector: &Collector, root: &Path, state: &State, cluster: &Cluster) {
    let desired = serde_json::to_string(cluster).map_err(|error| error.to_string());
    collector.json("delivery/cluster.json", "the cluster as it shall be", desired).await;
    let report = Report::read(root, &cluster.name).map_err(|error| error.chain());
    let report = report.and_then(|report| serde_json::to_string(&report).map_err(|error| error.to_string()));
    collector.json("delivery/report.json", "what was delivered, when, and what checks found", report).await;
    let journal = state.read_file(Journal::FILE).map(Option::unwrap_or_default).map_err(|error| error.chain());
    collector.text("delivery/journal.ndjson", "every step of every delivery", journal).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_long_text_the_last_whole_lines_are_kept_and_the_rest_is_counted() {
        let text = format!("password: hunter2\n{}the end\n", "a line\n".repeat(MOST_PART / 6));
        let content = content(&Redactor::new([]), &text);
        assert!(content.text.starts_with("a line\n") && content.text.ends_with("the end\n"));
        assert!(content.text.len() <= MOST_PART && content.cut > 0);
        assert_eq!((content.removed, end_of("short\n")), (1, ("short\n", 0)));
    }

    #[tokio::test]
    async fn planted_secrets_are_in_no_part_nor_in_the_reason_of_one_that_is_missing() {
        let (parts, mut taken) = tokio::sync::mpsc::channel(8);
        let collector = Collector { parts, redactor: Redactor::new(["correct-horse".to_owned()]) };
        collector.text("a.log", "", Ok("login with correct-horse\nDB_PASSWORD=hunter2\n".into())).await;
        collector.text("b.log", "", Err("cannot log in with correct-horse".into())).await;
        collector.json("c.json", "", Ok(r#"{"kind":"Secret","data":{"a":"aHVudGVyMg=="}}"#.into())).await;
        collector.json("d.json", "", Ok("no json, password: hunter2".into())).await;
        drop(collector);
        let mut all = Vec::new();
        while let Some(part) = taken.recv().await {
            all.push(format!("{part:?}"));
        }
        assert_eq!(all.len(), 4);
        for secret in ["correct-horse", "hunter2", "aHVudGVyMg"] {
            assert!(!all.concat().contains(secret), "{secret} in {all:#?}");
        }
    }
}
