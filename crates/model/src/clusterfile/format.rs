//! The rules for single values, one for each [`Format`]: what is wrong with a text, and what to write instead.

use super::fields::{CLUSTER_PHASES, HOST_PHASES};
use super::network::Network;
use super::shape::Format;
use crate::cluster::is_dns_label;
use crate::nearest::nearest;
use crate::taint::{Taint, is_domain};
use crate::{Reference, ip_list};
use std::net::IpAddr;

/// What is wrong with a text, and what to do about it.
pub(super) struct Fault {
    pub(super) message: String,
    pub(super) hint: Option<String>,
}

type Checked = Result<(), Fault>;

fn fault(message: impl Into<String>, hint: &str) -> Fault {
    Fault { message: message.into(), hint: (!hint.is_empty()).then(|| hint.to_owned()) }
}

/// Compares a text with the rules of its field.
pub(super) fn check(format: Format, text: &str) -> Checked {
    match format {
        Format::NotEmpty => Ok(()),
        Format::ClusterName => dns_label(text, "cluster's name"),
        Format::Namespace => dns_label(text, "namespace's name"),
        Format::Image => image(text),
        Format::Address => address(text),
        Format::Addresses => ip_list::parse(text).map(drop).map_err(|error| fault(error.to_string(), "")),
        Format::Networks => text.split(',').try_for_each(network),
        Format::Pair => pair(text),
        Format::Variable => variable(text),
        Format::Taint => text.parse::<Taint>().map(drop).map_err(|error| fault(error.to_string(), &error.hint())),
        Format::Domain => domain(text),
        Format::Host if text.parse::<IpAddr>().is_ok() => Ok(()),
        Format::Host => domain(text),
        Format::RepositoryPath => repository_path(text),
        Format::AbsolutePath => absolute(text),
        Format::RelativePath => relative(text),
        Format::Phases => text.split('|').try_for_each(phase),
        Format::Duration => duration(text),
    }
    .and_then(|()| not_empty(text))
}

fn not_empty(text: &str) -> Checked {
    if text.is_empty() { Err(fault("it is empty", "")) } else { Ok(()) }
}

fn dns_label(text: &str, what: &str) -> Checked {
    let rule = "1 to 63 lower-case letters, digits or -, with a letter or digit at both ends";
    if is_dns_label(text) { Ok(()) } else { Err(fault(format!("\"{text}\" is not a {what}"), rule)) }
}

fn image(text: &str) -> Checked {
    let parsed = text.parse::<Reference>();
    parsed.map(drop).map_err(|error| fault(error.to_string(), ""))
}

fn address(text: &str) -> Checked {
    let parsed = text.parse::<IpAddr>();
    parsed.map(drop).map_err(|_| fault(format!("\"{text}\" is not an IP address"), ""))
}

fn network(text: &str) -> Checked {
    let parsed = text.parse::<Network>();
    parsed.map(drop).map_err(|error| fault(error.to_string(), "an address range looks like 100.64.0.0/16"))
}

fn pair(text: &str) -> Checked {
    match text.split_once('=') {
        Some((key, _)) if !key.is_empty() && !key.contains(char::is_whitespace) => Ok(()),
        _ => Err(fault("it is not of the form KEY=VALUE", "the Go sealer would ignore it")),
    }
}

fn variable(text: &str) -> Checked {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if text.bytes().all(word) && !text.starts_with(|first: char| first.is_ascii_digit()) {
        return Ok(());
    }
    Err(fault(format!("\"{text}\" is not the name of a variable"), "letters, digits and _, and no digit first"))
}

fn domain(text: &str) -> Checked {
    if is_domain(text) {
        return Ok(());
    }
    let lower = text.to_ascii_lowercase();
    let hint = if is_domain(&lower) { format!("did you mean {lower}?") } else { String::new() };
    Err(fault(format!("\"{text}\" is not a domain name"), &hint))
}

fn repository_path(text: &str) -> Checked {
    match format!("hub.example/{text}").parse::<Reference>() {
        Ok(name) if name.path() == text => Ok(()),
        _ => Err(fault(format!("\"{text}\" cannot stand in the name of an image"), "as in site-a or projects/site-a")),
    }
}

fn absolute(text: &str) -> Checked {
    if text.starts_with('/') && !leaves(text) {
        Ok(())
    } else {
        Err(fault(format!("\"{text}\" is not an absolute path"), "it begins with / and has no .. in it"))
    }
}

fn relative(text: &str) -> Checked {
    if !text.starts_with('/') && !leaves(text) {
        Ok(())
    } else {
        Err(fault(format!("\"{text}\" leaves its folder"), "the path is relative and has no .. in it"))
    }
}

fn leaves(path: &str) -> bool {
    path.split('/').any(|part| part == "..") || path.contains('\0')
}

fn phase(text: &str) -> Checked {
    let known: Vec<&str> = CLUSTER_PHASES.iter().chain(HOST_PHASES).copied().collect();
    let text = text.trim();
    if known.contains(&text) {
        return Ok(());
    }
    let former = FORMER_PHASES.iter().find(|(former, _)| former.eq_ignore_ascii_case(text)).map(|(_, now)| *now);
    let hint = match former.or_else(|| nearest(text, &known)) {
        Some(name) => format!("did you mean {name}?"),
        None => format!("the phases are {}", known.join(", ")),
    };
    Err(fault(format!("\"{text}\" is not a phase"), &hint))
}

/// Phases of older releases, which many files still have, and what they are called now.
const FORMER_PHASES: [(&str, &str); 8] = [
    ("Originally", "pre-install"),
    ("PreInit", "pre-init-host"),
    ("PreInstall", "pre-install"),
    ("PostInstall", "post-install"),
    ("PreGuest", "post-install"),
    ("PreClean", "pre-clean-host"),
    ("PostClean", "post-clean-host"),
    ("PreJoin", "pre-scaleup"),
];

fn duration(text: &str) -> Checked {
    let wrong = || fault(format!("\"{text}\" is not a duration"), "a duration looks like 90s, 1m30s or 24h0m0s");
    let mut rest = text.trim_start_matches(['+', '-']);
    if rest == "0" {
        return Ok(());
    }
    while !rest.is_empty() {
        let number = rest.find(|character: char| !character.is_ascii_digit() && character != '.').ok_or_else(wrong)?;
        let units = ["ns", "us", "µs", "ms", "s", "m", "h"];
        let tail = &rest[number..];
        let unit = units.iter().filter(|unit| tail.starts_with(**unit)).max_by_key(|unit| unit.len());
        match unit {
            Some(unit) if number > 0 => rest = &tail[unit.len()..],
            _ => return Err(wrong()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_those_of_go() {
        for text in ["0", "90s", "1m30s", "1.5h", "24h0m0s", "100ms", "5µs"] {
            assert!(duration(text).is_ok(), "{text}");
        }
        for text in ["5", "s", "1d", "1m30", "ms5"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_phase_of_an_older_release_is_told_its_name_of_today() {
        let error = check(Format::Phases, "pre-install|PreClean").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean pre-clean-host?"));
        let error = check(Format::Phases, "pre-instal").unwrap_err();
        assert_eq!(error.hint.as_deref(), Some("did you mean pre-install?"));
    }
}
