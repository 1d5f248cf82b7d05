//! Everything that is checked before a change counts: form, arrows, size, unit and integration tests, and deliveries to real hosts.
//! Each stage is named with its time; the last line counts them.

use std::path::PathBuf;
use std::time::Instant;

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::Folders;
use crate::scenarios::{self, Scenario, Site};
use crate::stages::seconds;
use crate::{arrows, budget, dist, parts, prepare, python};

/// The outcome of every stage so far.
#[derive(Debug, Default)]
struct Tally {
    passed: usize,
    failed: Vec<String>,
}

impl Tally {
    /// Runs a stage; a failure is shown and counted, and the stages after it go on.
    fn stage<T>(&mut self, name: &str, work: impl FnOnce() -> Result<T>) -> Option<T> {
        println!("\n==> {name}");
        let started = Instant::now();
        let outcome = work();
        let took = seconds(started.elapsed());
        match outcome {
            Ok(value) => {
                println!("    {name}: passed in {took}");
                self.passed += 1;
                Some(value)
            }
            Err(error) => {
                println!("error: {}\n    {name}: FAILED in {took}", error.chain());
                self.failed.push(name.to_owned());
                None
            }
        }
    }

    /// The last line, and whether all is well.
    fn close(self) -> Result<()> {
        println!("\n{} passed, {} failed", self.passed, self.failed.len());
        if self.failed.is_empty() {
            return Ok(());
        }
        Err(Error::unmet(format!("failed: {}", self.failed.join("; "))))
    }
}

/// Runs everything; `long` adds the suites that take long.
pub(crate) fn run(folders: &Folders, long: bool) -> Result<()> {
    let mut tally = Tally::default();
    let root = prepare::is_root();
    let prepared = if root { tally.stage("prepare", prepare::run) } else { None };
    tally.stage("fmt", || cargo(folders, &["fmt", "--all", "--check"]));
    tally.stage("arrows", || arrows::check(folders));
    tally.stage("budget", || budget::check(folders));
    let clippy = ["clippy", "--workspace", "--all-targets", "--quiet", "--", "--deny", "warnings"];
    tally.stage("clippy", || cargo(folders, &clippy));
    let python = tally.stage("Python packages", || python::ensure(folders));
    let mut peers: Vec<(&str, PathBuf)> = python.map(|python| (python::VARIABLE, python)).into_iter().collect();
    if prepared.is_some() {
        let (variable, programs) = prepare::EXPECTED;
        peers.push((variable, PathBuf::from(programs)));
    }
    if root {
        let control_plane = tally.stage("control plane for tests", || parts::control_plane::ensure(folders));
        peers.extend(control_plane.into_iter().flatten());
    }
    let tests = || {
        Program::new(dist::cargo())
            .arguments(["test", "--workspace", "--quiet", "--no-fail-fast"])
            .variables(peers.clone())
    };
    tally.stage("cargo test", || tests().folder(&folders.repository).run());
    if long {
        let ignored = || tests().arguments(["--", "--ignored"]).folder(&folders.repository).run();
        tally.stage("cargo test, the long ones", ignored);
        tally.stage("inputs that are nearly right, many", || hostile_inputs(folders));
    }
    if root {
        deliveries(folders, &mut tally, |scenario| long || !scenario.is_long(), false);
    } else {
        println!("\nleft out without root: prepare, parts, dist and every delivery to real hosts");
    }
    tally.close()
}

/// Only the deliveries, and of them only those with that word in their title.
pub(crate) fn scenarios(folders: &Folders, word: Option<&str>, keep: bool) -> Result<()> {
    let mut tally = Tally::default();
    deliveries(folders, &mut tally, |scenario| word.is_none_or(|word| scenario.title().contains(word)), keep);
    tally.close()
}

/// The stages that need hosts. Whatever happens, nothing of them is left at the end, unless it is to be looked at.
fn deliveries(folders: &Folders, tally: &mut Tally, wanted: impl Fn(&dyn Scenario) -> bool, keep: bool) {
    let parts = tally.stage("parts", || parts::ensure(folders, parts::KUBERNETES_VERSION));
    let binary: Option<PathBuf> = tally.stage("dist", || dist::binary(folders));
    let (Some(_), Some(binary)) = (parts, binary) else {
        println!("    left out: every delivery to real hosts, because there are no parts or no binary");
        return;
    };
    let Some(mut site) = tally.stage("site", || Site::open(folders, &binary)) else {
        return;
    };
    if tally.stage("sealer build", || site.build()).is_some() {
        for scenario in scenarios::all().iter().filter(|scenario| wanted(scenario.as_ref())) {
            tally.stage(scenario.title(), || site.run(scenario.as_ref()));
        }
    }
    if keep {
        println!("\nthe hosts stay; cargo xtask hosts down --fleet {} removes them", site.name());
    } else {
        tally.stage("hosts removed", || site.clear());
    }
}

/// How many changed inputs each reader is given in the long run; the tests of the workspace try some of these already.
const HOSTILE_INPUTS: &str = "50000";

fn hostile_inputs(folders: &Folders) -> Result<()> {
    let cases = [("SEALER_FUZZ_CASES", PathBuf::from(HOSTILE_INPUTS))];
    let test = ["test", "--package", "sealer-fuzz", "--quiet"];
    Program::new(dist::cargo()).arguments(test).variables(cases).folder(&folders.repository).run()
}

fn cargo(folders: &Folders, arguments: &[&str]) -> Result<()> {
    Program::new(dist::cargo()).arguments(arguments).folder(&folders.repository).run()
}
