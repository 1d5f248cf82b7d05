//! The project's chores: `cargo xtask NAME`. Everything a developer or a machine that checks the project has to do beside
//! `cargo build` is a command here: the quickstart, the parts it needs, the tests, the measurements.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "chores talk to a terminal")]

mod command;
mod debian;
mod digest;
mod error;
mod folders;
mod hosts;
mod parts;
mod stages;

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
    /// Build Kubernetes and everything else that the examples are made of.
    Parts {
        /// The version that Kubernetes is built as.
        #[arg(long, default_value = parts::KUBERNETES_VERSION)]
        kubernetes_version: String,
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
        Chore::Parts { kubernetes_version } => parts::ensure(&folders, &kubernetes_version),
        Chore::Hosts { verb } => hosts(&folders, verb),
    }
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
        Output::Json => println!("{}", serde_json::to_string_pretty(&list).map_err(error::Error::json("the list of hosts"))?),
    }
    Ok(())
}
