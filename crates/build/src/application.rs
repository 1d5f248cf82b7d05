//! What kind of application a folder of files is, and which of its files are launched: charts, manifests or scripts.

use crate::context::{Found, Kind};
use crate::files::Wrong;
use crate::origins::Origins;
use crate::recipe::CopySource;
use sealer_model::image::ApplicationType;

/// The type and the files to launch, relative to the application's folder.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Detected {
    /// The type.
    pub(crate) application_type: ApplicationType,
    /// The files.
    pub(crate) files: Vec<String>,
}

/// What makes a folder a chart.
const CHART: [&str; 3] = ["Chart.yaml", "values.yaml", "templates"];

/// Looks at what an application's sources are. The rules are those of the Go sealer: a chart is launched by the
/// application's name, of scripts only those of the first source run, of manifests all are applied. A chart's name is
/// followed by the values files that are named beside it, which the Go sealer passes over.
pub(crate) fn detect(origins: &Origins, name: &str, sources: &[CopySource]) -> Result<Detected, Wrong> {
    let mut groups = Vec::new();
    for source in sources {
        groups.extend(origins.find(source)?.into_iter().map(|(path, found)| Group { path, found }));
    }
    Ok(judge(name, &groups))
}

fn judge(name: &str, groups: &[Group]) -> Detected {
    let all: Vec<String> = groups.iter().flat_map(Group::files).collect();
    let (application_type, files) = if is_chart(groups) {
        (ApplicationType::Helm, [name.to_owned()].into_iter().chain(values(groups)).collect())
    } else if each_ends(&all, &[".sh"]) {
        (ApplicationType::Shell, groups.first().map(Group::files).unwrap_or_default())
    } else if each_ends(&all, &[".yaml", ".yml"]) {
        (ApplicationType::Kube, all)
    } else {
        (ApplicationType::Unknown, Vec::new())
    };
    Detected { application_type, files }
}

fn each_ends(files: &[String], endings: &[&str]) -> bool {
    let ends = |file: &String| endings.iter().any(|ending| file.ends_with(ending));
    !files.is_empty() && files.iter().all(ends)
}

/// The values files that the Kubefile puts beside a chart, in its order: single files that are no part of the chart.
fn values(groups: &[Group]) -> impl Iterator<Item = String> {
    let single = groups.iter().filter(|group| !group.is_folder() && !CHART.contains(&group.name()));
    single.map(|group| group.name().to_owned()).filter(|name| is_yaml(name))
}

fn is_yaml(name: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending))
}

/// What one source means.
struct Group {
    path: String,
    found: Vec<Found>,
}

impl Group {
    fn is_folder(&self) -> bool {
        self.found.first().is_some_and(|first| first.kind == Kind::Folder)
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Files as they will lie in the application's folder.
    fn files(&self) -> Vec<String> {
        if !self.is_folder() {
            return vec![self.name().to_owned()];
        }
        let files = self.found.iter().filter(|each| each.kind != Kind::Folder);
        files.map(|each| each.path.clone()).collect()
    }

    fn holds(&self, name: &str) -> bool {
        self.found.iter().any(|each| each.path == name)
    }
}

fn is_chart(groups: &[Group]) -> bool {
    let inside = |group: &Group| group.is_folder() && CHART.iter().all(|part| group.holds(part));
    let among = CHART.iter().all(|part| groups.iter().any(|group| group.name() == *part));
    groups.iter().any(inside) || among
}

#[cfg(test)]
mod tests;
