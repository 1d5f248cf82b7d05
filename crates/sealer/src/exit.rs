//! How the process ends. Scripts depend on these numbers, so they are kept in one place and tested.

use std::process::ExitCode;

/// The meaning of an exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All that was asked for is so.
    Done,
    /// It could not be done; the message says why.
    Failed,
    /// The command line does not make sense.
    Usage,
    /// Hosts were changed, but not all the way; the same command continues.
    PartWay,
    /// A check ran and found problems.
    ProblemsFound,
    /// A signal ended the command.
    Interrupted,
    /// sealer itself is wrong.
    Bug,
}

impl Exit {
    /// The number that the shell sees.
    pub(crate) const fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Failed => 1,
            Self::Usage => 2,
            Self::PartWay => 3,
            Self::ProblemsFound => 4,
            Self::Interrupted => 130,
            Self::Bug => 255,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::Exit::*;

    #[test]
    fn the_numbers_are_a_promise() {
        let codes = [Done, Failed, Usage, PartWay, ProblemsFound, Interrupted, Bug].map(|it| it.code());
        assert_eq!(codes, [0, 1, 2, 3, 4, 130, 255]);
    }
}
