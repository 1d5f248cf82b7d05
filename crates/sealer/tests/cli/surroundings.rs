//! A world of its own for each test: an empty environment, a root and a working folder that vanish, no terminal. What the
//! program printed is compared as text, with the folders' names taken out.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// One test's world.
pub(crate) struct Surroundings {
    folder: TempDir,
    variables: Vec<(String, String)>,
    /// The program that gives its rights away before it becomes sealer, with its words.
    without_rights: Vec<String>,
}

/// How one command ended. A test that does not look at it is wrong.
#[must_use]
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    words: String,
}

impl Surroundings {
    /// An empty world.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("work")).unwrap();
        Self { folder, variables: Vec::new(), without_rights: Vec::new() }
    }

    /// The same with one more variable in the environment.
    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same for a user without any rights, to whom everything in it belongs. Only root can make it.
    pub(crate) fn of_nobody(mut self) -> Self {
        let words = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--inh-caps=-all"];
        self.without_rights = words.iter().map(|word| (*word).to_owned()).collect();
        let status = Command::new("chown").args(["-R", "65534:65534"]).arg(self.folder.path()).status().unwrap();
        assert!(status.success());
        self
    }

    /// The folder that commands start in.
    pub(crate) fn work(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// The folder that sealer keeps its things in.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().join("root")
    }

    /// Writes a file below the working folder.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.work().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// The program, ready to start with these words.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let program = env!("CARGO_BIN_EXE_sealer");
        let mut command = match self.without_rights.split_first() {
            Some((first, rest)) => {
                let mut command = Command::new(first);
                command.args(rest).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(words).current_dir(self.work()).stdin(Stdio::null()).env_clear();
        command.env("HOME", self.folder.path()).env("SEALER_ROOT", self.root());
        command.env("PATH", "/usr/bin:/bin").env("COLUMNS", "100");
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn sealer(&self, words: &[&str]) -> Finished {
        let output = self.command(words).output().unwrap();
        Finished {
            code: output.status.code(),
            stdout: self.plain(output.stdout),
            stderr: self.plain(output.stderr),
            words: words.join(" "),
        }
    }

    fn plain(&self, text: Vec<u8>) -> String {
        let text = String::from_utf8(text).unwrap();
        let name = |path: &Path| path.to_str().unwrap().to_owned();
        text.replace(&name(self.folder.path()), "$HERE")
    }
}

impl Finished {
    /// Asserts that it succeeded, and gives its standard output.
    #[track_caller]
    pub(crate) fn done(self) -> String {
        self.ended(0).stdout
    }

    /// Asserts that it ended with this code.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "sealer {}\n{}{}", self.words, self.stdout, self.stderr);
        self
    }

    /// Asserts that it ended with this code and printed this, and only this, on standard error.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, stderr: &str) {
        let ended = self.ended(code);
        same(stderr, &ended.stderr);
        same("", &ended.stdout);
    }
}

/// Asserts that two texts are the same; shows the lines that are not.
#[track_caller]
pub(crate) fn same(expected: &str, found: &str) {
    if expected == found {
        return;
    }
    let mut difference = String::new();
    let (mut expected, mut found) = (expected.lines(), found.lines());
    loop {
        match (expected.next(), found.next()) {
            (None, None) => break,
            (Some(expected), Some(found)) if expected == found => {
                writeln!(difference, "  {expected}").unwrap();
            }
            (expected, found) => {
                expected.into_iter().for_each(|line| writeln!(difference, "- {line}").unwrap());
                found.into_iter().for_each(|line| writeln!(difference, "+ {line}").unwrap());
            }
        }
    }
    panic!("not what was expected (-), but this (+):\n{difference}");
}
