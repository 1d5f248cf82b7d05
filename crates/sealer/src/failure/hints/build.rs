//! About builds.

use super::image;
use sealer_build::Error;

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::Image(error) => image::hint(error),
        Error::Missing(_) => Some(
            "check the names and the registries, list files that hold the images with --image-list, \
             or go on without them with --allow-missing",
        ),
        Error::NoBase { .. } => Some("bring it with `sealer pull` or `sealer load`, or leave out --pull never"),
        Error::NotClusterImage { .. } => Some("start with `FROM scratch`, or from an image that `sealer build` made"),
        Error::NotLocked { .. } | Error::LockedOtherwise { .. } => {
            Some("build with --lock to take what there is now and note it, and look at what has changed in the file")
        }
        _ => None,
    }
}
