//! `--format`: what a listing prints, in the words of Go's templates, as docker's users write them: `{{.Repository}}:{{.Tag}}`,
//! `table {{.ID}}\t{{.Size}}`, `{{json .}}`.

use super::table;
use crate::failure::Failure;
use sealer_template::error::Result as Called;
use sealer_template::{Error, Functions, MissingKey, Options, Templates, Value, json, on_large_stack};
use serde_json::Value as Json;
use std::rc::Rc;

/// What somebody wants to see of each entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Format {
    template: String,
    /// Columns below headings.
    aligned: bool,
}

const NAME: &str = "--format";

impl Format {
    /// Reads what was typed. Shells do not turn `\t` and `\n` into what they mean, so that is done here.
    pub(crate) fn new(text: &str) -> Self {
        let (aligned, text) = match text.strip_prefix("table ") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let text = if text == "json" { "{{json .}}" } else { text };
        Self { template: text.replace("\\t", "\t").replace("\\n", "\n"), aligned }
    }

    /// The text for entries, a line each; `headings` has the fields of an entry with what stands above them in a table.
    ///
    /// # Errors
    /// When the template is malformed, or asks for a field that there is not.
    pub(crate) fn text(&self, entries: Vec<Json>, headings: Json) -> Result<String, Failure> {
        let above = self.aligned.then_some(headings);
        let lines = self.lines(above.into_iter().chain(entries).collect())?;
        if !self.aligned {
            return Ok(lines.iter().map(|line| format!("{line}\n")).collect());
        }
        let mut rows: Vec<Vec<String>> =
            lines.iter().map(|line| line.split('\t').map(str::to_owned).collect()).collect();
        let columns = rows.iter().map(Vec::len).max().unwrap_or_default();
        rows.iter_mut().for_each(|row| row.resize(columns, String::new()));
        Ok(table(&rows))
    }

    fn lines(&self, entries: Vec<Json>) -> Result<Vec<String>, Failure> {
        let rendered = on_large_stack(|| self.render(&entries).map_err(|error| error.to_string()))?;
        rendered.map_err(|cause| {
            Failure::usage(cause).hint("the fields are those of --output json, and for `images` also docker's")
        })
    }

    fn render(&self, entries: &[Json]) -> Called<Vec<String>> {
        let options = Options { missing_key: MissingKey::Error, ..Options::default() };
        let mut templates = Templates::new(functions(), options);
        templates.parse(NAME, &self.template)?;
        entries.iter().map(|entry| templates.render(NAME, &value(entry))).collect()
    }
}

/// Those of Sprig, and those that docker has besides or otherwise.
fn functions() -> Functions {
    let mut functions = Functions::sprig();
    functions.add("json", Rc::new(|_, arguments| json::write(one("json", arguments)?).map(Value::text)));
    functions.add("join", Rc::new(|_, arguments| join(arguments)));
    functions.add("split", Rc::new(|_, arguments| split(arguments)));
    functions.add("truncate", Rc::new(|_, arguments| truncate(arguments)));
    functions
}

fn one<'a>(name: &str, arguments: &'a [Value]) -> Called<&'a Value> {
    match arguments {
        [only] => Ok(only),
        _ => Err(Error::call(format!("{name} wants one argument"))),
    }
}

fn join(arguments: &[Value]) -> Called<Value> {
    match arguments {
        // as docker has it; Sprig has it the other way round
        [Value::List(list), Value::Text(between)] | [Value::Text(between), Value::List(list)] => {
            let texts: Vec<String> = list.items.iter().map(sealer_template::print::print).collect();
            Ok(Value::text(texts.join(between)))
        }
        _ => Err(Error::call("join wants a list and a text")),
    }
}

fn split(arguments: &[Value]) -> Called<Value> {
    match arguments {
        [Value::Text(text), Value::Text(between)] => Ok(Value::texts(text.split(&**between))),
        _ => Err(Error::call("split wants two texts")),
    }
}

fn truncate(arguments: &[Value]) -> Called<Value> {
    match arguments {
        [Value::Text(text), Value::Int(most)] => {
            let most = usize::try_from(*most).map_err(|_| Error::call("truncate wants a length"))?;
            Ok(Value::text(text.chars().take(most).collect::<String>()))
        }
        _ => Err(Error::call("truncate wants a text and a length")),
    }
}

/// Whole numbers stay whole: a size is not to be printed as `1.5e+06`.
fn value(entry: &Json) -> Value {
    match entry {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(*truth),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Int(whole),
            None => Value::Float(number.as_f64().unwrap_or_default()),
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::list(items.iter().map(value).collect()),
        Json::Object(fields) => Value::map(fields.iter().map(|(name, field)| (name.clone(), value(field)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn told(format: &str) -> String {
        let entries = vec![
            json!({"Name": "a", "Size": 1_500_000, "Tags": ["1", "2"], "Of": {"x-y": true}}),
            json!({"Name": "longer", "Size": 2, "Tags": [], "Of": {"x-y": false}}),
        ];
        let headings = json!({"Name": "NAME", "Size": "SIZE", "Tags": "TAGS"});
        Format::new(format).text(entries, headings).unwrap_or_else(|failure| failure.text(false))
    }

    #[test]
    fn entries_are_told_as_docker_tells_them() {
        let cases = [
            ("{{.Name}}:{{.Size}}", "a:1500000\nlonger:2\n"),
            ("{{.Name}}\\t{{.Size}}", "a\t1500000\nlonger\t2\n"),
            ("table {{.Name}}\\t{{.Size}}", "NAME    SIZE\na       1500000\nlonger  2\n"),
            ("{{json .Tags}}", "[\"1\",\"2\"]\n[]\n"),
            ("{{join .Tags \",\"}}", "1,2\n\n"),
            ("{{range .Tags}}<{{.}}>{{end}}", "<1><2>\n\n"),
            ("{{index .Of \"x-y\"}}", "true\nfalse\n"),
            ("{{upper .Name | printf \"%q\"}}", "\"A\"\n\"LONGER\"\n"),
            ("{{truncate .Name 3}} {{index (split .Name \"n\") 0}}", "a a\nlon lo\n"),
        ];
        for (format, expected) in cases {
            assert_eq!(told(format), expected, "{format}");
        }
        let lines = told("json");
        assert!(lines.lines().all(|line| serde_json::from_str::<Json>(line).is_ok()), "{lines}");
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        for (format, words) in [("{{.Nmae}}", "Nmae"), ("{{.Name", "unclosed"), ("{{nothing .Name}}", "nothing")] {
            let text = told(format);
            assert!(text.starts_with("error: ") && text.contains("--format:1") && text.contains(words), "{text}");
        }
    }
}
