//! What to do about an error, and how the process ends after it: chosen here, for the errors of all rooms, by looking along
//! the chain of causes.

mod build;
mod cluster;
mod host;
mod image;
mod release;

use super::chain;
use crate::exit::Exit;
use std::error::Error;
use std::io;

/// How the process ends after an error.
pub(super) fn kind(error: &(dyn Error + 'static)) -> Exit {
    let kind = chain(error).find_map(|error| as_a(error).and_then(cluster::kind));
    kind.unwrap_or(Exit::Failed)
}

/// What the text of an error leaves out: every finding of a check.
pub(super) fn details(error: &(dyn Error + 'static)) -> Vec<String> {
    as_a(error).map(cluster::details).unwrap_or_default()
}

/// What to do, from the outermost error that has an answer inwards, each once.
pub(super) fn hints(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for error in chain(error) {
        for hint in of_one(error) {
            if !hints.contains(&hint) {
                hints.push(hint);
            }
        }
        if as_a(error).is_some_and(cluster::says_all) {
            break;
        }
    }
    hints
}

fn of_one(error: &(dyn Error + 'static)) -> Vec<String> {
    let hint = as_a(error)
        .and_then(image::hint)
        .or_else(|| as_a(error).and_then(build::hint))
        .or_else(|| as_a(error).and_then(host::hint))
        .or_else(|| as_a(error).and_then(release::hint))
        .or_else(|| as_a(error).and_then(of_system));
    match hint {
        Some(hint) => vec![hint.to_owned()],
        None => as_a(error).map(cluster::hints).unwrap_or_default(),
    }
}

/// The error as a room's own type; recursive errors are boxed.
fn as_a<'a, E: Error + 'static>(error: &'a (dyn Error + 'static)) -> Option<&'a E> {
    error.downcast_ref::<E>().or_else(|| error.downcast_ref::<Box<E>>().map(AsRef::as_ref))
}

fn of_system(error: &io::Error) -> Option<&'static str> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            Some("free some space, or keep sealer's things elsewhere with --root DIR")
        }
        io::ErrorKind::ReadOnlyFilesystem => Some("keep sealer's things elsewhere with --root DIR"),
        io::ErrorKind::AddrInUse => Some("end the program that listens there, or choose another --addr"),
        io::ErrorKind::PermissionDenied => {
            Some("run sealer as a user who may, or keep its things elsewhere with --root DIR")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::failure::Failure;
    use sealer_cluster::Error as Cluster;
    use sealer_host::Error as Host;
    use sealer_image::{Error as Image, RemoteError};
    use sealer_model::checks::{Finding, Severity};

    fn refused() -> Cluster {
        Cluster::Host(Host::Refused {
            host: "192.0.2.1".into(),
            user: "root".into(),
            refused: "password refused".into(),
            accepted: "publickey".into(),
        })
    }

    fn step(source: Cluster) -> Cluster {
        let host = [192, 0, 2, 1].into();
        Cluster::Step { step: "Install the agent".into(), host, source: Box::new(source) }
    }

    #[test]
    fn a_failed_step_is_part_way_and_says_how_to_go_on() {
        let failure = Failure::of(step(Cluster::Missing {
            host: [192, 0, 2, 1].into(),
            path: "/etc/kubernetes/admin.conf".into(),
        }));
        assert_eq!(failure.kind, Exit::PartWay);
        assert_eq!(
            failure.causes,
            [
                "step \"Install the agent\" failed on host 192.0.2.1",
                "host 192.0.2.1: /etc/kubernetes/admin.conf is missing",
            ]
        );
        assert!(failure.hints[0].contains("the same command goes on"), "{failure:?}");
    }

    #[test]
    fn the_advice_for_a_host_is_found_below_the_cluster_and_inside_a_step() {
        assert!(Failure::of(refused()).hints[0].contains("SEALER_PASSWD"));
        let failure = Failure::of(step(refused()));
        assert!(failure.hints.iter().any(|hint| hint.contains("SEALER_PASSWD")), "{failure:?}");
    }

    #[test]
    fn what_the_clusterfile_says_of_a_registry_is_not_put_right_by_options_of_other_commands() {
        let given_up = || RemoteError::GivenUp { registry: "harbor.example".into(), seconds: 60 };
        assert!(Failure::of(Image::Remote(given_up())).hints[0].contains("--insecure-registry"));
        let source = Box::new(Image::Remote(given_up()));
        let failure = Failure::of(Cluster::ExternalRegistry { registry: "harbor.example".into(), source });
        assert!(failure.hints.iter().any(|hint| hint.contains("caFile")), "{failure:?}");
        assert!(!failure.hints.iter().any(|hint| hint.contains("--insecure-registry")), "{failure:?}");
    }

    #[test]
    fn every_finding_of_a_check_is_told_with_its_remedy() {
        let finding = |found: &str, remedy: &str| Finding {
            id: "disk".into(),
            severity: Severity::Error,
            subject: "192.0.2.1".into(),
            found: found.into(),
            why: "it matters".into(),
            fixable: false,
            fixed: false,
            ignored: false,
            remedy: remedy.into(),
        };
        let findings = vec![finding("full", "free some space"), finding("swap on", "turn swap off")];
        let failure = Failure::of(Cluster::Preflight(findings));
        assert_eq!(failure.kind, Exit::ProblemsFound);
        assert_eq!(failure.causes[1..], ["192.0.2.1: full [disk]", "192.0.2.1: swap on [disk]"]);
        assert_eq!(failure.hints[..2], ["192.0.2.1: free some space", "192.0.2.1: turn swap off"]);
        assert!(failure.hints[2].contains("--ignore"), "{failure:?}");
    }
}
