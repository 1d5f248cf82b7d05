//! What was typed together with the surroundings it was typed in, settled: the folder, the colours, how much to say. Whoever
//! comes after this asks neither the command line nor the environment.

mod age_file;
mod environment;
mod hosts;
mod login;
mod logins;
mod lookup;
mod registry;
mod secrets;

pub(crate) use environment::Environment;
pub(crate) use hosts::members;
pub(crate) use logins::Logins;
pub(crate) use lookup::{Lookup, OPENERS, lines_of};
pub(crate) use registry::{registry_secrets, secret_places, with_authorities};
pub(crate) use secrets::{environment_secrets, secrets_at_hand, with_whole_paths};

use crate::args::{ColourWhen, EventFormat, Global};
use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// Settled choices that concern every verb.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// Everything that sealer keeps on this machine is below.
    pub(crate) root: PathBuf,
    /// How much to say on standard error.
    pub(crate) verbosity: Verbosity,
    /// Whether to use colours on standard error.
    pub(crate) colour: bool,
    /// How to tell what happens.
    pub(crate) telling: Telling,
}

/// How much to say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Warnings and errors.
    Quiet,
    /// What is being done.
    Normal,
    /// What programs print, too.
    Debug,
}

/// How to tell what happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// Bars that move.
    Bars,
    /// One plain line for each thing.
    Lines,
    /// One JSON document a line.
    Ndjson,
}

const SYSTEM_ROOT: &str = "/var/lib/sealer";
const USER_ROOT: &str = ".local/share/sealer";

impl Settings {
    /// Settles what was typed.
    ///
    /// # Errors
    /// When there is no folder to keep things in.
    pub(crate) fn settle(global: &Global, environment: &Environment) -> Result<Self, Failure> {
        Ok(Self {
            root: root(global.root.as_deref(), environment)?,
            verbosity: match (global.quiet, global.debug) {
                (true, _) => Verbosity::Quiet,
                (_, true) => Verbosity::Debug,
                _ => Verbosity::Normal,
            },
            colour: colour(global.color, environment),
            telling: match global.events {
                EventFormat::Ndjson => Telling::Ndjson,
                EventFormat::Text if environment.can_move_cursor() => Telling::Bars,
                EventFormat::Text => Telling::Lines,
            },
        })
    }

    /// The folder of the image store.
    pub(crate) fn store(&self) -> PathBuf {
        self.root.join("images")
    }
}

fn root(given: Option<&Path>, environment: &Environment) -> Result<PathBuf, Failure> {
    let chosen = given.map(Path::to_path_buf).or_else(|| environment.path("SEALER_ROOT"));
    if let Some(chosen) = chosen {
        return std::path::absolute(&chosen).map_err(Failure::of);
    }
    if environment.superuser {
        return Ok(SYSTEM_ROOT.into());
    }
    match environment.path("HOME") {
        Some(home) => Ok(home.join(USER_ROOT)),
        None => Err(Failure::usage("there is no folder to keep things in: HOME is not set")
            .hint("name one with --root DIR or SEALER_ROOT")),
    }
}

/// Whether to use colours on standard error.
pub(crate) fn colour(when: ColourWhen, environment: &Environment) -> bool {
    match when {
        ColourWhen::Always => true,
        ColourWhen::Never => false,
        ColourWhen::Auto => environment.can_move_cursor() && environment.text("NO_COLOR").is_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(given: Option<&str>, environment: &Environment) -> Option<PathBuf> {
        root(given.map(Path::new), environment).ok()
    }

    #[test]
    fn the_flag_wins_over_the_environment_and_both_over_the_default() {
        let environment = Environment::of(&[("SEALER_ROOT", "/a"), ("HOME", "/home/x")]);
        assert_eq!(chosen(Some("/b"), &environment), Some("/b".into()));
        assert_eq!(chosen(None, &environment), Some("/a".into()));
    }

    #[test]
    fn root_and_others_have_different_defaults() {
        let home = Environment::of(&[("HOME", "/home/x")]);
        assert_eq!(chosen(None, &home), Some("/home/x/.local/share/sealer".into()));
        let superuser = Environment { superuser: true, ..home };
        assert_eq!(chosen(None, &superuser), Some("/var/lib/sealer".into()));
        assert_eq!(chosen(None, &Environment::of(&[])), None);
    }

    #[test]
    fn colours_need_a_terminal_that_wants_them() {
        let terminal = |variables| Environment { terminal: true, ..Environment::of(variables) };
        assert!(colour(ColourWhen::Auto, &terminal(&[])));
        assert!(!colour(ColourWhen::Auto, &terminal(&[("NO_COLOR", "1")])));
        assert!(!colour(ColourWhen::Auto, &terminal(&[("TERM", "dumb")])));
        assert!(!colour(ColourWhen::Auto, &Environment::of(&[])));
        assert!(colour(ColourWhen::Always, &Environment::of(&[])));
    }
}
