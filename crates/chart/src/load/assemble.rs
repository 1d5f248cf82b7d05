//! From files to a chart: which file means what, and which belong to a chart below.

use std::collections::BTreeMap;
use std::rc::Rc;

use sealer_template::{Value, yaml};

use super::archive;
use super::bounds::{Budget, DEEPEST};
use crate::chart::{Chart, File};
use crate::error::{Error, Result};
use crate::metadata::Metadata;
use crate::values;

/// Makes a chart of its files; `depth` counts the charts above.
pub(super) fn assemble(files: Vec<File>, budget: &mut Budget, depth: usize) -> Result<Chart> {
    if depth > DEEPEST {
        return Err(Error::TooLarge(format!("charts lie more than {DEEPEST} deep in one another")));
    }
    let mut chart = empty(metadata(&files)?);
    let mut below: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for file in files {
        match file.name.strip_prefix("charts/") {
            Some(rest) if !rest.ends_with(".prov") => {
                let name = rest.split('/').next().unwrap_or(rest).to_owned();
                below.entry(name).or_default().push(File { name: rest.to_owned(), data: file.data });
            }
            _ => sort_in(file, &mut chart)?,
        }
    }
    chart.metadata.validate()?;
    for (name, files) in below {
        let failed =
            |cause| Error::Subchart { name: name.clone(), parent: chart.name().to_owned(), cause: Box::new(cause) };
        if let Some(found) = subchart(&name, files, budget, depth).map_err(failed)? {
            chart.dependencies.push(found);
        }
    }
    Ok(chart)
}

fn empty(metadata: Metadata) -> Chart {
    Chart {
        metadata,
        values: sealer_template::Map::default(),
        schema: None,
        templates: Vec::new(),
        files: Vec::new(),
        dependencies: Vec::new(),
    }
}

/// `Chart.yaml` comes first, whatever its place among the files.
fn metadata(files: &[File]) -> Result<Metadata> {
    let file = files.iter().find(|file| file.name == "Chart.yaml");
    let file = file.ok_or(Error::NoChartFile)?;
    let value = document(file)?;
    Metadata::read(&value).map_err(|problem| Error::unreadable(&file.name, problem))
}

fn document(file: &File) -> Result<Value> {
    yaml::read(&file.text()).map_err(|error| Error::unreadable(&file.name, error))
}

/// Puts one of the chart's own files where it belongs.
fn sort_in(file: File, chart: &mut Chart) -> Result<()> {
    match file.name.as_str() {
        "Chart.yaml" => {}
        // Both are read for nothing but their being readable: versions were locked when the chart was packed.
        "Chart.lock" => drop(document(&file)?),
        "values.yaml" => {
            let unreadable = |problem: String| {
                let prefix =
                    if problem.starts_with("error converting") { "cannot unmarshal yaml document: " } else { "" };
                Error::unreadable(&file.name, format!("{prefix}{problem}"))
            };
            chart.values = values::read_documents(&file.text()).map_err(unreadable)?;
        }
        "values.schema.json" => chart.schema = Some(Rc::clone(&file.data)),
        "requirements.yaml" | "requirements.lock" => requirements(file, chart)?,
        name if name.starts_with("templates/") => chart.templates.push(file),
        _ => chart.files.push(file),
    }
    Ok(())
}

/// The dependencies of a chart for Helm 2, which are also a file for its templates.
fn requirements(file: File, chart: &mut Chart) -> Result<()> {
    let value = document(&file)?;
    if file.name == "requirements.yaml" {
        let read = chart.metadata.read_requirements(&value);
        read.map_err(|problem| Error::unreadable(&file.name, problem))?;
    }
    if chart.metadata.api_version == "v1" {
        chart.files.push(file);
    }
    Ok(())
}

/// One folder or archive of `charts/`; `None` for what is no chart: hidden names, and names for notes.
fn subchart(name: &str, files: Vec<File>, budget: &mut Budget, depth: usize) -> Result<Option<Chart>> {
    if name.starts_with(['_', '.']) {
        return Ok(None);
    }
    if name.ends_with(".tgz") {
        let Some(file) = files.iter().find(|file| file.name == name) else {
            return Err(Error::Archive(format!("{name} is a folder")));
        };
        let files = archive::files(&file.data, budget)?;
        return assemble(files, budget, depth + 1).map(Some);
    }
    let inner = |file: File| {
        let name = file.name.split_once('/')?.1.to_owned();
        Some(File { name, data: file.data })
    };
    assemble(files.into_iter().filter_map(inner).collect(), budget, depth + 1).map(Some)
}
