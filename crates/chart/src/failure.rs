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
            root => chain(error, root),
        },
        other => format!("{template}: {other}"),
    };
    let places =
        places.iter().map(|place| Place { file: place.file.to_string(), line: place.line, column: place.column });
    Error::Template(Box::new(TemplateFailure { template: template.to_owned(), places: places.collect(), message }))
}

/// How many of the first and the last places of a long chain are shown.
const SHOWN: usize = 12;

/// One paragraph a place, and the problem below the last.
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
            let indent = if place.calling.is_some() { "      " } else { "    " };
            let _ = write!(text, "{indent}{root}");
        }
    }
    text
}
