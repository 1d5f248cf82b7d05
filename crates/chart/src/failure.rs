//! Errors of the template engine in Helm's words: the place first, then each template that led there.

use std::fmt::Write;

use sealer_template::Error as TemplateError;

use crate::error::{Error, Place, TemplateFailure};

/// What went wrong when that template was read or rendered.
pub(crate) fn of(template: &str, error: &TemplateError) -> Error {
    let places = error.places();
    let message = match error {
        TemplateError::Syntax { file, line, problem } => format!("parse error at ({file}:{line}): {problem}"),
        TemplateError::Execution(outer) => match error.root() {
            TemplateError::Refusal(words) => {
                format!("execution error at ({}:{}:{}): {words}", outer.file, outer.line, outer.column)
            }
            root if is_plain(error, root) => error.to_string(),
            root => chain(error, root),
        },
        other => format!("{template}: {other}"),
    };
    let places =
        places.iter().map(|place| Place { file: place.file.to_string(), line: place.line, column: place.column });
    Error::Template(Box::new(TemplateFailure { template: template.to_owned(), places: places.collect(), message }))
}

/// Whether Helm leaves Go's one line as it is: it takes only those apart of which every part names a template. A long chain is
/// no line that anybody could read.
fn is_plain(error: &TemplateError, root: &TemplateError) -> bool {
    let (places, names_template) = (error.places(), matches!(root, TemplateError::Missing(_)));
    let fails_in_function = places.last().is_some_and(|place| place.calling.is_some()) && !names_template;
    (fails_in_function || error.is_nested()) && places.len() <= 2 * SHOWN
}

/// How many of the first and the last places of a long chain are shown.
const SHOWN: usize = 12;

/// One paragraph a place, and the problem below the last. Writing to a text cannot fail.
fn chain(error: &TemplateError, root: &TemplateError) -> String {
    let places = error.places();
    let mut text = String::new();
    let last = places.len().saturating_sub(1);
    for (index, place) in places.iter().enumerate() {
        if index == SHOWN && places.len() > 2 * SHOWN {
            let _ = writeln!(text, "... and {} more ...", places.len() - 2 * SHOWN);
        }
        if (SHOWN..places.len().saturating_sub(SHOWN)).contains(&index) {
            continue;
        }
        let _ = writeln!(text, "{}:{}:{}", place.file, place.line, place.column);
        let _ = writeln!(text, "  executing {:?} at <{}>:", place.executing, place.at);
        if let Some(function) = &place.calling {
            let _ = writeln!(text, "    error calling {function}:");
        }
        if index == last {
            let indent = if place.calling.is_some() { "" } else { "    " };
            let _ = write!(text, "{indent}{root}");
        }
    }
    text
}
