//! From keyword to instruction, and what to say of keywords that there are not.

use super::arguments::Arguments;
use super::{Action, ApplicationKind, Mistake, Position};
use super::{application, copy, from, launch, pairs, run};
use crate::nearest;

/// Every instruction's keyword.
const KEYWORDS: [&str; 17] = [
    "FROM",
    "COPY",
    "ADD",
    "RUN",
    "ARG",
    "ENV",
    "LABEL",
    "MAINTAINER",
    "APP",
    "CNI",
    "CSI",
    "APPCMDS",
    "APPENV",
    "LAUNCH",
    "CMDS",
    "CMD",
    "KUBEVERSION",
];
/// Instructions of a Dockerfile that mean nothing for a folder of files.
const DOCKER_ONLY: [&str; 9] =
    ["WORKDIR", "USER", "ENTRYPOINT", "EXPOSE", "VOLUME", "STOPSIGNAL", "HEALTHCHECK", "SHELL", "ONBUILD"];

/// Reads the arguments of a keyword as it was typed.
pub(super) fn action(typed: &str, arguments: Arguments<'_>, position: Position) -> Result<Action, Mistake> {
    match typed.to_ascii_uppercase().as_str() {
        "FROM" => from::parse(arguments).map(Action::From),
        "COPY" => copy::parse("COPY", arguments).map(Action::Copy),
        "ADD" => copy::parse("ADD", arguments).map(Action::Add),
        "RUN" => run::parse(arguments).map(Action::Run),
        "ARG" => pairs::arguments(arguments).map(Action::Arguments),
        "ENV" => pairs::environment(arguments).map(Action::Environment),
        "LABEL" => pairs::labels(arguments).map(Action::Labels),
        "MAINTAINER" => arguments.text("MAINTAINER needs a name").map(Action::Maintainer),
        "APP" => application::parse("APP", ApplicationKind::Plain, arguments),
        "CNI" => application::parse("CNI", ApplicationKind::Network, arguments),
        "CSI" => application::parse("CSI", ApplicationKind::Storage, arguments),
        "APPCMDS" => application::commands(arguments).map(Action::ApplicationCommands),
        "APPENV" => application::environment(arguments).map(Action::ApplicationEnvironment),
        "LAUNCH" => launch::applications(arguments).map(Action::Launch),
        "CMDS" => launch::commands(arguments).map(Action::Commands),
        "CMD" => launch::command(arguments).map(Action::Command),
        "KUBEVERSION" => launch::kubernetes_version(arguments).map(Action::KubernetesVersion),
        keyword => Err(unknown(typed, keyword, position)),
    }
}

fn unknown(typed: &str, keyword: &str, position: Position) -> Mistake {
    let shown: String = typed.chars().take(40).collect();
    let mistake = Mistake::new(position, format!("command {shown} is not supported"));
    if DOCKER_ONLY.contains(&keyword) {
        return mistake.hint(format!(
            "a cluster image is a folder of files and not a container, so {keyword} has no meaning in it"
        ));
    }
    match nearest::nearest(keyword, &KEYWORDS) {
        Some(name) => mistake.hint(format!("did you mean {name}?")),
        None => mistake.hint(format!("the instructions are {}", KEYWORDS.join(" "))),
    }
}
