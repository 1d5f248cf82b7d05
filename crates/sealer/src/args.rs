//! What can be typed: one file per verb, plain structs whose doc comments are the help. Nothing here looks at the system or
//! does anything. Help, shell completion, man pages and the reference are all made from these structs.

mod adopt;
mod agent;
mod alpha;
mod app;
mod apply;
mod backup;
mod balancer;
mod build;
mod byte_size;
mod certificates;
mod chart;
mod check;
mod clusterfile;
mod completion;
mod delete;
mod delivering;
mod diff;
mod documents;
mod events;
mod exec;
mod existing;
mod global;
mod host_alias;
mod hosts;
mod images;
mod insecure;
mod inspect;
mod kubeconfig;
mod later;
mod launching;
mod load;
mod log_in;
mod manifest;
mod merge;
mod mount;
mod plan;
mod pull;
mod push;
mod registry;
mod report;
mod resume;
mod rmi;
mod run;
mod run_step;
mod save;
mod scale_up;
mod search;
mod status;
mod store;
mod support_bundle;
mod tag;
mod upgrade;
mod verify;
mod version;

pub(crate) use adopt::Adopt;
pub(crate) use agent::Agent;
pub(crate) use alpha::{Alpha, AlphaImagesVerb, AlphaVerb, WantedImage, Why};
pub(crate) use app::{
    App, AppApply, AppDiff, AppHistory, AppInstall, AppList, AppLogs, AppRollback, AppStatus, AppUninstall, AppUpgrade,
    AppVerb, AppWait, Carrying, Kubeconfig, Named,
};
pub(crate) use apply::Apply;
pub(crate) use backup::{Backup, Restore};
pub(crate) use balancer::Balancer;
pub(crate) use build::{Allowed, Build, BuildMode, BuildNetwork, PullWhen};
pub(crate) use certificates::{Cert, CertCheck, CertRenew, CertVerb, Whose};
pub(crate) use chart::{Chart, ChartImages, ChartRelease, ChartTemplate, ChartValues, ChartVerb};
pub(crate) use check::{Check, CheckFormat};
pub(crate) use clusterfile::{Clusterfile, ClusterfileVerb, Convert, Init, Lint};
pub(crate) use completion::Completion;
pub(crate) use delete::Delete;
pub(crate) use delivering::Delivering;
pub(crate) use diff::Diff;
pub(crate) use documents::{Man, reference};
pub(crate) use events::Events;
pub(crate) use exec::Exec;
pub(crate) use existing::Existing;
pub(crate) use global::{ColourWhen, EventFormat, Global, OutputFormat};
pub(crate) use host_alias::HostAlias;
pub(crate) use hosts::{Hosts, Login};
pub(crate) use images::Images;
pub(crate) use insecure::Insecure;
pub(crate) use inspect::{Inspect, InspectFormat};
pub(crate) use kubeconfig::ClusterKubeconfig;
pub(crate) use later::NotYet;
pub(crate) use load::Load;
pub(crate) use log_in::{LogIn, LogOut};
pub(crate) use manifest::{Manifest, ManifestAdd, ManifestCreate, ManifestDelete, ManifestPush, ManifestVerb};
pub(crate) use merge::Merge;
pub(crate) use mount::{Mount, Unmount};
pub(crate) use plan::Plan;
pub(crate) use pull::{Pull, PullPolicy};
pub(crate) use push::Push;
pub(crate) use registry::{Gc, Registry, RegistryVerb, Serve, Served, Usage, Verify};
pub(crate) use report::{Language, Report, ReportFormat};
pub(crate) use resume::Resume;
pub(crate) use rmi::Rmi;
pub(crate) use run::Run;
pub(crate) use run_step::RunStep;
pub(crate) use save::{ArchiveFormat, Save};
pub(crate) use scale_up::ScaleUp;
pub(crate) use search::{Search, Searched};
pub(crate) use status::Status;
pub(crate) use store::{Prune, Store, StoreVerb, VerifyStore};
pub(crate) use support_bundle::SupportBundle;
pub(crate) use tag::Tag;
pub(crate) use upgrade::{ImageChange, Rollback, Upgrade};
pub(crate) use verify::VerifyImage;
pub(crate) use version::Version;

use clap::{CommandFactory, Parser, Subcommand};
use std::ffi::OsString;

/// Build, ship and run a whole Kubernetes cluster with its applications as one OCI image.
#[derive(Debug, Parser)]
#[command(name = "sealer", version, propagate_version = false, disable_help_subcommand = true)]
#[command(max_term_width = 100)]
pub(crate) struct Arguments {
    /// Options that every verb has.
    #[command(flatten)]
    pub(crate) global: Global,
    /// What to do.
    #[command(subcommand)]
    pub(crate) verb: Verb,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Verb {
    Build(Build),
    Images(Images),
    Inspect(Inspect),
    Diff(Diff),
    Merge(Merge),
    Manifest(Manifest),
    Mount(Mount),
    #[command(name = "umount")]
    Unmount(Unmount),
    Search(Search),
    Tag(Tag),
    Rmi(Rmi),
    Save(Save),
    Load(Load),
    Pull(Pull),
    Push(Push),
    #[command(name = "login")]
    LogIn(LogIn),
    #[command(name = "logout")]
    LogOut(LogOut),
    Store(Store),
    Prune(Prune),
    Plan(Plan),
    Run(Run),
    Apply(Apply),
    Clusterfile(Clusterfile),
    Check(Check),
    Chart(Chart),
    App(App),
    Verify(VerifyImage),
    ScaleUp(ScaleUp),
    Upgrade(Upgrade),
    Rollback(Rollback),
    Resume(Resume),
    Events(Events),
    Status(Status),
    Exec(Exec),
    Adopt(Adopt),
    Kubeconfig(ClusterKubeconfig),
    HostAlias(HostAlias),
    Backup(Backup),
    Restore(Restore),
    Cert(Cert),
    Report(Report),
    SupportBundle(SupportBundle),
    Delete(Delete),
    Registry(Registry),
    Version(Version),
    Completion(Completion),
    Man(Man),
    /// Print the reference of every verb as Markdown.
    #[command(hide = true)]
    Reference,
    Alpha(Alpha),
    Agent(Agent),
    Balancer(Balancer),
    RunStep(RunStep),
}

/// The command line as clap sees it, for what is made from it.
fn command() -> clap::Command {
    Arguments::command()
}

/// A command line that makes no sense, or one that asks for help.
pub(crate) struct Misread(clap::Error);

impl Misread {
    /// Whether it is an error; otherwise it is help or a version, which is data.
    pub(crate) fn is_error(&self) -> bool {
        self.0.use_stderr()
    }

    /// Prints the message or the help where it belongs.
    pub(crate) fn print(&self) {
        // Nobody is left to tell when the terminal is gone.
        let _ = self.0.print();
    }
}

/// Reads the words of a command line.
///
/// # Errors
/// When they make no sense, or ask for help.
pub(crate) fn read(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, Misread> {
    Arguments::try_parse_from(build::told_apart(words)).map_err(Misread)
}

impl Verb {
    /// Everything in these words that the Go sealer does and this version does not.
    pub(crate) fn not_yet(&self) -> Vec<NotYet> {
        match self {
            Self::Images(it) => it.not_yet(),
            Self::Alpha(it) => it.not_yet(),
            Self::Manifest(it) => it.not_yet(),
            Self::Save(it) => it.not_yet(),
            Self::Push(it) => it.not_yet(),
            Self::Plan(it) => it.run.delivering.not_yet(),
            Self::Run(it) => it.delivering.not_yet(),
            Self::Apply(it) => it.delivering.not_yet(),
            Self::ScaleUp(it) => it.not_yet(),
            Self::Delete(it) => it.not_yet(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        command().debug_assert();
    }

    #[test]
    fn every_verb_and_every_visible_option_has_help() {
        for verb in command().get_subcommands().filter(|verb| !verb.is_hide_set()) {
            assert!(verb.get_about().is_some(), "{} has no help", verb.get_name());
            for argument in verb.get_arguments().filter(|argument| !argument.is_hide_set()) {
                assert!(argument.get_help().is_some(), "{} {} has no help", verb.get_name(), argument.get_id());
            }
        }
    }
}
