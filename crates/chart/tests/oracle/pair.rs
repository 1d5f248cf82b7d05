//! One small chart rendered by Helm and by us.

use std::path::Path;

use sealer_chart::{Origin, Release, Request, template};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::helm::Helm;

/// Where the template lies in the rendering.
const RENDERED: &str = "c/templates/a.yaml";

/// What the same template gave on both sides: its text, or why it fails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Pair {
    pub(crate) ours: Result<String, String>,
    pub(crate) theirs: Result<String, String>,
}

impl Pair {
    /// Whether nobody could tell them apart; the white space of an error is no matter.
    pub(crate) fn agrees(&self) -> bool {
        match (&self.ours, &self.theirs) {
            (Ok(ours), Ok(theirs)) => ours == theirs,
            // of what is wrong with a text that is no template, Helm keeps the last words alone
            (Err(ours), Err(theirs)) if theirs.starts_with("parse error at ") => {
                let (place, problem) = theirs.split_once("): ").unwrap_or((theirs, ""));
                ours.starts_with(place) && ours.ends_with(problem)
            }
            (Err(ours), Err(theirs)) => words(theirs).contains(&words(ours)),
            _ => false,
        }
    }
}

fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A chart whose template is written anew for each question.
pub(crate) struct Chart {
    folder: TempDir,
    helm: Helm,
}

impl Chart {
    /// A chart of these files; none where Helm is not at hand.
    pub(crate) fn new(files: &[(&str, &str)]) -> Option<Self> {
        let chart = Self { helm: Helm::start()?, folder: tempfile::tempdir().unwrap() };
        chart.write("Chart.yaml", "apiVersion: v2\nname: c\nversion: 0.1.0\nappVersion: \"1.2\"\n");
        files.iter().for_each(|(name, text)| chart.write(name, text));
        Some(chart)
    }

    pub(crate) fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Renders the chart with this template; none where Helm makes something else of it each time.
    pub(crate) fn ask(&mut self, text: &str) -> Option<Pair> {
        self.write("templates/a.yaml", text);
        let ours = ours(self.folder.path());
        let pair = Pair { theirs: self.theirs(), ours };
        if pair.theirs == Err(String::new()) {
            return None;
        }
        // what depends on chance, or on the order of Go's maps, shows itself sooner or later
        if !pair.agrees() && (0..4).any(|_| self.theirs() != pair.theirs) { None } else { Some(pair) }
    }

    /// What Helm alone makes of the chart with this template.
    pub(crate) fn helm_gives(&mut self, text: &str) -> Result<String, String> {
        self.write("templates/a.yaml", text);
        self.theirs()
    }

    fn theirs(&mut self) -> Result<String, String> {
        let answer = self.helm.render(self.folder.path(), &json!({}), &json!({}));
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        match answer.get("renders") {
            Some(files) => Ok(files.get(RENDERED).map(text).unwrap_or_default()),
            None => Err(answer.get("fails").map(text).unwrap_or_default()),
        }
    }
}

fn ours(folder: &Path) -> Result<String, String> {
    let rendered = template(&Request::new(Origin::Path(folder.into()), Release::new("rel", "ns1")));
    rendered
        .map(|rendered| rendered.files.get(RENDERED).cloned().unwrap_or_default())
        .map_err(|error| error.to_string())
}
