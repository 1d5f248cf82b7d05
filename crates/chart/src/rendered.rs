//! What rendering a chart gives: texts, and what the charts that they came from say of themselves, so that nobody need load them again
//! to tell where an image comes from. It may go to another thread, which a chart may not.

use std::collections::BTreeMap;

use sealer_template::{Used, Value, json};

use crate::chart::Chart;
use crate::metadata::Metadata;

/// What became of a chart.
#[derive(Debug, Clone, Default)]
pub struct Rendered {
    /// The chart's name.
    pub chart: String,
    /// The text of every template but the partial ones, by its path from the chart's name on. `NOTES.txt` is among them.
    pub files: BTreeMap<String, String>,
    /// Custom resource definitions, which are no templates: path and text, in the order of installation.
    pub crds: Vec<(String, String)>,
    /// What is odd about the values, each said once.
    pub warnings: Vec<String>,
    /// Charts that are not there, where the options allow it.
    pub missing_dependencies: Vec<String>,
    /// The charts that took part, the upper ones first: those that conditions or tags leave out are not among them.
    pub charts: Vec<RenderedChart>,
    /// What the templates used up of what templates may.
    pub used: Used,
}

/// A chart that took part in a rendering.
#[derive(Debug, Clone)]
pub struct RenderedChart {
    /// Its path from the upper chart's name on: `web/charts/redis`.
    pub path: String,
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// Its own values, as JSON.
    pub values: String,
}

/// A chart and the charts below it.
pub(crate) fn charts(chart: &Chart) -> Vec<RenderedChart> {
    let mut found = Vec::new();
    collect(chart, chart.name().to_owned(), &mut found);
    found
}

fn collect(chart: &Chart, path: String, found: &mut Vec<RenderedChart>) {
    // values that JSON cannot hold, such as infinite numbers, name no images
    let values = json::write(&Value::Map(chart.values.clone())).unwrap_or_default();
    found.push(RenderedChart { path: path.clone(), metadata: chart.metadata.clone(), values });
    for below in &chart.dependencies {
        collect(below, format!("{path}/charts/{}", below.name()), found);
    }
}
