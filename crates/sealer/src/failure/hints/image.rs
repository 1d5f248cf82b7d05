//! About images, at rest and in motion.

use sealer_image::Error;

/// What to do.
pub(super) fn hint(error: &Error) -> Option<&'static str> {
    match error {
        Error::NoImage { .. } => {
            Some("`sealer images` lists what is here; `sealer pull` and `sealer load` bring more")
        }
        Error::NotAClusterImage { .. } => Some("a cluster image is made with `sealer build`"),
        Error::NoBlob { .. } | Error::Damaged { .. } => {
            Some("bring the image anew with `sealer pull`, `sealer load` or `sealer build`")
        }
        Error::Archive { .. } => Some("`sealer save` and `skopeo copy` write archives that can be loaded"),
        Error::NoPlatform { .. } => Some("name another --platform, or an image that is made for this one"),
        _ => None,
    }
}
