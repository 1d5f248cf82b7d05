//! Values: where a user's come from, and how they go together with those of the charts.

pub(crate) mod coalesce;
mod expression;
mod nested;
pub(crate) mod path;
mod sources;
pub(crate) mod table;

pub use sources::{Expression, ExpressionKind, ReadFile, Sources};

use sealer_template::{Map, Value, yaml};

/// Reads a values file: the maps of its documents, later ones over earlier ones.
pub(crate) fn read_documents(text: &str) -> Result<Map, String> {
    let documents = yaml::read_all(text).map_err(|error| error.to_string())?;
    let mut all = Map::default();
    for document in documents {
        match document {
            Value::Nil => {}
            Value::Map(map) if all.is_empty() => all = map,
            Value::Map(map) => table::put_over(&all, &map),
            _ => return Err("it is no map of values".to_owned()),
        }
    }
    Ok(all)
}
