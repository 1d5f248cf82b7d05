//! The strict check of one document against its table of fields: unknown names, values of the wrong kind, values that break
//! their rules, and what is missing. It goes on after a finding, so that all of them are told at once.

use super::finding::{Finding, Severity};
use super::format;
use super::node::{Content, Entry};
use super::shape::{DocumentShape, Field, Format, Shape, Support};
use super::view::View;
use crate::nearest::nearest;
use crate::taint::{label_key, label_value};

/// Every document has these.
const HEAD: [&str; 2] = ["apiVersion", "kind"];

/// Compares a document with what its kind may hold.
pub(super) fn check(document: &View<'_>, shape: &DocumentShape) -> Vec<Finding> {
    let mut walk = Walk { findings: Vec::new() };
    walk.object(document, shape.fields, shape.open, &HEAD);
    walk.findings
}

struct Walk {
    findings: Vec<Finding>,
}

impl Walk {
    fn object(&mut self, view: &View<'_>, fields: &[Field], open: bool, others: &[&str]) {
        let Content::Map(entries) = &view.node.content else { return self.expected(view, "a map") };
        for entry in entries.iter().filter(|entry| !others.contains(&entry.name.as_str())) {
            match fields.iter().find(|field| field.name == entry.name) {
                Some(field) => self.field(&view.below(&entry.name, &entry.value), entry, field),
                None => self.unknown(view, entry, fields, open),
            }
        }
        for field in fields.iter().filter(|field| field.required && view.get(field.name).is_none()) {
            self.missing(view, field);
        }
    }

    fn field(&mut self, view: &View<'_>, entry: &Entry, field: &Field) {
        let there = !matches!(view.node.content, Content::Nothing);
        match field.support {
            Support::NotYet(instead) if there => {
                let message = format!("this version of sealer does not carry out {}", entry.name);
                let finding = Finding::new(Severity::NotYet, entry.position, &view.path, message);
                self.findings.push(finding.hint(instead));
            }
            Support::Computed if there => {
                let message = "sealer sets this by itself; what is written here does not count";
                self.findings.push(Finding::warning(entry.position, &view.path, message).hint("leave it out"));
            }
            _ => {}
        }
        self.value(view, &field.shape);
    }

    fn value(&mut self, view: &View<'_>, shape: &Shape) {
        match (shape, &view.node.content) {
            (_, Content::Nothing)
            | (Shape::Anything, _)
            | (Shape::Boolean, Content::Boolean(_))
            | (Shape::Number, Content::Number(_)) => {}
            (Shape::Object(fields), _) => self.object(view, fields, false, &[]),
            (Shape::Open(fields), _) => self.object(view, fields, true, &[]),
            (Shape::List(item), Content::List(_)) => view.items().iter().for_each(|view| self.item(view, item)),
            (Shape::Map(value), Content::Map(_)) => view.fields().iter().for_each(|(_, view)| self.value(view, value)),
            (Shape::Labels, Content::Map(_)) => self.labels(view),
            (Shape::Arguments, Content::Map(_)) => self.value(view, &Shape::Map(&Shape::Text)),
            (Shape::Arguments, Content::List(_)) => self.value(view, &Shape::List(&Shape::Object(ARGUMENT))),
            _ => self.scalar(view, shape),
        }
    }

    /// An item without a value is a slip, where a field without a value may be meant.
    fn item(&mut self, view: &View<'_>, shape: &Shape) {
        if matches!(view.node.content, Content::Nothing) {
            self.findings.push(Finding::error(view.position(), &view.path, "the item is empty"));
        }
        self.value(view, shape);
    }

    fn scalar(&mut self, view: &View<'_>, shape: &Shape) {
        let Some(text) = view.text() else { return self.expected(view, expected(shape)) };
        let fault = match shape {
            Shape::Text | Shape::Secret => return,
            Shape::Formatted(format) => format::check(*format, &text).err(),
            Shape::Integer(least, most) => integer(&text, *least, *most).err(),
            Shape::Choice(words) => choice(&text, words).err(),
            _ => return self.expected(view, expected(shape)),
        };
        if let Some(format::Fault { message, hint }) = fault {
            let finding = Finding::error(view.position(), &view.path, message);
            self.findings.push(Finding { hint, ..finding });
        }
    }

    fn labels(&mut self, view: &View<'_>) {
        let Content::Map(entries) = &view.node.content else { return };
        for entry in entries {
            let path = view.below(&entry.name, &entry.value).path;
            if let Err(error) = label_key(&entry.name) {
                self.findings.push(Finding::error(entry.position, &path, format!("the label's {error}")));
            }
            match View::whole(&entry.value).text() {
                Some(text) => {
                    if let Err(error) = label_value(&text) {
                        let message = format!("the label's {error}");
                        self.findings.push(Finding::error(entry.value.position, path, message));
                    }
                }
                None => self.value(&view.below(&entry.name, &entry.value), &Shape::Text),
            }
        }
    }

    fn unknown(&mut self, view: &View<'_>, entry: &Entry, fields: &[Field], open: bool) {
        let names: Vec<&str> = fields.iter().map(|field| field.name).collect();
        let path = view.below(&entry.name, &entry.value).path;
        let other_case = names.iter().find(|name| name.eq_ignore_ascii_case(&entry.name)).copied();
        let near = other_case.or_else(|| nearest(&entry.name, &names));
        let finding = match near {
            None if open => Finding::warning(
                entry.position,
                path,
                "sealer does not know this field; it is handed on, because a newer Kubernetes may know it",
            ),
            _ => Finding::error(entry.position, path, "unknown field"),
        };
        self.findings.push(finding.hint(match near {
            Some(name) => format!("did you mean {name}?"),
            None if open => "compare it with the documentation of the Kubernetes in the image".to_owned(),
            None => format!("known here: {}", names.join(", ")),
        }));
    }

    fn missing(&mut self, view: &View<'_>, field: &Field) {
        let path = if view.path.is_empty() { field.name.to_owned() } else { format!("{}.{}", view.path, field.name) };
        let hint = field.about.to_owned();
        let finding = Finding::error(view.position(), path, "the field is missing");
        self.findings.push(Finding { hint: (!hint.is_empty()).then_some(hint), ..finding });
    }

    fn expected(&mut self, view: &View<'_>, expected: &str) {
        let message = format!("it must be {expected} and is {}", view.node.kind());
        let finding = Finding::error(view.position(), &view.path, message);
        let list = expected == "a list" && view.text().is_some();
        self.findings.push(if list {
            finding.hint("put - in front of each item, or [ ] around them")
        } else {
            finding
        });
    }
}

/// One flag in the form of v1beta4.
const ARGUMENT: &[Field] =
    &[Field::plain("name", Shape::Formatted(Format::NotEmpty)).required(), Field::plain("value", Shape::Text)];

fn expected(shape: &Shape) -> &'static str {
    match shape {
        Shape::Text | Shape::Formatted(_) | Shape::Secret | Shape::Choice(_) => "text",
        Shape::Boolean => "true or false",
        Shape::Integer(..) => "a whole number",
        Shape::Number => "a number",
        Shape::List(_) => "a list",
        Shape::Map(_) | Shape::Labels | Shape::Object(_) | Shape::Open(_) => "a map",
        Shape::Arguments => "a map of flags, or a list of names and values",
        Shape::Anything => "anything",
    }
}

fn integer(text: &str, least: i64, most: i64) -> Result<(), format::Fault> {
    let fault = |message| Err(format::Fault { message, hint: None });
    match text.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(()),
        Ok(_) => fault(format!("{text} is not between {least} and {most}")),
        Err(_) => fault(format!("\"{text}\" is not a whole number")),
    }
}

fn choice(text: &str, words: &[&str]) -> Result<(), format::Fault> {
    if words.contains(&text) {
        return Ok(());
    }
    let other_case = words.iter().find(|word| word.eq_ignore_ascii_case(text)).copied();
    let hint = match other_case.or_else(|| nearest(text, words)) {
        Some(word) => format!("did you mean {word}?"),
        None => format!("it is one of {}", words.join(", ")),
    };
    Err(format::Fault { message: format!("\"{text}\" is not known here"), hint: Some(hint) })
}
