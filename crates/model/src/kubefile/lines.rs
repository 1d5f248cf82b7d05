//! From physical lines to logical ones: parser directives, comments, continuations and here-documents, as in a Dockerfile.

use super::here_document::{HereDocument, Mark, marks};
use super::{Mistake, Position};
use std::iter::Enumerate;
use std::str::Lines;

/// One instruction's text, joined from its physical lines, that still knows where each part stood.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// The joined text without leading white space.
    pub(super) text: String,
    /// The texts below it that belong to it.
    pub(super) documents: Vec<HereDocument>,
    parts: Vec<Part>,
}

/// A piece of a physical line.
#[derive(Debug)]
struct Part {
    /// Offset in the joined text.
    start: usize,
    /// Where the piece begins in the file.
    position: Position,
}

impl Line {
    /// Where a byte of the joined text stands in the file.
    pub(super) fn position(&self, offset: usize) -> Position {
        let after = self.parts.partition_point(|part| part.start <= offset);
        let Some(Part { start, position }) = self.parts.get(after.saturating_sub(1)) else {
            return Position { line: 1, column: 1 };
        };
        let before = self.text.get(*start..offset).unwrap_or_default();
        Position { line: position.line, column: position.column + before.chars().count() }
    }

    fn push(&mut self, text: &str, position: Position) {
        self.parts.push(Part { start: self.text.len(), position });
        self.text.push_str(text);
    }
}

/// The character that continues a line unless a directive says otherwise.
const ESCAPE: char = '\\';
/// Bytes of the longest physical line, as in the Go sealer.
const LONGEST: usize = 64 * 1024;

/// Splits a Kubefile into logical lines, and says which escape character it uses.
pub(super) fn split(text: &str) -> Result<(Vec<Line>, char), Mistake> {
    let text = text.trim_start_matches('\u{feff}');
    let escape = escape_directive(text)?;
    let mut lines = Vec::new();
    let mut open: Option<Line> = None;
    let mut physical_lines = text.lines().enumerate();
    while let Some((index, physical)) = physical_lines.next() {
        let number = index + 1;
        check_length(physical, number)?;
        if is_silent(physical) {
            continue;
        }
        let (kept, position) = kept(physical, number, open.is_some());
        let line = open.get_or_insert_default();
        match kept.strip_suffix(escape) {
            Some(continued) => line.push(continued, position),
            None => {
                line.push(kept, position);
                line.documents = documents(line, &mut physical_lines)?;
                lines.extend(open.take());
            }
        }
    }
    lines.extend(open);
    Ok((lines, escape))
}

/// Takes the here-documents that a line announces, one after the other.
fn documents(line: &Line, below: &mut Enumerate<Lines<'_>>) -> Result<Vec<HereDocument>, Mistake> {
    marks(&line.text).iter().map(|mark| document(mark, line.position(mark.offset), below)).collect()
}

fn document(mark: &Mark<'_>, position: Position, below: &mut Enumerate<Lines<'_>>) -> Result<HereDocument, Mistake> {
    let mut text = String::new();
    for (index, physical) in below {
        check_length(physical, index + 1)?;
        let Some(line) = mark.line(physical) else { return Ok(mark.document(position, text)) };
        text.push_str(line);
        text.push('\n');
    }
    Err(mark.unfinished(position))
}

fn check_length(line: &str, number: usize) -> Result<(), Mistake> {
    if line.len() <= LONGEST {
        return Ok(());
    }
    let message = format!("the line is longer than {LONGEST} bytes");
    Err(Mistake::new(Position { line: number, column: 1 }, message))
}

/// Blank lines and comments say nothing, even between a line and its continuation.
fn is_silent(line: &str) -> bool {
    let content = line.trim();
    content.is_empty() || content.starts_with('#')
}

/// What counts of a physical line, and where that begins. White space in front counts only in a continuation.
fn kept(line: &str, number: usize, continues: bool) -> (&str, Position) {
    let content = if continues { line } else { line.trim_start() };
    let indent = line.chars().count() - content.chars().count();
    (content.trim_end(), Position { line: number, column: indent + 1 })
}

/// Directives are comments of the form `# name=value` above everything else; only `escape` concerns us.
fn escape_directive(text: &str) -> Result<char, Mistake> {
    let mut escape = None;
    for (index, line) in text.lines().enumerate() {
        let Some((name, value)) = directive(line) else {
            break;
        };
        if name != "escape" {
            continue;
        }
        let mistake = |message| Mistake::new(Position { line: index + 1, column: 1 }, message);
        let character = match value {
            "\\" => '\\',
            "`" => '`',
            _ => return Err(mistake("the escape character must be \\ or `".to_owned())),
        };
        if escape.replace(character).is_some() {
            return Err(mistake("only one escape directive can be used".to_owned()));
        }
    }
    Ok(escape.unwrap_or(ESCAPE))
}

fn directive(line: &str) -> Option<(String, &str)> {
    let (name, value) = line.trim().strip_prefix('#')?.split_once('=')?;
    let name = name.trim().to_ascii_lowercase();
    matches!(name.as_str(), "escape" | "syntax" | "check").then_some((name, value.trim()))
}
