//! Other people's programs, started for one test and waited for.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use tokio::process::Command;

/// Names, with commas between them, the programs without which tests fail instead of being left out.
const EXPECTED: &str = "SEALER_TEST_EXPECTS";

/// Whether a program is there; without it the test says that it did not run, or fails where it is expected.
pub(crate) fn installed(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let there = std::env::split_paths(&path).any(|folder| folder.join(name).is_file());
    if !there {
        let expected = std::env::var(EXPECTED).unwrap_or_default();
        assert!(!expected.split(',').any(|it| it == name), "{name} is not installed, and {EXPECTED} holds it");
        eprintln!("LEFT OUT: {name} is not installed, so nothing was done with it");
    }
    there
}

/// The Python that has a module: that of `SEALER_TEST_PYTHON`, or the system's.
pub(crate) fn python(module: &str) -> Option<PathBuf> {
    let given = std::env::var_os("SEALER_TEST_PYTHON");
    let python = given.as_ref().map_or_else(|| PathBuf::from("python3"), PathBuf::from);
    let mut command = std::process::Command::new(&python);
    command.args(["-c", &format!("import {module}")]).stdout(Stdio::null()).stderr(Stdio::null());
    if command.status().is_ok_and(|status| status.success()) {
        return Some(python);
    }
    assert!(given.is_none(), "the Python of SEALER_TEST_PYTHON has no {module}");
    eprintln!("LEFT OUT: no Python with {module} (see SEALER_TEST_PYTHON), so nothing was done with it");
    None
}

/// A program with its arguments.
pub(crate) struct Program(Command, String);

impl Program {
    pub(crate) fn new(name: &str) -> Self {
        let mut command = Command::new(name);
        command.stdin(Stdio::null()).kill_on_drop(true);
        Self(command, name.to_owned())
    }

    pub(crate) fn arguments(mut self, arguments: &[&str]) -> Self {
        self.0.args(arguments);
        self.1.push_str(&format!(" {}", arguments.join(" ")));
        self
    }

    /// Keeps what it keeps between runs in a folder of the test's.
    pub(crate) fn home(mut self, folder: &Path) -> Self {
        let logins = folder.join("auth.json");
        if !logins.exists() {
            std::fs::write(&logins, "{}").unwrap();
        }
        self.0.env("HOME", folder).env("XDG_RUNTIME_DIR", folder).env("REGISTRY_AUTH_FILE", &logins);
        self
    }

    /// Reads its standard input from a file.
    pub(crate) fn input(mut self, file: &Path) -> Self {
        self.0.stdin(std::fs::File::open(file).unwrap());
        self
    }

    /// What one of its variables is.
    pub(crate) fn variable(mut self, name: &str, value: &Path) -> Self {
        self.0.env(name, value);
        self
    }

    /// What it printed on its standard output; it must succeed.
    pub(crate) async fn done(mut self) -> String {
        let output = self.0.output().await.unwrap();
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {complaints}", self.1);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// What it complained about; it must fail.
    pub(crate) async fn fails(mut self) -> String {
        let output = self.0.output().await.unwrap();
        assert!(!output.status.success(), "{} succeeded", self.1);
        String::from_utf8_lossy(&output.stderr).into_owned()
    }
}
