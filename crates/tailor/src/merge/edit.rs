//! Edits a text so that data is merged into each of its documents: fields that are there get the data's text, new ones are appended to
//! their map. Texts are moved as they were written, comments and style included.

use super::tree::{self, Entry, Fields, Node};

/// One change: what stands from here to there becomes something else.
struct Edit {
    start: usize,
    end: usize,
    text: String,
}

/// The text with the data merged into it; none where that cannot be done in place.
pub(super) fn merged(text: &str, data: &str) -> Option<String> {
    let wanted = tree::read(data)?;
    let [wanted] = wanted.as_slice() else { return None };
    let mut edits = Vec::new();
    for document in tree::read(text)?.iter().filter(|document| document.end > document.start) {
        let (fields, wanted) = (document.fields.as_ref()?, wanted.fields.as_ref()?);
        merge(&Texts { text, data }, fields, wanted, &mut edits);
    }
    Some(carry_out(text, edits))
}

struct Texts<'a> {
    text: &'a str,
    data: &'a str,
}

fn merge(texts: &Texts<'_>, fields: &Fields, wanted: &Fields, edits: &mut Vec<Edit>) {
    let mut new = String::new();
    for field in &wanted.entries {
        match fields.entries.iter().find(|entry| entry.name == field.name) {
            Some(entry) => change(texts, (fields, entry), (wanted, field), edits),
            None => {
                new.push('\n');
                new.push_str(&" ".repeat(fields.column));
                new.push_str(&moved(texts.data, field.start, field.end(), (wanted.column, fields.column)));
            }
        }
    }
    if let (Some(last), false) = (fields.entries.last(), new.is_empty()) {
        let place = end_of_line(texts.text, last.end());
        edits.push(Edit { start: place, end: place, text: new });
    }
}

fn change(
    texts: &Texts<'_>,
    (fields, entry): (&Fields, &Entry),
    (wanted, field): (&Fields, &Entry),
    edits: &mut Vec<Edit>,
) {
    if let (Some(fields), Some(wanted)) = (&entry.value.fields, &field.value.fields) {
        return merge(texts, fields, wanted, edits);
    }
    let same_line = |text: &str, node: &Node| node.end > node.start && !text[node.start..node.end].contains('\n');
    if same_line(texts.text, &entry.value)
        && same_line(texts.data, &field.value)
        && field.value.fields.is_none()
        && entry.value.fields.is_none()
    {
        let text = texts.data[field.value.start..field.value.end].to_owned();
        return edits.push(Edit { start: entry.value.start, end: entry.value.end, text });
    }
    let text = moved(texts.data, field.start, field.end(), (wanted.column, fields.column));
    edits.push(Edit { start: entry.start, end: entry.end(), text });
}

/// A piece of the data, its lines moved from one column to another. The first line has no indentation of its own.
fn moved(data: &str, start: usize, end: usize, (from, to): (usize, usize)) -> String {
    let mut lines = data[start..end].split('\n');
    let mut text = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        text.push('\n');
        if !line.trim().is_empty() {
            let indented = line.len() - line.trim_start_matches(' ').len();
            text.push_str(&" ".repeat((indented + to).saturating_sub(from)));
            text.push_str(line.trim_start_matches(' '));
        }
    }
    text
}

fn end_of_line(text: &str, place: usize) -> usize {
    place + text[place..].find('\n').unwrap_or(text.len() - place)
}

/// Later places first, so that earlier ones stay where they are.
fn carry_out(text: &str, mut edits: Vec<Edit>) -> String {
    edits.sort_by_key(|edit| (edit.start, edit.end));
    let mut changed = text.to_owned();
    for edit in edits.into_iter().rev() {
        changed.replace_range(edit.start..edit.end, &edit.text);
    }
    changed
}
