//! `sealer chart`.

pub(super) mod request;

use super::Context;
use super::blocking::blocking;
use crate::args::{Chart as Request, ChartImages, ChartTemplate, ChartVerb, OutputFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_build::{ChartImages as Images, chart_images};
use sealer_chart::output::{Selection, files, text};
use sealer_chart::{Request as Asked, manifests};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Does what was asked for with a chart.
///
/// # Errors
/// When the chart cannot be had or rendered, or a file cannot be written.
pub(super) async fn chart(request: Request, context: &Context) -> Result<Exit, Failure> {
    match request.verb {
        ChartVerb::Template(it) => template(*it, context).await.map(|()| Exit::Done),
        ChartVerb::Images(it) => images(*it, context).await,
    }
}

async fn template(request: ChartTemplate, context: &Context) -> Result<(), Failure> {
    let chart = request.release.source.chart.clone();
    let asked = request::of(request.release, context).await?;
    let rendered = blocking(move || Ok(sealer_chart::template(&asked)?)).await.map_err(cannot_render(&chart))?;
    rendered.warnings.iter().for_each(|warning| context.listener.warn(warning.clone()));
    let selection = Selection {
        crds: request.include_crds,
        no_hooks: request.no_hooks,
        no_tests: request.skip_tests,
        only: request.show_only,
    };
    let sorted = manifests::sort(&rendered.files).map_err(Failure::of).map_err(cannot_render(&chart))?;
    match request.output_dir {
        None => output::print(text(&rendered, &sorted, &selection)?),
        Some(folder) => {
            let files = files(&rendered, &sorted, &selection);
            let written = blocking(move || write(&folder, &files)).await?;
            output::print(written.iter().map(|path| format!("wrote {}\n", path.display())).collect::<String>())
        }
    }
}

fn cannot_render(chart: &str) -> impl FnOnce(Failure) -> Failure + use<'_> {
    move |failure| failure.within(format!("cannot render the chart {chart}"))
}

/// Paths come from a chart, which may be hostile: none may lead out of the folder.
fn write(folder: &Path, files: &BTreeMap<String, String>) -> Result<Vec<PathBuf>, Failure> {
    let mut written = Vec::new();
    for (path, text) in files {
        let within = path.split('/').all(|part| !part.is_empty() && part != "." && part != "..");
        if !within {
            return Err(Failure::failed(format!("a template has the path {path}, which leads out of the folder")));
        }
        let path = folder.join(path);
        let cannot = |error| Failure::of(error).within(format!("cannot write {}", path.display()));
        fs::create_dir_all(path.parent().unwrap_or(folder)).and_then(|()| fs::write(&path, text)).map_err(cannot)?;
        written.push(path);
    }
    Ok(written)
}

async fn images(request: ChartImages, context: &Context) -> Result<Exit, Failure> {
    let chart = request.release.source.chart.clone();
    let asked = request::of(request.release, context).await?;
    let asked = Asked { throwaway: true, ..asked };
    let name = chart.trim_end_matches('/').to_owned();
    let found = blocking(move || Ok(chart_images(&name, &asked)?)).await.map_err(cannot_render(&chart))?;
    found.warnings.iter().for_each(|warning| context.listener.warn(warning.clone()));
    match request.output {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Table => output::print(table(&found))?,
    }
    Ok(if found.unsearched.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

/// One line for each place that names an image, and one for each template that nobody can look into.
fn table(found: &Images) -> String {
    let mut rows = vec![["IMAGE", "ASKED FOR BY"].map(str::to_owned)];
    for image in &found.images {
        rows.extend(image.demands.iter().map(|demand| [image.name.to_string(), demand.to_string()]));
    }
    let unsearched = found.unsearched.iter().map(|file| format!("cannot be searched: {file}\n"));
    output::table(&rows) + &unsearched.collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_template_is_written_outside_of_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let files = |path: &str| BTreeMap::from([(path.to_owned(), "x".to_owned())]);
        assert_eq!(write(folder.path(), &files("web/a.yaml")).unwrap(), [folder.path().join("web/a.yaml")]);
        for path in ["../a", "web/../../a", "/etc/a", "web//a"] {
            assert!(write(folder.path(), &files(path)).is_err(), "{path}");
        }
    }
}
