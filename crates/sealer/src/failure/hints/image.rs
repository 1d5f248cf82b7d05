//! About images, at rest and in motion.

use sealer_image::{Error, RemoteError};

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::NoImage { .. } => Some("`sealer images` lists what is here; `sealer pull` and `sealer load` bring more"),
        Error::NotAClusterImage { .. } => Some("a cluster image is made with `sealer build`"),
        Error::NoBlob { .. } | Error::Damaged { .. } => {
            Some("bring the image anew with `sealer pull`, `sealer load` or `sealer build`")
        }
        Error::Archive { .. } => Some("`sealer save` and `skopeo copy` write archives that can be loaded"),
        Error::NoPlatform { .. } => Some("name another --platform, or an image that is made for this one"),
        Error::Remote(error) => of_remote(error),
        _ => None,
    }
}

fn of_remote(error: &RemoteError) -> Option<&'static str> {
    match error {
        RemoteError::Connection { .. } => Some(
            "check the registry's name and the way to it; a registry of your own without a trusted certificate \
             or without TLS needs --skip-tls-verify",
        ),
        RemoteError::Unauthorized { .. } => {
            Some("log in with `docker login`, `podman login` or `skopeo login`: their credentials are used")
        }
        RemoteError::Silent { .. } | RemoteError::BrokenOff { .. } | RemoteError::Length { .. } => {
            Some("give the same command again: what has arrived does not come twice")
        }
        _ => None,
    }
}
