//! Whatever goes wrong anywhere becomes one thing here: its kind, the chain of causes, and what to do about it. It is printed
//! once, at the end.

mod hints;

use crate::args::NotYet;
use crate::exit::Exit;
use anstyle::{AnsiColor, Style};
use std::error::Error;
use std::fmt::Write;

/// A command that did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    /// How the process shall end.
    pub(crate) kind: Exit,
    /// What happened and why, outermost first; no text repeats the one before it.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hints: Vec<String>,
}

impl Failure {
    /// A failure with the causes and hints that an error brings.
    pub(crate) fn of(error: impl Error + 'static) -> Self {
        Self { kind: hints::kind(&error), causes: causes(&error), hints: hints::hints(&error) }
    }

    fn with(kind: Exit, cause: impl Into<String>) -> Self {
        Self { kind, causes: vec![cause.into()], hints: Vec::new() }
    }

    /// A failure that no room has an error for.
    pub(crate) fn failed(cause: impl Into<String>) -> Self {
        Self::with(Exit::Failed, cause)
    }

    /// A command line that makes no sense.
    pub(crate) fn usage(cause: impl Into<String>) -> Self {
        Self::with(Exit::Usage, cause)
    }

    /// Words that this version understands and does not carry out.
    pub(crate) fn not_yet(missing: &[NotYet]) -> Self {
        let words: Vec<&str> = missing.iter().map(|it| it.word).collect();
        let failure = Self::usage(format!("this version of sealer does not have {}", words.join(", ")));
        missing.iter().fold(failure, |failure, it| failure.hint(it.instead))
    }

    /// A command that was ended by a signal.
    pub(crate) fn interrupted() -> Self {
        Self::with(Exit::Interrupted, "interrupted").hint("give the same command again: what is done is not done twice")
    }

    /// A bug.
    pub(crate) fn bug(cause: impl Into<String>) -> Self {
        Self::with(Exit::Bug, cause)
            .hint("this is a bug in sealer: please report it with the command and what it printed")
    }

    /// The same with one more thing to do.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The same with what was being done put before the causes.
    #[must_use]
    pub(crate) fn within(mut self, doing: impl Into<String>) -> Self {
        self.causes.insert(0, doing.into());
        self
    }

    /// The text for people.
    pub(crate) fn text(&self, colour: bool) -> String {
        let mut text = String::new();
        let mut causes = self.causes.iter();
        let first = causes.next().map_or("unknown", String::as_str);
        label(&mut text, "error", AnsiColor::Red, colour);
        line(&mut text, first);
        for (number, cause) in causes.enumerate() {
            line(&mut text, &format!("  {}: {}", number + 1, indented(cause)));
        }
        for hint in &self.hints {
            label(&mut text, "hint", AnsiColor::Cyan, colour);
            line(&mut text, hint);
        }
        text
    }

    /// The same as one JSON document, the last of `--events ndjson`.
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::json!({
            "event": "failed",
            "exit": self.kind.code(),
            "causes": self.causes,
            "hints": self.hints,
        })
    }
}

/// Lets `?` turn every room's error into a failure.
impl<E: Error + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::of(error)
    }
}

/// The texts of an error and its sources. Some libraries repeat the source in their own text; then it is left out.
fn causes(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut causes: Vec<String> = Vec::new();
    for error in chain(error) {
        let text = error.to_string();
        let repeated = causes.last().is_some_and(|before| before.ends_with(&text));
        if !repeated && !text.is_empty() {
            causes.push(text);
        }
        causes.extend(hints::details(error));
    }
    causes
}

/// An error and its sources, outermost first.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let mut next = Some(error);
    std::iter::from_fn(move || {
        let error = next?;
        next = error.source();
        Some(error)
    })
}

fn label(text: &mut String, word: &str, colour: AnsiColor, coloured: bool) {
    let style = if coloured { Style::new().bold().fg_color(Some(colour.into())) } else { Style::new() };
    write!(text, "{style}{word}{style:#}: ").expect("a string takes all that is written to it");
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

/// Further lines of a cause stand below its first one.
fn indented(cause: &str) -> String {
    cause.trim_end().replace('\n', "\n     ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug, thiserror::Error)]
    #[error("cannot read {path}")]
    struct Unreadable {
        path: &'static str,
        source: io::Error,
    }

    #[derive(Debug, thiserror::Error)]
    #[error("outer: {0}")]
    struct Repeating(#[source] Unreadable);

    fn unreadable() -> Unreadable {
        Unreadable { path: "/x", source: io::Error::other("disk on fire\nand smoke") }
    }

    #[test]
    fn causes_are_numbered_and_hints_follow() {
        let failure = Failure::of(unreadable()).within("cannot build").hint("use water");
        assert_eq!(
            failure.text(false),
            "error: cannot build\n  1: cannot read /x\n  2: disk on fire\n     and smoke\nhint: use water\n"
        );
    }

    #[test]
    fn a_text_that_repeats_its_source_is_not_told_twice() {
        assert_eq!(Failure::of(Repeating(unreadable())).causes, ["outer: cannot read /x", "disk on fire\nand smoke"]);
    }

    #[test]
    fn colours_only_touch_the_labels() {
        let text = Failure::usage("no").text(true);
        assert_eq!(text, "\u{1b}[1m\u{1b}[31merror\u{1b}[0m: no\n");
    }

    #[test]
    fn a_full_disk_gives_advice() {
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let failure = Failure::of(Unreadable { path: "/x", source: full });
        assert!(failure.hints[0].contains("--root"), "{:?}", failure.hints);
    }
}
