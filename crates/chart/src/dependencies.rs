//! Which of the charts below a chart take part, under which names: versions, aliases, tags and conditions; and the values that a
//! chart takes over from those below.

mod import;

use sealer_template::functions::{Constraints, Version};
use sealer_template::{Map, Value};

use crate::chart::Chart;
use crate::error::{Error, Result};
use crate::metadata::Dependency;
use crate::values::coalesce::coalesce;
use crate::values::path::{table_at, value_at};
use crate::values::table::Nils;

/// How many charts may lie below one. Each may stand under several aliases, and so may those below it: thirty levels of two would be
/// a billion charts.
const MOST_CHARTS: usize = 10_000;

/// Leaves out the charts that the values switch off, gives the others their aliases, and takes imported values over.
///
/// # Errors
/// Values for a chart below are no table, or there are too many charts.
pub(crate) fn resolve(chart: &mut Chart, values: &Map, warnings: &mut Vec<String>) -> Result<()> {
    let mut left = MOST_CHARTS;
    enable(chart, values, "", &mut left, warnings)?;
    import::import(chart, warnings)
}

fn enable(chart: &mut Chart, values: &Map, path: &str, left: &mut usize, warnings: &mut Vec<String>) -> Result<()> {
    let too_many = || Error::TooLarge(format!("more than {MOST_CHARTS} charts lie below it, aliases counted"));
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    give_names(chart);
    *left = left.checked_sub(chart.dependencies.len()).ok_or_else(too_many)?;
    let values = coalesce(chart, values, Nils::Drop, warnings)?;
    for dependency in &mut chart.metadata.dependencies {
        dependency.enabled = by_tags(dependency, &values, warnings);
        if let Some(enabled) = by_condition(dependency, &values, path, warnings) {
            dependency.enabled = enabled;
        }
    }
    let dependencies = &chart.metadata.dependencies;
    let off: Vec<String> = dependencies
        .iter()
        .filter(|dependency| !dependency.enabled)
        .map(|dependency| dependency.name.clone())
        .collect();
    chart.dependencies.retain(|below| !off.iter().any(|name| name == below.name()));
    chart.metadata.dependencies.retain(|dependency| !off.contains(&dependency.name));
    for below in &mut chart.dependencies {
        let path = format!("{path}{}.", below.name());
        enable(below, &values, &path, left, warnings)?;
    }
    Ok(())
}

/// The charts below in the order and under the names of `Chart.yaml`; those that it does not name come first, as they are.
fn give_names(chart: &mut Chart) {
    let wanted = &mut chart.metadata.dependencies;
    let unnamed = |below: &&Chart| !wanted.iter().any(|dependency| fits(dependency, below));
    let mut found: Vec<Chart> = chart.dependencies.iter().filter(unnamed).cloned().collect();
    for dependency in wanted {
        if let Some(below) = chart.dependencies.iter().find(|below| fits(dependency, below)) {
            let mut below = below.clone();
            if !dependency.alias.is_empty() {
                below.metadata.name.clone_from(&dependency.alias);
            }
            found.push(below);
        }
        if !dependency.alias.is_empty() {
            dependency.name.clone_from(&dependency.alias);
        }
    }
    chart.dependencies = found;
}

/// Whether the chart is the one meant, in a version that will do.
fn fits(dependency: &Dependency, chart: &Chart) -> bool {
    let in_range = || {
        let constraints = Constraints::parse(&dependency.version).ok()?;
        Some(constraints.allow(&Version::parse(&chart.metadata.version).ok()?))
    };
    dependency.name == chart.name() && in_range().unwrap_or(false)
}

/// Off when `tags` in the values has one of its tags as false and none as true.
fn by_tags(dependency: &Dependency, values: &Map, warnings: &mut Vec<String>) -> bool {
    let Some(given) = table_at(values, "tags") else { return true };
    let mut seen = (false, false);
    for tag in &dependency.tags {
        match given.get(tag) {
            None => {}
            Some(Value::Bool(true)) => seen.0 = true,
            Some(Value::Bool(false)) => seen.1 = true,
            Some(_) => warnings.push(format!("warning: tag {tag} of chart {} is no truth value", dependency.name)),
        }
    }
    seen.0 || !seen.1
}

/// What the first path says that leads to a truth value.
fn by_condition(dependency: &Dependency, values: &Map, path: &str, warnings: &mut Vec<String>) -> Option<bool> {
    for condition in dependency.condition.trim().split(',').filter(|condition| !condition.is_empty()) {
        match value_at(values, &format!("{path}{condition}")) {
            None => {}
            Some(Value::Bool(enabled)) => return Some(enabled),
            Some(_) => {
                warnings.push(format!("warning: condition {condition} of chart {} is no truth value", dependency.name));
            }
        }
    }
    None
}
