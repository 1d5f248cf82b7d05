//! What can only be said when the image is known: whether it has the applications that the file speaks of.

use super::finding::{Finding, UnfitClusterfile};
use super::view::View;
use super::{Clusterfile, fit};
use crate::image::Extension;
use crate::nearest::nearest;

impl Clusterfile {
    /// What the file says of applications, against what the image has, in the order of the file.
    #[must_use]
    pub fn findings_with(&self, extension: &Extension) -> Vec<Finding> {
        let names: Vec<&str> = extension.applications.iter().map(|application| application.name.as_str()).collect();
        let mut mentioned = Vec::new();
        if let Some(spec) = self.of_kind("Cluster").and_then(|document| document.get("spec")) {
            mentioned.extend(spec.list("appNames"));
        }
        if let Some(spec) = self.of_kind("Application").and_then(|document| document.get("spec")) {
            mentioned.extend(spec.list("launchApps"));
            mentioned.extend(spec.list("configs").iter().filter_map(|config| config.get("name")));
        }
        for config in self.documents.iter().filter(|document| document.shape.kind == "Config") {
            mentioned.extend(config.view().at(&["spec", "appName"]));
        }
        self.placed(mentioned.iter().filter_map(|view| unknown(view, &names)).collect())
    }

    /// Whether a delivery of that image may start with it.
    ///
    /// # Errors
    /// All findings that are errors.
    pub fn fit_for(&self, extension: &Extension) -> Result<(), UnfitClusterfile> {
        fit(&self.findings_with(extension))
    }
}

fn unknown(view: &View<'_>, names: &[&str]) -> Option<Finding> {
    let name = view.text().filter(|name| !name.is_empty())?;
    if names.contains(&name.as_str()) {
        return None;
    }
    let finding = Finding::error(view.position(), &view.path, format!("the image has no application {name}"));
    Some(match nearest(&name, names) {
        Some(near) => finding.hint(format!("did you mean {near}?")),
        None if names.is_empty() => finding.hint("it has no applications at all"),
        None => finding.hint(format!("it has {}", names.join(", "))),
    })
}
