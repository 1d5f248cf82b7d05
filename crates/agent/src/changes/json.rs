//! Values of ours in a JSON document that belongs to others, such as docker's `daemon.json`. Everything else in it stays. On removal a
//! document that nobody else has changed meanwhile is put back byte for byte; in one that somebody has, only our values go.

mod edit;

pub(crate) use edit::Edit;

use super::block::{read, real, write};
use crate::durable;
use crate::error::{Error, Result};
use crate::keep::Kept;
use crate::ledger::{Entry, Ledger};
use sealer_model::agent::JsonValue;
use serde_json::{Map, Value};
use std::path::Path;

pub(super) fn differs(ledger: &Ledger, path: &str, values: &[JsonValue]) -> Result<bool> {
    let file = real(&ledger.place().path(path)?);
    let now = document(&file)?;
    let (wanted, _) = wanted(now.clone(), &former_edits(ledger, path), values, &file)?;
    Ok(now != wanted || (!values.is_empty() && !file.exists()))
}

/// The ledger knows both the former and the new values until the document has the new ones, whatever happens in between.
pub(super) fn make(ledger: &mut Ledger, path: &str, mode: u32, values: &[JsonValue]) -> Result<()> {
    let file = real(&ledger.place().path(path)?);
    ledger.make_parents(&file)?;
    let before = match entered(ledger, path) {
        Some((before, _)) => before,
        None => Kept::take(ledger, &file)?,
    };
    let former = former_edits(ledger, path);
    if values.is_empty() {
        undo(ledger, path, &before, &former)?;
        return ledger.enter_anew(Entry::Json { path: path.to_owned(), before, edits: Vec::new() });
    }
    let (document, edits) = wanted(document(&file)?, &former, values, &file)?;
    let entry = |edits: Vec<Edit>| Entry::Json { path: path.to_owned(), before: before.clone(), edits };
    ledger.enter_anew(entry(former.iter().chain(&edits).cloned().collect()))?;
    let text = text(&document);
    if file.exists() {
        write(&file, &text)?
    } else {
        durable::write(&file, mode, &text)?
    }
    ledger.enter_anew(entry(edits))
}

/// Takes our values out again.
pub(crate) fn undo(ledger: &Ledger, path: &str, before: &Kept, edits: &[Edit]) -> Result<()> {
    let file = real(&ledger.place().path(path)?);
    if read(&file)?.is_none() {
        return Ok(());
    }
    let left = edit::undone(document(&file)?, edits);
    if left == original(ledger, before)? {
        return before.put_back(ledger, &file);
    }
    write(&file, &text(&left))
}

fn wanted(now: Value, former: &[Edit], values: &[JsonValue], file: &Path) -> Result<(Value, Vec<Edit>)> {
    edit::applied(edit::undone(now, former), values).map_err(|reason| Error::Document { path: file.to_owned(), reason })
}

fn entered(ledger: &Ledger, path: &str) -> Option<(Kept, Vec<Edit>)> {
    ledger.entries().iter().find_map(|entry| match entry {
        Entry::Json { path: known, before, edits } if known == path => Some((before.clone(), edits.clone())),
        _ => None,
    })
}

fn former_edits(ledger: &Ledger, path: &str) -> Vec<Edit> {
    entered(ledger, path).map(|(_, edits)| edits).unwrap_or_default()
}

/// What was there before us; an empty document where there was none.
fn original(ledger: &Ledger, before: &Kept) -> Result<Value> {
    match before {
        Kept::File { backup, .. } => document(&ledger.backup(backup)),
        Kept::Absent | Kept::Link { .. } => Ok(Value::Object(Map::new())),
    }
}

fn document(file: &Path) -> Result<Value> {
    let text = read(file)?.unwrap_or_default();
    if text.trim_ascii().is_empty() {
        return Ok(Value::Object(Map::new()));
    }
    let refused = |reason: String| Error::Document { path: file.to_owned(), reason };
    match serde_json::from_slice(&text) {
        Ok(document @ Value::Object(_)) => Ok(document),
        Ok(_) => Err(refused("it is JSON, but no object".into())),
        Err(error) => Err(refused(format!("it is no JSON: {error}"))),
    }
}

fn text(document: &Value) -> Vec<u8> {
    format!("{document:#}\n").into_bytes()
}
