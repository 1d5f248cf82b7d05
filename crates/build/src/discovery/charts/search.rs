//! Searches what a release is: every document that its charts render, and the lists of images that the charts carry themselves.

use crate::discovery::search::{self, NamedByValues, listed_in_annotations};
use crate::discovery::{Discovered, ImageFields, document};
use sealer_chart::{Metadata, Rendered, RenderedChart};
use sealer_model::image::Demand;

/// What a chart prints for people.
const NOTES: &str = "/NOTES.txt";

/// A release that has been rendered.
pub(crate) struct RenderedRelease<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its namespace.
    pub(crate) namespace: &'a str,
    /// Where the chart is, as reasons tell it.
    pub(crate) chart: &'a str,
    /// What every reason says.
    pub(crate) demand: Demand,
    /// The user's values files: what they are called, and their texts.
    pub(crate) values: Vec<(String, String)>,
    /// What it became.
    pub(crate) rendered: &'a Rendered,
}

impl RenderedRelease<'_> {
    /// Takes in every image that it names.
    pub(crate) fn search(&self, fields: &ImageFields, discovered: &mut Discovered) {
        let title = self.rendered.charts.first().map(|chart| self.title(&chart.metadata));
        let demand = Demand { chart: title, ..self.demand.clone() };
        for chart in &self.rendered.charts {
            let file = format!("{}/Chart.yaml", self.place(&chart.path));
            annotated(&chart.metadata, &Demand { file, ..demand.clone() }, discovered);
        }
        let named = self.named_by_values();
        let crds = self.rendered.crds.iter().map(|(path, text)| (path, text));
        for (path, text) in self.rendered.files.iter().chain(crds).filter(|(path, _)| !path.ends_with(NOTES)) {
            let demand = Demand { file: self.place(path), ..demand.clone() };
            self.text(text, &demand, &named, fields, discovered);
        }
        let warnings = self.rendered.warnings.iter().map(|warning| format!("{}: {warning}", self.chart));
        discovered.warnings.extend(warnings);
    }

    fn text(
        &self,
        text: &str,
        demand: &Demand,
        named: &NamedByValues,
        fields: &ImageFields,
        discovered: &mut Discovered,
    ) {
        let documents = match document::read(text) {
            Ok(documents) => documents,
            Err(reason) => {
                let reason = format!("becomes neither YAML nor JSON in release {}: {reason}", self.name);
                return discovered.unsearched(&demand.file, reason);
            }
        };
        for found in documents.iter().flat_map(|document| search::images(document, fields)) {
            let mut demand = demand.clone();
            demand.values.extend(found.image.parse().map(|image| named.places(&image)).unwrap_or_default());
            discovered.take(found, demand);
        }
    }

    /// Where the values name repositories: the user's, the chart's and those of the charts below.
    fn named_by_values(&self) -> NamedByValues {
        let of_chart = |chart: &RenderedChart| {
            let below = below(&chart.path).map(|folder| format!("{folder}/")).unwrap_or_default();
            (format!("{below}values.yaml"), chart.values.clone())
        };
        let mut named = NamedByValues::default();
        for (label, text) in self.values.iter().cloned().chain(self.rendered.charts.iter().map(of_chart)) {
            // what is wrong with it was told by the rendering
            document::read(&text).unwrap_or_default().iter().for_each(|values| named.add(&label, values));
        }
        named
    }

    /// `redis 18.1.0, release cache in namespace data`
    fn title(&self, metadata: &Metadata) -> String {
        let chart = [metadata.name.as_str(), metadata.version.as_str()].join(" ");
        format!("{}, release {} in namespace {}", chart.trim_end(), self.name, self.namespace)
    }

    /// A path that begins with the chart's name, as one that begins with its place.
    fn place(&self, path: &str) -> String {
        below(path).map_or_else(|| self.chart.to_owned(), |below| format!("{}/{below}", self.chart))
    }
}

/// `charts/a` of `web/charts/a`; none of `web`.
fn below(path: &str) -> Option<&str> {
    path.split_once('/').map(|(_, below)| below)
}

/// Takes in the images that a chart lists itself.
fn annotated(metadata: &Metadata, demand: &Demand, discovered: &mut Discovered) {
    let annotation =
        |key: &str| metadata.annotations.iter().find(|(known, _)| known == key).map(|(_, text)| text.as_str());
    for (image, field) in listed_in_annotations(annotation) {
        if let Ok(name) = image.parse() {
            discovered.demands.add(name, Demand { field: format!("annotations{field}"), ..demand.clone() });
        }
    }
}
