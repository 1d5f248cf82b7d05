//! The values of a chart and of the charts below it made one: a user's first, then those of the chart, then those of the charts
//! below; global values are handed down.

use sealer_template::{Map, Value, print};

use super::table::{Nils, deep_copy_map, drop_nils, joined, merge, shallow_copy};
use crate::chart::Chart;
use crate::error::{Error, Result};

/// The key of the values that every chart below gets.
const GLOBAL: &str = "global";

/// Makes the values of a chart one with a user's, of which a copy is taken.
///
/// # Errors
/// A value that should hold the values of a chart below is no table.
pub(crate) fn coalesce(chart: &Chart, values: &Map, nils: Nils, warnings: &mut Vec<String>) -> Result<Map> {
    let all = deep_copy_map(values);
    Coalescing { nils, warnings }.chart(chart, &all, "")?;
    Ok(all)
}

struct Coalescing<'a> {
    nils: Nils,
    warnings: &'a mut Vec<String>,
}

impl Coalescing<'_> {
    fn chart(&mut self, chart: &Chart, values: &Map, prefix: &str) -> Result<()> {
        self.own_values(chart, values, prefix);
        let below = joined(prefix, chart.name());
        for dependency in &chart.dependencies {
            let inner = match values.get(dependency.name()) {
                Some(Value::Map(inner)) => inner,
                None => Map::default(),
                Some(other) => return Err(mismatch(dependency.name(), &other)),
            };
            values.set(dependency.name(), Value::Map(inner.clone()));
            self.globals(&inner, values, &below);
            self.chart(dependency, &inner, &below)?;
        }
        Ok(())
    }

    /// The chart's own `values.yaml` below what is there.
    fn own_values(&mut self, chart: &Chart, values: &Map, prefix: &str) {
        let path = joined(prefix, chart.name());
        // In defaults a nil means nothing; one of the user's for which there is no default is a value that templates see.
        let cleans = self.nils == Nils::Drop;
        for (key, default) in deep_copy_map(&chart.values).entries() {
            match (values.get(&key), default) {
                (Some(Value::Nil), _) if self.nils == Nils::Drop => drop(values.remove(&key)),
                (Some(Value::Map(inner)), Value::Map(default)) => {
                    // nils meant for a chart below are that chart's to drop
                    let is_chart = chart.dependencies.iter().any(|chart| chart.name() == key);
                    let nils = if is_chart { Nils::Keep } else { self.nils };
                    if cleans && nils == Nils::Drop {
                        drop_nils(&default);
                    }
                    merge(&inner, &default, &joined(&path, &key), nils, self.warnings);
                }
                (Some(Value::Map(_)), default) if !matches!(default, Value::Nil) => {
                    self.warnings.push(format!("warning: skipped value for {path}.{key}: Not a table."));
                }
                (Some(_), _) => {}
                (None, Value::Nil) if cleans => {}
                (None, default) => {
                    if let (true, Value::Map(table)) = (cleans, &default) {
                        drop_nils(table);
                    }
                    values.set(key, default);
                }
            }
        }
    }

    /// Hands the global values down; those from above win.
    fn globals(&mut self, below: &Map, above: &Map, prefix: &str) {
        let (Some(target), Some(source)) =
            (self.global_table(below, "destination"), self.global_table(above, "source"))
        else {
            return;
        };
        for (key, value) in source.entries() {
            match (target.get(&key), value) {
                (Some(Value::Map(own)), Value::Map(given)) => {
                    let given = shallow_copy(&given);
                    merge(&given, &own, &joined(prefix, &key), Nils::Keep, self.warnings);
                    target.set(key, Value::Map(given));
                }
                (None, Value::Map(given)) => target.set(key, Value::Map(shallow_copy(&given))),
                (Some(_), Value::Map(_)) => {
                    self.warnings.push(format!("Conflict: cannot merge map onto non-map for {key:?}. Skipping."));
                }
                (Some(Value::Map(_)), _) => self.warnings.push(format!("key {key} is table. Skipping")),
                (_, value) => target.set(key, value),
            }
        }
        below.set(GLOBAL, Value::Map(target));
    }

    fn global_table(&mut self, values: &Map, end: &str) -> Option<Map> {
        match values.get(GLOBAL) {
            None => Some(Map::default()),
            Some(Value::Map(table)) => Some(table),
            Some(_) => {
                self.warnings.push(format!("warning: skipping globals because {end} {GLOBAL} is not a table."));
                None
            }
        }
    }
}

fn mismatch(name: &str, value: &Value) -> Error {
    Error::Values {
        origin: format!("values of chart {name}"),
        problem: format!("type mismatch on {name}: {} is no table", print::print(value)),
    }
}
