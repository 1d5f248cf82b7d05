//! The charts of a rootfs and how each is installed: the releases that the launch commands name, or the one that follows from
//! where the chart lies. What is searched is what these releases are, under their names and with their values.

mod apis;
mod archive;
mod release;
mod rendering;
mod search;

use super::commands::{self, Command};
use super::document;
use super::tree::{Tree, is_below};
use super::{Discovered, ImageFields, Usage, sources};
use crate::error::Error;
use release::{Release, Setting};
use rendering::Site;
use sealer_chart::Rendered;
use sealer_model::image::Demand;
pub(crate) use search::RenderedRelease;
use std::collections::BTreeSet;

/// Where charts lie.
const FOLDERS: [&str; 3] = ["charts", "manifests", "application/apps"];

/// The charts of one rootfs.
pub(super) struct Charts<'a> {
    tree: Tree<'a>,
    usage: Usage<'a>,
    fields: &'a ImageFields,
    /// Folders and archives; the charts in charts are not among them.
    charts: Vec<String>,
    /// The APIs that the image brings along.
    apis: Vec<String>,
}

impl<'a> Charts<'a> {
    /// Finds the charts.
    pub(super) fn of(tree: Tree<'a>, usage: Usage<'a>, fields: &'a ImageFields) -> Result<Self, Error> {
        let in_folders = |path: &&str| is_chart_folder(path);
        let paths: Vec<&str> = tree.files().filter(in_folders).collect();
        let mut charts: Vec<String> = paths
            .iter()
            .filter_map(|path| path.strip_suffix("/Chart.yaml"))
            .filter(in_folders)
            .map(str::to_owned)
            .collect();
        for path in paths.iter().filter(|path| path.ends_with(".tgz")) {
            if let Some((source, _)) = tree.file(path).filter(|_| !charts.iter().any(|chart| is_below(path, chart)))
                && archive::is_chart(source)?
            {
                charts.push((*path).to_owned());
            }
        }
        let all = charts.clone();
        charts.retain(|chart| !all.iter().any(|other| is_below(chart, other)));
        let apis = if charts.is_empty() { Vec::new() } else { apis::of(tree)? };
        Ok(Self { tree, usage, fields, charts, apis })
    }

    /// Whether a path belongs to a chart: its templates and values are no manifests by themselves.
    pub(super) fn own(&self, path: &str) -> bool {
        self.charts.iter().any(|chart| path == chart || is_below(path, chart))
    }

    /// Whether a path lies in an application that has a chart: values for it may lie there, too.
    pub(super) fn beside(&self, path: &str) -> bool {
        let application = sources::application_name(path);
        application.is_some() && self.charts.iter().any(|chart| sources::application_name(chart) == application)
    }

    /// Searches every release of every chart, and gives the values files that they use.
    pub(super) fn search(&self, commands: &[Command], discovered: &mut Discovered) -> Result<BTreeSet<String>, Error> {
        let releases: Vec<Release> = commands.iter().filter_map(Release::of_command).collect();
        for release in releases.iter().filter(|release| !self.charts.contains(&release.chart)) {
            let reason = format!("helm installs the chart {}, which is not in the image", release.written);
            discovered.unsearched(&self.launcher(release), reason);
        }
        for chart in &self.charts {
            let mut own: Vec<Release> = releases.iter().filter(|release| release.chart == *chart).cloned().collect();
            if own.is_empty() {
                own.push(self.default_release(chart));
            }
            own.iter().try_for_each(|release| self.release(release, discovered))?;
        }
        Ok(releases.iter().flat_map(Release::values_files).map(str::to_owned).collect())
    }

    /// The file that stands for the commands of an application.
    fn launcher(&self, release: &Release) -> String {
        release.application.as_ref().map_or("Kubefile".to_owned(), |name| format!("application/apps/{name}"))
    }

    /// How a chart is installed that no command names: an application by its own name, with the values files that the Kubefile
    /// puts beside it.
    fn default_release(&self, chart: &str) -> Release {
        let application = self.usage.applications.iter().find(|each| commands::folder(each) == chart);
        let values = application.iter().flat_map(|each| each.files.iter().skip(1));
        let settings = values.map(|file| Setting::Values(format!("{chart}/{file}"))).collect();
        let name = chart.rsplit('/').next().unwrap_or(chart).trim_end_matches(".tgz");
        Release { settings, ..Release::new(chart, name) }
    }

    fn release(&self, release: &Release, discovered: &mut Discovered) -> Result<(), Error> {
        let first = Site { kubernetes: self.usage.kubernetes, apis: &[], is_upgrade: false };
        match rendering::render(self.tree, release, first) {
            Ok(rendered) => self.rendered(release, &rendered, discovered)?,
            Err(reason) => {
                let reason = format!("release {} cannot be rendered: {reason}", release.name);
                discovered.unsearched(&release.chart, reason);
                return Ok(());
            }
        }
        // once more as the site will: with the APIs that the image brings, and when it is upgraded. A chart that refuses an upgrade
        // without what only a running release can tell, such as its passwords, names no further images
        let later = Site { apis: &self.apis, is_upgrade: true, ..first };
        if let Ok(rendered) = rendering::render(self.tree, release, later) {
            self.rendered(release, &rendered, discovered)?;
        }
        Ok(())
    }

    fn rendered(&self, release: &Release, rendered: &Rendered, discovered: &mut Discovered) -> Result<(), Error> {
        let demand = Demand {
            application: self.application(&release.chart),
            values: release.settings.iter().map(Setting::to_string).collect(),
            ..Demand::default()
        };
        let text = |path: &str| self.tree.text(path, "a values file", document::LONGEST);
        let values = release.values_files().map(|path| Ok((path.to_owned(), text(path)?.unwrap_or_default())));
        let (name, namespace, chart) = (&release.name, &release.namespace, &release.chart);
        let values = values.collect::<Result<_, Error>>()?;
        RenderedRelease { name, namespace, chart, demand, values, rendered }.search(self.fields, discovered);
        Ok(())
    }

    fn application(&self, chart: &str) -> Option<String> {
        sources::application_name(chart).map(str::to_owned)
    }
}

/// Whether a path lies where charts do.
fn is_chart_folder(path: &str) -> bool {
    FOLDERS.iter().any(|place| is_below(path, place))
}

#[cfg(test)]
mod tests;
