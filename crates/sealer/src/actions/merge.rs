//! `sealer merge`.

use super::Context;
use super::blocking::blocking;
use super::pull::fetch_missing;
use super::tag::refuse_digest;
use crate::args::Merge;
use crate::failure::Failure;
use crate::output;
use sealer_image::MergeOptions;

/// Makes one image of several and prints its name with its digest.
///
/// # Errors
/// When one of them cannot be had, or they do not fit together.
pub(super) async fn merge(request: Merge, context: &Context) -> Result<(), Failure> {
    let Merge { images, tag, platform, prefer_later } = request;
    refuse_digest(&tag)?;
    for image in &images {
        fetch_missing(image, context).await?;
    }
    let (folder, listener) = (context.settings.store(), context.listener.clone());
    let options = MergeOptions { platforms: platform, prefer_later };
    let name = tag.clone();
    let merged =
        blocking(move || Ok(sealer_image::merge(&super::store::open(&folder)?, &images, &name, &options, &listener)?))
            .await?;
    output::print(format!("{tag}@{}\n", merged.digest))
}
