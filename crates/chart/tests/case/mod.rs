//! Cases as text files: a chart, a user's values, and what Helm makes of them. `=== NAME` begins a file of the chart; `user values` and
//! `release` are JSON; `renders PATH` is what a template becomes, `fails` what our error says. A `\` before the end of the last line
//! means that the text does not end with a line's end.

#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::BTreeMap;
use std::path::Path;

use sealer_chart::{File, Options, Release, Rendered, Sources, load_files, render};
use serde_json::Value;

/// One case.
#[derive(Debug, Default)]
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) files: Vec<(String, String)>,
    /// JSON, or empty.
    pub(crate) values: String,
    /// JSON, or empty.
    pub(crate) release: String,
    pub(crate) renders: BTreeMap<String, String>,
    pub(crate) fails: Option<String>,
}

/// Every case, by name.
pub(crate) fn all() -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let entries = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.extension().is_some_and(|ending| ending == "txt")).collect();
    paths.sort();
    paths.iter().map(|path| read(path)).collect()
}

fn read(path: &Path) -> Case {
    let text = std::fs::read_to_string(path).unwrap();
    let mut case = Case { name: path.file_stem().unwrap().to_string_lossy().into_owned(), ..Case::default() };
    let text = text.strip_suffix('\n').unwrap_or(&text);
    for section in format!("\n{text}").split("\n=== ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap_or((section, ""));
        // the last line's end was taken by the split
        let body = body.strip_suffix('\\').map_or_else(|| format!("{body}\n"), str::to_owned);
        match title.split_once(' ') {
            Some(("renders", path)) => drop(case.renders.insert(path.to_owned(), body)),
            _ if title == "user values" => case.values = body,
            _ if title == "release" => case.release = body,
            _ if title == "fails" => case.fails = Some(body.trim_end().to_owned()),
            _ => case.files.push((title.to_owned(), body)),
        }
    }
    case
}

impl Case {
    /// What we make of it.
    pub(crate) fn render(&self) -> Result<Rendered, String> {
        // `.helmignore` is for folders, so such a case is one
        let folder = tempfile::tempdir().unwrap();
        let chart = if self.files.iter().any(|(name, _)| name == ".helmignore") {
            self.write(folder.path());
            sealer_chart::load_directory(folder.path())
        } else {
            let file = |(name, text): &(String, String)| {
                let text = text.strip_prefix('\u{feff}').unwrap_or(text);
                File { name: name.clone(), data: text.as_bytes().into() }
            };
            load_files(self.files.iter().map(file).collect())
        };
        let user = Some(&self.values).filter(|values| !values.is_empty()).map(|text| ("user".to_owned(), text.clone()));
        let sources = Sources { files: user.into_iter().collect(), expressions: Vec::new() };
        let values = sources.merge(&|path| Err(path.to_owned())).map_err(|error| error.to_string())?;
        let mut options = Options::new(self.release());
        options.allows_missing_dependencies = true;
        chart.and_then(|chart| render(chart, &values, &options)).map_err(|error| error.to_string())
    }

    fn release(&self) -> Release {
        let given: Value = serde_json::from_str(&self.release).unwrap_or_default();
        let word = |key: &str, default: &str| given.get(key).and_then(Value::as_str).unwrap_or(default).to_owned();
        let mut release = Release::new(word("name", "rel"), word("namespace", "ns1"));
        release.is_upgrade = given.get("is_upgrade").and_then(Value::as_bool).unwrap_or(false);
        release.revision = given.get("revision").and_then(Value::as_u64).map_or(1, |revision| revision as u32);
        release
    }

    /// Writes the chart into a folder.
    pub(crate) fn write(&self, folder: &Path) {
        for (name, text) in &self.files {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
    }
}
