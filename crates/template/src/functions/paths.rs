//! Paths with `/`, changed as text: nothing is looked up.

use super::Table;
use super::arguments::{exactly, text};
use super::strings::map_one;
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("base", |arguments| map_one("base", arguments, base)),
    ("dir", |arguments| map_one("dir", arguments, dir)),
    ("ext", |arguments| map_one("ext", arguments, ext)),
    ("clean", |arguments| map_one("clean", arguments, clean)),
    ("isAbs", |arguments| Ok(Value::Bool(text(&exactly::<1>("isAbs", arguments)?[0])?.starts_with('/')))),
    ("osBase", |arguments| map_one("osBase", arguments, base)),
    ("osDir", |arguments| map_one("osDir", arguments, dir)),
    ("osExt", |arguments| map_one("osExt", arguments, ext)),
    ("osClean", |arguments| map_one("osClean", arguments, clean)),
    ("osIsAbs", |arguments| Ok(Value::Bool(text(&exactly::<1>("osIsAbs", arguments)?[0])?.starts_with('/')))),
];

/// The last element.
fn base(path: &str) -> String {
    match path.trim_end_matches('/') {
        "" if path.is_empty() => ".".to_owned(),
        "" => "/".to_owned(),
        path => path.rsplit('/').next().unwrap_or(path).to_owned(),
    }
}

/// Everything up to the last `/`, cleaned.
fn dir(path: &str) -> String {
    clean(path.rfind('/').map_or("", |slash| &path[..=slash]))
}

/// The last element's ending, with its dot.
fn ext(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rfind('.').map_or("", |dot| &name[dot..]).to_owned()
}

/// The shortest path of the same meaning.
fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut kept: Vec<&str> = Vec::new();
    for element in path.split('/') {
        match element {
            "" | "." => {}
            ".." if kept.last().is_some_and(|last| *last != "..") => {
                kept.pop();
            }
            ".." if rooted => {}
            element => kept.push(element),
        }
    }
    match (rooted, kept.is_empty()) {
        (true, _) => format!("/{}", kept.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => kept.join("/"),
    }
}
