//! `LAUNCH`, `CMDS`, `CMD`, `KUBEVERSION`: what runs when the cluster is up, and on which Kubernetes. Commands are for the
//! shell of the first master, so their `$` stays as it is.

use super::application::checked_name;
use super::arguments::Arguments;
use super::{Mistake, Word};

/// `LAUNCH NAME...` or `LAUNCH ["NAME", ...]`; no name launches nothing.
pub(super) fn applications(mut arguments: Arguments<'_>) -> Result<Vec<String>, Mistake> {
    let position = arguments.position();
    if arguments.rest().starts_with('[') {
        let names = arguments.list()?;
        return names.iter().map(|name| checked_name(name, position)).collect();
    }
    let words = arguments.words()?;
    words.iter().map(|word| checked_name(word.literal().unwrap_or_default(), word.position())).collect()
}

/// `CMDS ["COMMAND", ...]`
pub(super) fn commands(arguments: Arguments<'_>) -> Result<Vec<String>, Mistake> {
    if arguments.rest().starts_with('[') {
        return arguments.list();
    }
    Err(arguments
        .mistake("CMDS needs a JSON list of commands")
        .hint("without the list nobody knows where one command ends: write CMDS [\"one command\", \"another\"]"))
}

/// `CMD TEXT`
pub(super) fn command(arguments: Arguments<'_>) -> Result<String, Mistake> {
    if serde_json::from_str::<Vec<String>>(arguments.rest()).is_ok() {
        return Err(arguments
            .mistake("CMD takes one command as text")
            .hint("for a list of commands write CMDS [\"one command\", \"another\"]"));
    }
    arguments.text("CMD needs a command")
}

/// `KUBEVERSION VERSION`
pub(super) fn kubernetes_version(mut arguments: Arguments<'_>) -> Result<Word, Mistake> {
    let missing = arguments.mistake("KUBEVERSION needs a version").hint("write KUBEVERSION v1.20.6");
    let version = arguments.word()?.ok_or(missing)?;
    if !arguments.rest().is_empty() {
        return Err(arguments.mistake("KUBEVERSION takes one version").hint("quote it if it has spaces"));
    }
    Ok(version)
}
