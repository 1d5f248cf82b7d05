//! The surroundings of the process, taken once, so that nothing else has to look and tests can make their own.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::IsTerminal;
use std::path::PathBuf;

/// What the process finds around it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Environment {
    pub(super) variables: BTreeMap<OsString, OsString>,
    /// Whether root runs the process.
    pub(crate) superuser: bool,
    /// Whether somebody reads standard error as it comes.
    pub(crate) terminal: bool,
    /// Whether somebody can answer questions.
    pub(crate) interactive: bool,
}

impl Environment {
    /// The real one.
    pub(crate) fn of_this_process() -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self {
            variables: std::env::vars_os().collect(),
            superuser: rustix::process::geteuid().is_root(),
            terminal,
            interactive: terminal && std::io::stdin().is_terminal(),
        }
    }

    /// One that was made up.
    #[cfg(test)]
    pub(crate) fn of(variables: &[(&str, &str)]) -> Self {
        let variables = variables.iter().map(|(key, value)| (key.into(), value.into())).collect();
        Self { variables, ..Self::default() }
    }

    /// Whether standard error is a terminal that does more than print one line after the other.
    pub(crate) fn can_move_cursor(&self) -> bool {
        self.terminal && self.text("TERM").as_deref() != Some("dumb")
    }

    /// A variable that is set to something.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.path(name)?.into_os_string().into_string().ok()
    }

    /// A variable that is set to something, as a path.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        let value = self.variables.get(&OsString::from(name))?;
        (!value.is_empty()).then(|| PathBuf::from(value))
    }
}
