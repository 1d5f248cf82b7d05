//! The project's chores: `cargo xtask NAME`. Everything a developer or a machine that checks the project has to do beside
//! `cargo build` is a command here: the quickstart, the parts it needs, the tests, the measurements.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "chores talk to a terminal")]

mod arrows;
mod bench;
mod budget;
mod command;
mod cross;
mod debian;
mod delivery;
mod digest;
mod dist;
mod error;
mod folders;
mod hosts;
mod http;
mod parts;
mod prepare;
mod proof;
mod python;
mod quickstart;
mod scenarios;
mod stages;
mod test;

use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};

use crate::error::Result;
use crate::folders::Folders;
use crate::hosts::fleet::Fleet;

/// The project's chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Install what the other chores need from Debian's packages.
    Prepare,
    /// Build Kubernetes and everything else that the examples are made of.
    Parts {
        /// The version that Kubernetes is built as.
        #[arg(long, default_value = parts::KUBERNETES_VERSION)]
        kubernetes_version: String,
    },
    /// Build sealer as one static binary, and try it in an empty root.
    Dist {
        /// The platform that it shall run on, this machine's or linux/arm64.
        #[arg(long, default_value = dist::OWN)]
        platform: String,
    },
    /// Deliver a cluster with an application to three stand-in hosts, and prove that it works.
    Quickstart {
        /// Remove the hosts and everything of theirs instead.
        #[arg(long)]
        down: bool,
    },
    /// Everything that is checked before a change counts.
    Test {
        /// The long suites too.
        #[arg(long)]
        long: bool,
    },
    /// Try deliveries to real hosts: all of them, or those whose title has a word in it.
    Scenarios {
        /// A word of the titles to try.
        word: Option<String>,
        /// Leave the hosts and what sealer kept as they are at the end.
        #[arg(long)]
        keep: bool,
    },
    /// Check that crates depend on one another as the architecture says.
    Arrows,
    /// Check that files are short and say what they are.
    Budget,
    /// Measure one of the project's figures.
    Bench {
        /// Which one.
        name: String,
        /// Print JSON instead of a table.
        #[arg(long)]
        json: bool,
        /// For `deliver` and `run`: on so many hosts only, instead of on every fleet in turn.
        #[arg(long)]
        hosts: Option<usize>,
    },
    /// Stand-in hosts: containers with systemd and sshd on a network without internet.
    Hosts {
        #[command(subcommand)]
        verb: HostsVerb,
    },
}

#[derive(Debug, Subcommand)]
enum HostsVerb {
    /// Boot hosts until there are as many as asked for.
    Up {
        /// How many hosts.
        #[arg(long, default_value_t = 3)]
        count: usize,
        /// The fleet's name.
        #[arg(long, default_value = "quickstart")]
        fleet: String,
    },
    /// Remove the hosts and everything of theirs.
    Down {
        /// The fleet's name.
        #[arg(long, default_value = "quickstart")]
        fleet: String,
    },
    /// Show the hosts that run.
    List {
        /// The fleet's name.
        #[arg(long, default_value = "quickstart")]
        fleet: String,
        /// How to show them.
        #[arg(long, value_enum, default_value_t = Output::Text)]
        output: Output,
    },
}

/// How a listing is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Output {
    /// For people.
    Text,
    /// For programs.
    Json,
}

fn main() -> ExitCode {
    match run(Arguments::parse().chore) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", error.chain());
            ExitCode::FAILURE
        }
    }
}

fn run(chore: Chore) -> Result<()> {
    let folders = Folders::find()?;
    match chore {
        Chore::Parts { kubernetes_version } => parts(&folders, &kubernetes_version),
        Chore::Prepare => prepare::run(),
        Chore::Dist { platform } => dist::build_for(&folders, &platform).map(drop),
        Chore::Quickstart { down: false } => quickstart::up(&folders),
        Chore::Quickstart { down: true } => quickstart::down(&folders),
        Chore::Test { long } => test::run(&folders, long),
        Chore::Scenarios { word, keep } => test::scenarios(&folders, word.as_deref(), keep),
        Chore::Arrows => arrows::check(&folders),
        Chore::Budget => budget::check(&folders),
        Chore::Bench { name, json, hosts } => bench::bench(&folders, &name, json, hosts),
        Chore::Hosts { verb } => hosts(&folders, verb),
    }
}

fn parts(folders: &Folders, version: &str) -> Result<()> {
    let examples = parts::ensure(folders, version)?;
    println!("the examples for Kubernetes {version} are complete in {}", examples.display());
    Ok(())
}

fn hosts(folders: &Folders, verb: HostsVerb) -> Result<()> {
    let (fleet, output) = match verb {
        HostsVerb::Up { count, fleet } => {
            let fleet = Fleet::new(folders, &fleet);
            fleet.up(count)?;
            (fleet, Output::Text)
        }
        HostsVerb::Down { fleet } => return Fleet::new(folders, &fleet).down(),
        HostsVerb::List { fleet, output } => (Fleet::new(folders, &fleet), output),
    };
    let list = fleet.list()?;
    match output {
        Output::Text => list.iter().for_each(|host| println!("{}\t{}", host.name, host.address)),
        Output::Json => {
            println!("{}", serde_json::to_string_pretty(&list).map_err(error::Error::json("the list of hosts"))?)
        }
    }
    Ok(())
}
