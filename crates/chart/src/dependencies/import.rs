//! `import-values`: values of a chart below that become defaults of the chart above.

use sealer_template::{Map, Value};

use crate::chart::Chart;
use crate::error::Result;
use crate::values::coalesce::coalesce;
use crate::values::path::table_at;
use crate::values::table::{Nils, deep_copy_map, merge};

/// Takes values over, the deepest charts first. A chart with dependencies gets all the values of those below, too: that is how
/// the paths are found, and templates can see it.
pub(super) fn import(chart: &mut Chart, warnings: &mut Vec<String>) -> Result<()> {
    for below in &mut chart.dependencies {
        import(below, warnings)?;
    }
    if chart.metadata.dependencies.is_empty() {
        return Ok(());
    }
    let values = coalesce(chart, &Map::default(), Nils::Keep, warnings)?;
    let imported = Map::default();
    for dependency in &chart.metadata.dependencies {
        for import in &dependency.imports {
            match table_at(&values, &format!("{}.{}", dependency.name, import.child)) {
                Some(table) => merge(&imported, &at(&import.parent, deep_copy_map(&table)), "", Nils::Keep, warnings),
                None => {
                    let (name, child) = (&dependency.name, &import.child);
                    warnings.push(format!("warning: ImportValues missing table from chart {name}: {child}"));
                }
            }
        }
    }
    merge(&values, &imported, "", Nils::Keep, warnings);
    chart.values = values;
    Ok(())
}

/// The table at the end of a path; `.` is no path.
fn at(path: &str, table: Map) -> Map {
    if path == "." {
        return table;
    }
    path.split('.').rev().fold(table, |inner, key| {
        let outer = Map::default();
        outer.set(key, Value::Map(inner));
        outer
    })
}
