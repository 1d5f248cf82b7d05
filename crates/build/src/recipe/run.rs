//! `RUN`.

use crate::options::Network;
use crate::scope::Scope;
use sealer_model::kubefile::{Instruction, Mistake, Position, Run, Word};
use std::collections::BTreeMap;

/// A command that makes one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RunStep {
    /// The instruction as one line.
    pub(crate) instruction: String,
    /// Where it stands.
    pub(crate) position: Position,
    /// The program and its arguments.
    pub(crate) arguments: Vec<String>,
    /// The whole environment.
    pub(crate) environment: BTreeMap<String, String>,
    /// What it reaches, if it says so.
    pub(crate) network: Option<Network>,
}

/// What a command finds unless `ENV` says otherwise.
const ENVIRONMENT: [(&str, &str); 2] =
    [("HOME", "/root"), ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")];
/// Characters of a command that errors show.
const SHOWN: usize = 200;

impl RunStep {
    /// The command in one line, for an error.
    pub(crate) fn command(&self) -> String {
        let words = match self.arguments.as_slice() {
            [shell, option, text] if shell == "/bin/sh" && option == "-c" => text.clone(),
            words => words.join(" "),
        };
        let line = words.split_whitespace().collect::<Vec<&str>>().join(" ");
        match line.char_indices().nth(SHOWN) {
            Some((end, _)) => format!("{}...", &line[..end]),
            None => line,
        }
    }
}

pub(super) fn step(instruction: &Instruction, run: &Run, scope: &Scope) -> Result<RunStep, Mistake> {
    let mut environment: BTreeMap<String, String> =
        ENVIRONMENT.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    environment.extend(scope.variables());
    Ok(RunStep {
        instruction: instruction.text.clone(),
        position: instruction.position,
        arguments: run.command.arguments(),
        environment,
        network: run.network.as_ref().map(|word| network(word, scope)).transpose()?,
    })
}

fn network(word: &Word, scope: &Scope) -> Result<Network, Mistake> {
    match scope.expand(word)?.as_str() {
        "host" | "default" => Ok(Network::Host),
        "none" => Ok(Network::None),
        other => Err(word.mistake(format!("\"{other}\" is no network")).hint("it is host or none")),
    }
}
