//! A list at the top of a YAML document, by its lines.

use super::InvalidKubeconfig;
use serde_json::Value;
use std::ops::Range;

/// One list and the text that it is in.
pub(super) struct Section<'a> {
    name: &'static str,
    lines: Vec<&'a str>,
    /// The line with its name; none where it is not there.
    head: Option<usize>,
    /// The lines below it.
    body: Range<usize>,
}

impl<'a> Section<'a> {
    /// The section of that name.
    pub(super) fn of(text: &'a str, name: &'static str) -> Self {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let head = lines.iter().position(|line| value_of(line, name).is_some());
        let start = head.map_or(lines.len(), |head| head + 1);
        let end = lines[start..].iter().position(|line| begins_a_field(line)).map_or(lines.len(), |more| start + more);
        Self { name, lines, head, body: start..end }
    }

    /// The text with an item in the section: in the place of the one of that name, or behind the last. `item` is given the indentation.
    pub(super) fn put(&self, name: &str, item: impl Fn(&str) -> String) -> Result<String, InvalidKubeconfig> {
        let Some(head) = self.head else {
            return Ok(format!("{}{}:\n{}", self.lines.concat(), self.name, item("")));
        };
        let items = self.items();
        let Some(last) = items.last() else {
            let value = value_of(self.lines[head], self.name).unwrap_or_default();
            if !matches!(value, "" | "[]" | "null" | "~") {
                return Err(InvalidKubeconfig::Form(self.name));
            }
            return Ok(self.with(head..head + 1, &format!("{}:\n{}", self.name, item(""))));
        };
        let first = self.lines[items[0].start];
        let indent = &first[..first.len() - first.trim_start().len()];
        let place = items.iter().find(|lines| self.name_of((*lines).clone()).as_deref() == Some(name));
        Ok(self.with(place.cloned().unwrap_or(last.end..last.end), &item(indent)))
    }

    fn with(&self, place: Range<usize>, new: &str) -> String {
        [&self.lines[..place.start].concat(), new, &self.lines[place.end..].concat()].concat()
    }

    /// The lines of each item, without comments and empty lines behind it.
    fn items(&self) -> Vec<Range<usize>> {
        let depth = |line: &str| line.len() - line.trim_start().len();
        let is_item = |line: &str| line.trim_start().starts_with("- ");
        let body = &self.lines[self.body.clone()];
        let Some(indent) = body.iter().find(|line| is_item(line)).map(|line| depth(line)) else { return Vec::new() };
        let starts: Vec<usize> =
            self.body.clone().filter(|at| is_item(self.lines[*at]) && depth(self.lines[*at]) == indent).collect();
        let ends = starts.iter().skip(1).copied().chain([self.body.end]);
        starts.iter().zip(ends).map(|(start, end)| *start..self.trimmed(*start, end)).collect()
    }

    fn trimmed(&self, start: usize, end: usize) -> usize {
        let says = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
        (start..end).rev().find(|at| says(self.lines[*at])).map_or(end, |last| last + 1)
    }

    fn name_of(&self, lines: Range<usize>) -> Option<String> {
        let items: Value = serde_saphyr::from_str(&self.lines[lines].concat()).ok()?;
        items[0]["name"].as_str().map(str::to_owned)
    }
}

/// Gives a field at the top a plain value.
pub(super) fn set_line(text: &str, name: &str, value: &str) -> String {
    let line = format!("{name}: {value}\n");
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    match lines.iter().position(|line| value_of(line, name).is_some()) {
        Some(at) => {
            lines[at] = &line;
            lines.concat()
        }
        None => format!("{text}{line}"),
    }
}

/// What stands behind the name of a field at the top, without a comment.
fn value_of<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let rest = line.strip_prefix(name)?.strip_prefix(':')?;
    Some(rest.split(" #").next().unwrap_or(rest).trim())
}

/// Whether another field of the document, or another document, begins here.
fn begins_a_field(line: &str) -> bool {
    let first = line.chars().next().unwrap_or(' ');
    line.starts_with("---") || !(first.is_whitespace() || first == '#' || first == '-')
}
