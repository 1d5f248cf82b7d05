//! A chart in memory: its data, values, templates, further files and the charts below it.

use std::rc::Rc;

use sealer_template::Map;

use crate::metadata::Metadata;

/// A file of a chart.
#[derive(Debug, Clone)]
pub struct File {
    /// The path from the chart's folder, with `/`.
    pub name: String,
    /// The bytes, without a byte order mark; line ends as they were.
    pub data: Rc<[u8]>,
}

impl File {
    /// The bytes as text; what is no UTF-8 becomes U+FFFD.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.data)
    }
}

/// A chart. Cloning is cheap but for the lists: bytes and values are shared.
#[derive(Debug, Clone)]
pub struct Chart {
    /// What `Chart.yaml` says.
    pub metadata: Metadata,
    /// What `values.yaml` says; shared, so whoever changes values copies them first.
    pub values: Map,
    /// The text of `values.schema.json`.
    pub schema: Option<Rc<[u8]>>,
    /// What lies in `templates/`.
    pub templates: Vec<File>,
    /// All other files, those of `crds/` among them.
    pub files: Vec<File>,
    /// The charts in `charts/`, by the names of their folders and archives.
    pub dependencies: Vec<Chart>,
}

impl Chart {
    /// The chart's name, or the alias that the chart above gives it.
    pub fn name(&self) -> &str {
        &self.metadata.name
    }

    /// Custom resource definitions of this chart and of those below, each with its path from this chart's name on.
    pub fn crds(&self) -> Vec<(String, File)> {
        let mut found = Vec::new();
        self.collect_crds(self.name(), &mut found);
        found
    }

    fn collect_crds(&self, path: &str, found: &mut Vec<(String, File)>) {
        let own = self.files.iter().filter(|file| file.name.starts_with("crds/") && is_manifest(&file.name));
        found.extend(own.map(|file| (format!("{path}/{}", file.name), file.clone())));
        for chart in &self.dependencies {
            chart.collect_crds(&format!("{path}/charts/{}", chart.name()), found);
        }
    }

    /// What `Chart.yaml` asks for and `charts/` lacks.
    pub fn missing_dependencies(&self) -> Vec<String> {
        let present = |name: &str| self.dependencies.iter().any(|chart| chart.name() == name);
        let wanted = self.metadata.dependencies.iter().map(|dependency| &dependency.name);
        wanted.filter(|name| !present(name)).cloned().collect()
    }
}

fn is_manifest(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    ending.is_some_and(|ending| ["yaml", "yml", "json"].contains(&ending.as_str()))
}
