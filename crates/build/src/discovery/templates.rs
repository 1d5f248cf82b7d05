//! Files that end in `.tmpl`: the site fills them in from the environment and puts the result beside them, without the ending.
//! Here the same is done with the environment that the image brings, and the results are searched like any other file. A
//! variable that only the site knows stays visible as `<no value>`; where it would be part of an image's name, nobody can tell
//! which image that is.

use super::document::LONGEST;
use super::tree::is_below;
use super::{Discovered, Usage, sources};
use crate::context::Kind;
use crate::error::Error;
use crate::files::{Entry, Files};
use sealer_tailor::{fill_in, is_template, product};
use sealer_template::MissingKey;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A rootfs with its templates filled in, for as long as this lives.
pub(super) struct Filled {
    pub(super) files: Files,
    /// The template that a file was made of.
    pub(super) origins: BTreeMap<String, String>,
    _folder: TempDir,
}

/// Fills in every template. One that cannot be is told.
pub(super) fn fill(files: &Files, usage: Usage<'_>, discovered: &mut Discovered) -> Result<Filled, Error> {
    let folder = tempfile::tempdir().map_err(|source| Error::write(&std::env::temp_dir(), source))?;
    let mut filled = Filled { files: files.clone(), origins: BTreeMap::new(), _folder: folder };
    for (path, entry) in files.iter().filter(|(path, _)| is_template(path) && is_searched(path)) {
        let Kind::File { source, size } = &entry.kind else { continue };
        let text = crate::read_text(source, *size, "a template", LONGEST)?;
        match fill_in(path, &text, environment(path, usage), MissingKey::Nothing) {
            Ok(text) => filled.add(path, &text, entry)?,
            Err(reason) => discovered.unsearched(path, format!("is a template that cannot be filled in: {reason}")),
        }
    }
    Ok(filled)
}

/// What lies in `etc/` is for kubeadm and hosts; no image is looked for there.
fn is_searched(path: &str) -> bool {
    !is_below(path, "etc")
}

impl Filled {
    fn add(&mut self, template: &str, text: &str, entry: &Entry) -> Result<(), Error> {
        let source = self._folder.path().join(self.origins.len().to_string());
        write(&source, text)?;
        let path = product(template).to_owned();
        let kind = Kind::File { source, size: text.len() as u64 };
        self.files.insert(path.clone(), Entry { kind, ..entry.clone() });
        self.origins.insert(path, template.to_owned());
        Ok(())
    }
}

fn write(path: &Path, text: &str) -> Result<(), Error> {
    fs::write(path, text).map_err(|source| Error::write(path, source))
}

/// The environment of a file: the image's, and that of the application on top.
fn environment(path: &str, usage: Usage<'_>) -> BTreeMap<String, String> {
    let mut environment = usage.environment.cloned().unwrap_or_default();
    let name = sources::application_name(path);
    let application = usage.applications.iter().find(|application| Some(application.name.as_str()) == name);
    environment.extend(application.map(|application| application.env.clone()).unwrap_or_default());
    environment
}
