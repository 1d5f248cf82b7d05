//! Which container images a rootfs needs: those of its image list, and those that its manifests, kustomizations and charts
//! name. YAML is read as YAML and searched by meaning (`search`), so comments, quotes and flow style make no difference; what
//! transforms manifests on their way to the cluster is carried out first, so that what is found is what will run.
//!
//! What cannot be looked into is told and never passed over: the build fails with it, unless missing images are allowed.

mod applied;
mod charts;
mod commands;
mod demands;
mod document;
mod fields;
mod kustomization;
mod lists;
mod search;
mod sources;
mod templates;
mod tree;

pub use fields::ImageFields;
pub use search::Found;

pub(crate) use charts::RenderedRelease;
pub(crate) use demands::{Demands, Wanted};
pub(crate) use lists::read_list;

use crate::error::Error;
use crate::files::Files;
use sealer_model::clusterfile::checks_of_image;
use sealer_model::image::{Application, Demand, Launch};
use sealer_model::image_check::is_check_file;
use serde::Serialize;
use sources::Sources;
use std::collections::BTreeMap;
use std::fmt;
use tree::Tree;

/// The image list of a rootfs.
pub(crate) const IMAGE_LIST: &str = "manifests/imageList";

/// How the files of a rootfs are used on the site, as far as that decides about images.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Usage<'a> {
    /// The applications, with the commands that launch them.
    pub(crate) applications: &'a [Application],
    /// What runs when the cluster is up.
    pub(crate) launch: Option<&'a Launch>,
    /// The environment that templates are filled in from.
    pub(crate) environment: Option<&'a BTreeMap<String, String>>,
    /// The version of Kubernetes, where the image or its base brings one: charts may choose by it.
    pub(crate) kubernetes: Option<&'a str>,
}

/// What the files of a rootfs ask for.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// Images and who asks for each.
    pub(crate) demands: Demands,
    /// Files that may need images that nobody knows of.
    pub(crate) unknown: Vec<Unsearched>,
    /// What is odd and no reason to stop.
    pub(crate) warnings: Vec<String>,
}

/// A file that may ask for any image.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Unsearched {
    /// The file in the rootfs.
    pub file: String,
    /// Why nobody knows what it asks for.
    pub reason: String,
}

impl fmt::Display for Unsearched {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.file, self.reason)
    }
}

/// Looks through the files of a rootfs.
pub(crate) fn discover(files: &Files, usage: Usage<'_>) -> Result<Discovered, Error> {
    let mut discovered = Discovered::default();
    check_files(Tree(files))?;
    let filled = templates::fill(files, usage, &mut discovered)?;
    let tree = Tree(&filled.files);
    let mut fields = ImageFields::known();
    if let Some(text) = tree.text(fields::FILE, "a table of image fields", document::LONGEST)? {
        let added = fields.add(&text);
        added.map_err(|reason| Error::ImageFields { file: fields::FILE.to_owned(), reason })?;
    }
    Sources { tree, usage, fields: &fields, origins: &filled.origins }.search(&mut discovered)?;
    if let Some((source, _)) = tree.file(IMAGE_LIST) {
        read_list(IMAGE_LIST, source, &mut discovered.demands)?;
    }
    Ok(discovered)
}

/// The checks that the image brings have to be such that a site can make them.
fn check_files(tree: Tree<'_>) -> Result<(), Error> {
    let mut texts = Vec::new();
    for path in tree.files().filter(|path| is_check_file(path)) {
        let text = tree.text(path, "a file of checks", document::LONGEST)?;
        texts.extend(text.map(|text| (path, text)));
    }
    checks_of_image(texts.iter().map(|(path, text)| (*path, text.as_str()))).map_err(Error::Checks).map(drop)
}

/// The images that a text of YAML or JSON documents names, by the built-in rules and those of `fields`.
///
/// # Errors
/// In one line, when the text is neither.
pub fn images_of_text(text: &str, fields: &ImageFields) -> Result<Vec<Found>, String> {
    let documents = document::read(text)?;
    Ok(documents.iter().flat_map(|document| search::images(document, fields)).collect())
}

impl Discovered {
    /// Takes in what was found at one place; a text that should be a name and is none is a thing to tell.
    fn take(&mut self, found: Found, demand: Demand) {
        let Found { image, document, field, certain } = found;
        match image.parse() {
            Ok(name) => self.demands.add(name, Demand { document, field, ..demand }),
            Err(error) if certain => {
                let document = document.map(|document| format!("{document} ")).unwrap_or_default();
                self.unsearched(&demand.file, format!("{document}{field}: {error}"));
            }
            Err(_) => {}
        }
    }

    fn unsearched(&mut self, file: &str, reason: String) {
        let unsearched = Unsearched { file: file.to_owned(), reason };
        if !self.unknown.contains(&unsearched) {
            self.unknown.push(unsearched);
        }
    }
}

#[cfg(test)]
mod tests;
