//! What goes wrong between a chart and a cluster. Every error names the object, the release or the address; causes are in the
//! source chain.

use crate::client::is_about_trust;
use serde::Deserialize;
use std::path::PathBuf;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an API server says of one field that it does not take.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Cause {
    /// Kubernetes' one word for it: `FieldManagerConflict`, `FieldValueInvalid`.
    pub reason: String,
    /// Its sentence about it.
    pub message: String,
    /// `.spec.replicas`
    pub field: String,
}

/// An error of this room.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A kubeconfig says nothing that can be used.
    #[error("the kubeconfig {}: {problem}", path.display())]
    Kubeconfig {
        /// Where it is.
        path: PathBuf,
        /// What is wrong or missing.
        problem: String,
    },
    /// The connection cannot be prepared.
    #[error("cannot prepare connections to {server}")]
    Setup {
        /// The API server.
        server: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The API server did not answer.
    #[error("{method} {url} was not answered")]
    Unanswered {
        /// `GET`, `PATCH`.
        method: String,
        /// What was asked for.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The API server refused.
    #[error("the API server answers {code} ({reason}) to {method} {path}: {message}")]
    Refused {
        /// `GET`, `PATCH`.
        method: String,
        /// What was asked for.
        path: String,
        /// The HTTP status.
        code: u16,
        /// Kubernetes' one word for it: `NotFound`, `AlreadyExists`, `Conflict`, `Invalid`.
        reason: String,
        /// Its sentence about it.
        message: String,
        /// What it says of single fields.
        causes: Vec<Cause>,
    },
    /// The API server answered something that has no meaning.
    #[error("the answer to {path} cannot be understood: {problem}")]
    Answer {
        /// What was asked for.
        path: String,
        /// What is wrong with it.
        problem: String,
    },
    /// A kind of object that the cluster does not have.
    #[error("the cluster has no kind {kind} in {api_version}{hint}")]
    UnknownKind {
        /// `monitoring.coreos.com/v1`
        api_version: String,
        /// `ServiceMonitor`
        kind: String,
        /// What may be the matter; begins with a separator, or is empty.
        hint: String,
    },
    /// A manifest that is no object of Kubernetes.
    #[error("{place}: {problem}")]
    Manifest {
        /// The template or file that it comes from.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// An object could not be created, changed or removed.
    #[error("cannot {what} {object}")]
    Object {
        /// `create`, `change`, `remove`, `read`.
        what: &'static str,
        /// `Deployment web/site`
        object: String,
        /// Why.
        source: Box<Error>,
    },
    /// An object of the release is there already and is not the release's.
    #[error("{object} exists and does not belong to release {release}: {difference}")]
    NotOurs {
        /// `Deployment web/site`
        object: String,
        /// `web/site`
        release: String,
        /// What says so.
        difference: String,
    },
    /// Somebody else has set fields of an object that its manifest sets, too.
    #[error("{object}: somebody else has set what the manifest sets, too: {}", fields.join(", "))]
    Conflict {
        /// `Deployment web/site`
        object: String,
        /// Each field with who has set it: `.spec.replicas (kubectl-edit)`.
        fields: Vec<String>,
    },
    /// The chart cannot be loaded or rendered.
    #[error("cannot render the chart {chart}")]
    Chart {
        /// Where it is.
        chart: String,
        /// Why.
        source: Box<sealer_chart::Error>,
    },
    /// A name that Helm takes for no release.
    #[error(
        "{0:?} is no name for a release: at most 53 small letters, digits, `-` and `.`, with a letter or digit at both ends"
    )]
    Name(String),
    /// A name that cannot be found by a label.
    #[error(
        "{0:?} is no name for an application: at most 63 letters, digits, `-`, `_` and `.`, with a letter or digit at both ends"
    )]
    ApplicationName(String),
    /// No release of that name.
    #[error("there is no release {0}")]
    NoRelease(String),
    /// No revision of that number.
    #[error("release {release} has no revision {revision}; it has {present}")]
    NoRevision {
        /// `web/site`
        release: String,
        /// The number.
        revision: u32,
        /// Those that it has.
        present: String,
    },
    /// A release of that name is there.
    #[error("release {0} exists already")]
    Exists(String),
    /// Somebody else is at work, or was interrupted.
    #[error("release {release} is in state {status}: revision {revision} was begun and not finished")]
    Pending {
        /// `web/site`
        release: String,
        /// `pending-upgrade`
        status: String,
        /// The revision that is pending.
        revision: u32,
    },
    /// A stored release cannot be read.
    #[error("the stored release {name} cannot be read: {problem}")]
    Stored {
        /// The Secret.
        name: String,
        /// What is wrong.
        problem: String,
    },
    /// A hook did not end well.
    #[error("hook {hook} ({event}) failed: {reason}")]
    Hook {
        /// Its object.
        hook: String,
        /// `pre-install`
        event: String,
        /// Why.
        reason: String,
    },
    /// Not all objects became ready in time.
    #[error("{}: {}", if *failed { "it cannot become ready".to_owned() } else { format!("not ready after {seconds} s") }, reasons.join("; "))]
    NotReady {
        /// How long was to be waited.
        seconds: u64,
        /// Whether an object has failed for good, so that waiting on is of no use.
        failed: bool,
        /// Each object with the reason.
        reasons: Vec<String>,
    },
    /// An object was still there when it should have been gone.
    #[error("still there after {seconds} s: {objects}")]
    NotGone {
        /// How long was waited.
        seconds: u64,
        /// Which ones.
        objects: String,
    },
    /// A namespace that is being removed was still there when it should have been made anew.
    #[error(
        "namespace {namespace} is being removed and still there after {seconds} s{}; its namespace controller has to remove it",
        remaining(reasons)
    )]
    Leaving {
        /// `web`
        namespace: String,
        /// How long was waited.
        seconds: u64,
        /// What keeps it, as its controller says; none where nothing is said.
        reasons: Vec<String>,
    },
    /// Nobody has made the account that pods run as.
    #[error(
        "after {seconds} s the namespace still has no service account `default` with its token, which kube-controller-manager makes: is it running?"
    )]
    NoAccount {
        /// How long was waited.
        seconds: u64,
        /// What the server says.
        source: Box<Error>,
    },
    /// A verb failed and what it had done was taken back.
    #[error("release {release} failed and {undone}")]
    TakenBack {
        /// `web/site`
        release: String,
        /// `was rolled back to revision 3`, `was removed again`.
        undone: String,
        /// Why it failed.
        source: Box<Error>,
    },
    /// A verb failed, and taking back what it had done failed, too.
    #[error("release {release} failed ({failure}), and what it had done could not be taken back")]
    NotTakenBack {
        /// `web/site`
        release: String,
        /// Why it failed.
        failure: String,
        /// Why it could not be taken back.
        source: Box<Error>,
    },
    /// A thread ended before its work.
    #[error("the work on the chart was interrupted")]
    Interrupted(#[from] tokio::task::JoinError),
}

impl Error {
    /// Whether the API server says that there is no such object.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.is_refused("NotFound")
    }

    /// Whether it may be otherwise in a moment: an API server that is replaced, or an etcd that has no leader, answers badly or not at all
    /// for a while.
    pub(crate) fn passes(&self) -> bool {
        match self {
            Self::Unanswered { source, .. } => !is_about_trust(source),
            Self::Refused { code, .. } => *code >= 500 || *code == 429,
            Self::Object { source, .. } => source.passes(),
            _ => false,
        }
    }

    /// Whether the API server refused for that reason: `AlreadyExists`, `Conflict`.
    pub(crate) fn is_refused(&self, wanted: &str) -> bool {
        matches!(self, Self::Refused { reason, .. } if reason == wanted)
    }

    /// The error with the texts of all its causes, for a release's description.
    pub(crate) fn whole_text(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// ` (pods. has 1 resource instances)`
fn remaining(reasons: &[String]) -> String {
    if reasons.is_empty() { String::new() } else { format!(" ({})", reasons.join("; ")) }
}
