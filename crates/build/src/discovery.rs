//! Which container images a rootfs needs: those that the PodSpecs of its manifests name, and those of its image list. YAML
//! is read as YAML, so comments, quotes, several documents and flow style make no difference.
//!
//! Three kinds of files cannot be looked into yet, and each is named rather than passed over: templates that are filled in
//! on the site, charts, and YAML that is not YAML. What they need belongs into `manifests/imageList`.

mod demands;
mod lists;
mod manifest;
mod workload;

pub(crate) use demands::{Demands, Wanted};
pub(crate) use lists::read_list;

use crate::context::Kind;
use crate::error::Error;
use crate::files::Files;
use std::path::PathBuf;

/// The image list of a rootfs.
const IMAGE_LIST: &str = "manifests/imageList";

/// What the files of a rootfs ask for.
#[derive(Debug, Default)]
pub(crate) struct Discovered {
    /// Images and who asks for each.
    pub(crate) demands: Demands,
    /// Files that may need images that nobody knows of, each with the reason.
    pub(crate) unknown: Vec<String>,
    /// Templates, which are filled in on the site. The Go sealer's images are full of them, so they only give a warning.
    pub(crate) templates: Vec<String>,
}

/// Looks through the files that a build adds to its base.
pub(crate) fn discover(files: &Files) -> Result<Discovered, Error> {
    let charts = charts(files);
    let mut discovered = Discovered::default();
    for chart in &charts {
        discovered.unknown.push(format!("{chart} is a chart, and charts are not rendered yet"));
    }
    for (path, entry) in files {
        let Kind::File { source, size } = &entry.kind else {
            continue;
        };
        let file = InRootfs { path, source, size: *size };
        if path == IMAGE_LIST {
            read_list(path, source, &mut discovered.demands)?;
        } else if file.may_hold_workloads() && !charts.iter().any(|chart| is_below(path, chart)) {
            file.look_into(&mut discovered)?;
        }
    }
    Ok(discovered)
}

/// One file of the rootfs and where its bytes are now.
struct InRootfs<'a> {
    path: &'a str,
    source: &'a PathBuf,
    size: u64,
}

impl InRootfs<'_> {
    fn may_hold_workloads(&self) -> bool {
        let folder = is_below(self.path, "manifests") || is_below(self.path, "application/apps");
        folder && [".yaml", ".yml", ".tmpl"].iter().any(|ending| self.path.ends_with(ending))
    }

    /// The application in whose folder the file is.
    fn application(&self) -> Option<&str> {
        self.path.strip_prefix("application/apps/")?.split_once('/').map(|(name, _)| name)
    }

    fn look_into(&self, discovered: &mut Discovered) -> Result<(), Error> {
        if self.path.ends_with(".tmpl") {
            discovered.templates.push(self.path.to_owned());
            return Ok(());
        }
        let text = crate::read_text(self.source, self.size, "a manifest", manifest::LONGEST)?;
        match manifest::images(&text) {
            Ok(found) => found.iter().for_each(|(image, field)| self.take(image, field, discovered)),
            Err(reason) => discovered.unknown.push(format!("{} is not YAML: {reason}", self.path)),
        }
        Ok(())
    }

    fn take(&self, image: &str, field: &str, discovered: &mut Discovered) {
        match image.parse() {
            Ok(name) => discovered.demands.add(name, self.application(), self.path, field),
            Err(error) => discovered.unknown.push(format!("{} {field}: {error}", self.path)),
        }
    }
}

/// Folders with a chart in them.
fn charts(files: &Files) -> Vec<String> {
    let folder = |path: &String| path.strip_suffix("/Chart.yaml").map(str::to_owned);
    let mut charts: Vec<String> = files.keys().filter_map(folder).collect();
    charts.retain(|chart| ["charts", "manifests", "application/apps"].iter().any(|place| is_below(chart, place)));
    let all = charts.clone();
    charts.retain(|chart| !all.iter().any(|other| is_below(chart, other)));
    charts
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests;
