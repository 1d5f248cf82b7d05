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
        Error::Program { .. } => Some(
            "give the program that `cargo xtask dist --platform OS/ARCH` builds, or that of a release, for the platform that is named",
        ),
        Error::ProgramPlatform { .. } => Some("name the platform with --platform, too, or leave out that --program"),
        Error::NotClusterImage { .. } => Some("start with `FROM scratch`, or from an image that `sealer build` made"),
        Error::NotLocked { .. } | Error::LockedOtherwise { .. } => {
            Some("build with --lock to take what there is now and note it, and look at what has changed in the file")
        }
        _ => None,
    }
}
