//! About releases.

use sealer_release::Error;

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::Pending { .. } => {
            Some("wait for whoever is at work; if nobody is, give the same command with --take-over")
        }
        Error::Exists(_) => Some("upgrade it with `sealer app upgrade NAME CHART`"),
        Error::NoRelease(_) => Some("`sealer app list --all-namespaces` names those that there are"),
        Error::NotOurs { .. } => {
            Some("remove that object, or install under the name and in the namespace that it bears")
        }
        Error::Conflict { .. } => {
            Some("leave these fields out of the manifest, or take them over with --force-conflicts")
        }
        Error::NotReady { .. } => Some("`sealer app status NAME` tells how it goes on; --timeout gives it longer"),
        Error::Refused { code: 404, message, .. } if message.starts_with("namespaces ") => {
            Some("make the namespace with --create-namespace")
        }
        Error::Refused { message, .. } if message.contains("failed to create typed patch object") => Some(
            "the server is stricter than kubectl: mend the field that it names, or launch the application with commands of its own",
        ),
        Error::Refused { code: 401 | 403, .. } => Some("use a kubeconfig of somebody who may"),
        Error::UnknownKind { .. } => {
            Some("install what brings the kind first, or a version of the chart for this Kubernetes")
        }
        _ => None,
    }
}
