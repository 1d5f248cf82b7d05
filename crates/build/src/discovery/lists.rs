//! Image lists: `manifests/imageList` of the rootfs, and the files that a build is given.

use super::Demands;
use crate::error::Error;
use sealer_model::image::Demand;
use sealer_model::image_list::{ImageList, ImageListError, Listed};
use std::path::Path;

/// Bytes of the longest image list.
const LONGEST: u64 = 4 * 1024 * 1024;

/// Reads a list; `name` is what the demands and errors call it.
pub(crate) fn read_list(name: &str, path: &Path, demands: &mut Demands) -> Result<(), Error> {
    let size = path.metadata().map_err(|source| Error::read(path, source))?.len();
    let text = crate::read_text(path, size, "an image list", LONGEST)?;
    for listed in ImageList::parse(name, &text)?.entries {
        take(name, listed, demands)?;
    }
    Ok(())
}

fn take(list: &str, listed: Listed, demands: &mut Demands) -> Result<(), ImageListError> {
    let demand = Demand { file: list.to_owned(), field: format!("line {}", listed.line), ..Demand::default() };
    demands.add(listed.name.clone(), demand);
    let Some(source) = listed.source else {
        return Ok(());
    };
    let wanted = demands.0.entry(listed.name.clone()).or_default();
    match &wanted.source {
        Some(known) if *known != source => Err(ImageListError {
            file: list.to_owned(),
            line: listed.line,
            text: format!("{} {source}", listed.name),
            reason: format!("another list gives this image another source, {known}"),
        }),
        _ => {
            wanted.source = Some(source);
            Ok(())
        }
    }
}
