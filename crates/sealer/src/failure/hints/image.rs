//! About images, at rest and in motion.

use sealer_image::{Error, RemoteError};

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::NoImage { .. } => Some("`sealer images` lists what is here; `sealer pull` and `sealer load` bring more"),
        Error::Ambiguous { .. } => Some("give more digits, or a name; `sealer images --no-trunc` prints both"),
        Error::NotAClusterImage { .. } => Some("a cluster image is made with `sealer build`"),
        Error::NoBlob { .. } | Error::Damaged { .. } => Some(
            "`sealer store verify` finds all that is damaged; `sealer pull`, `sealer load` or `sealer build` bring it anew",
        ),
        Error::Archive { .. } => Some("`sealer save` and `skopeo copy` write archives that can be loaded"),
        Error::NoMount { .. } => Some("`sealer mount` lists what is mounted"),
        Error::Conflicts { .. } => {
            Some("change one of the images, or say with `merge --prefer-later` whose word counts")
        }
        Error::NoBase { .. } => {
            Some("`sealer load` or `sealer pull` that image first, or save this one without --base")
        }
        Error::NoPlatform { .. } => Some("name another --platform, or an image that is made for this one"),
        Error::Remote(error) => of_remote(error),
        _ => None,
    }
}

fn of_remote(error: &RemoteError) -> Option<&'static str> {
    match error {
        RemoteError::Connection { .. } | RemoteError::GivenUp { .. } => Some(
            "check the registry's name and the way to it; a registry of your own without a trusted certificate \
             or without TLS needs --insecure-registry HOST",
        ),
        RemoteError::Unauthorized { .. } => {
            Some("log in with `sealer login`; what `docker login` and `podman login` keep is used, too")
        }
        RemoteError::Helper { .. } => {
            Some("the helper is named in docker's config.json; try it by hand, or log in with `sealer login`")
        }
        RemoteError::Silent { .. } | RemoteError::BrokenOff { .. } | RemoteError::Length { .. } => {
            Some("give the same command again: what has arrived does not come twice")
        }
        _ => None,
    }
}
