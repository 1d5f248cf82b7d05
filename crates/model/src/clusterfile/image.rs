//! What can only be said when the image is known: whether it has the applications that the file speaks of.

use super::finding::{Finding, UnfitClusterfile};
use super::view::View;
use super::{Clusterfile, fit};
use crate::image::{ApplicationType, Extension};
use crate::nearest::nearest;

impl Clusterfile {
    /// What the file says of applications, against what the image has, in the order of the file.
    #[must_use]
    pub fn findings_with(&self, extension: &Extension) -> Vec<Finding> {
        let names: Vec<&str> = extension.applications.iter().map(|application| application.name.as_str()).collect();
        let (mut mentioned, mut findings) = (Vec::new(), Vec::new());
        if let Some(spec) = self.of_kind("Cluster").and_then(|document| document.get("spec")) {
            mentioned.extend(spec.list("appNames"));
        }
        if let Some(spec) = self.of_kind("Application").and_then(|document| document.get("spec")) {
            mentioned.extend(spec.list("launchApps"));
            for config in spec.list("configs") {
                mentioned.extend(config.get("name"));
                mentioned.extend(config.list("after"));
                findings.extend(of_charts_only(&config, extension));
            }
        }
        for config in self.documents.iter().filter(|document| document.shape.kind == "Config") {
            mentioned.extend(config.view().at(&["spec", "appName"]));
        }
        findings.extend(mentioned.iter().filter_map(|view| unknown(view, &names)));
        self.placed(findings)
    }

    /// Whether a delivery of that image may start with it.
    ///
    /// # Errors
    /// All findings that are errors.
    pub fn fit_for(&self, extension: &Extension) -> Result<(), UnfitClusterfile> {
        fit(&self.findings_with(extension))
    }
}

/// What only a chart can follow.
fn of_charts_only(config: &View<'_>, extension: &Extension) -> Vec<Finding> {
    let application = config.text_of("name").and_then(|name| extension.application(&name).cloned());
    let other = application.filter(|application| application.application_type != ApplicationType::Helm);
    let Some(other) = other else { return Vec::new() };
    let given = ["values", "valuesFiles", "atomic"].into_iter().filter_map(|field| config.get(field));
    let told = given.map(|field| {
        let message = format!("application {} is no chart, so that this does not count", other.name);
        Finding::error(field.position(), &field.path, message).hint("change its files with files, or its env")
    });
    told.collect()
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
