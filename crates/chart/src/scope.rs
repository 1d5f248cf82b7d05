//! What each template sees as `.`, and which templates there are: every chart has its own top, with its own values; parent and
//! child share the child's values.

use std::rc::Rc;

use sealer_template::{Map, MapType, Value};

use crate::chart::Chart;
use crate::files::Files;

/// A template and what it sees.
#[derive(Debug)]
pub(crate) struct Scoped {
    /// The path from the first chart's name on: `a/charts/b/templates/c.yaml`.
    pub(crate) path: String,
    /// The text.
    pub(crate) text: String,
    /// `.`, shared by all templates of the chart.
    top: Map,
    /// `.Template.BasePath`
    folder: Rc<str>,
}

impl Scoped {
    /// Whether it is there to be included, and makes no output of its own.
    pub(crate) fn is_partial(&self) -> bool {
        self.path.rsplit('/').next().is_some_and(|name| name.starts_with('_'))
    }

    /// `.` of this template.
    pub(crate) fn dot(&self) -> Value {
        let template = [
            ("BasePath".to_owned(), Value::Text(Rc::clone(&self.folder))),
            ("Name".to_owned(), Value::text(self.path.as_str())),
        ];
        let template = Map::new(template.into_iter().collect()).as_type(MapType::Values);
        self.top.set("Template", Value::Map(template));
        Value::Map(self.top.clone().as_type(MapType::Values))
    }
}

/// All templates of a chart and the charts below, in the order in which they are read and rendered: the deepest first, so that
/// those of the charts above replace theirs.
pub(crate) fn templates(chart: &Chart, values: &Map, release: &Value, capabilities: &Value) -> Vec<Scoped> {
    let mut walk = Walk { release, capabilities, found: Vec::new() };
    walk.chart(chart, values.clone(), chart.name(), true);
    let depth = |scoped: &Scoped| scoped.path.matches('/').count();
    walk.found.sort_by(|left, right| (depth(right), &right.path).cmp(&(depth(left), &left.path)));
    walk.found
}

struct Walk<'a> {
    release: &'a Value,
    capabilities: &'a Value,
    found: Vec<Scoped>,
}

impl Walk<'_> {
    /// The chart's top, which the chart above gets among its `.Subcharts`.
    fn chart(&mut self, chart: &Chart, values: Map, path: &str, is_root: bool) -> Map {
        let top = Map::default();
        top.set("Chart", chart.metadata.to_value(is_root));
        top.set("Files", Value::Object(Rc::new(Files::of(&chart.files))));
        top.set("Release", self.release.clone());
        top.set("Capabilities", self.capabilities.clone());
        top.set("Values", Value::Map(values.clone().as_type(MapType::Values)));
        let below = Map::default();
        for inner in &chart.dependencies {
            let own = if let Some(Value::Map(own)) = values.get(inner.name()) { own } else { Map::default() };
            let inner_top = self.chart(inner, own, &format!("{path}/charts/{}", inner.name()), false);
            below.set(inner.name(), Value::Map(inner_top));
        }
        top.set("Subcharts", Value::Map(below));
        self.templates(chart, path, &top);
        top
    }

    fn templates(&mut self, chart: &Chart, path: &str, top: &Map) {
        let folder: Rc<str> = format!("{path}/templates").into();
        for file in &chart.templates {
            let scoped = Scoped {
                path: format!("{path}/{}", file.name),
                text: file.text().into_owned(),
                top: top.clone(),
                folder: Rc::clone(&folder),
            };
            if !chart.metadata.is_library() || scoped.is_partial() {
                self.found.push(scoped);
            }
        }
    }
}
