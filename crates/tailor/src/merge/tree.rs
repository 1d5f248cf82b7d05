//! Where the parts of a YAML document stand in its text, as far as editing in place needs to know.

use granit_parser::{Event, Parser, Span, StrInput, options};

/// How deep collections may lie in one another.
const DEEPEST: usize = 100;

/// A part of a document, by its place in bytes.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) start: usize,
    pub(super) end: usize,
    /// The fields of a map in block style; none for everything else.
    pub(super) fields: Option<Fields>,
}

/// The fields of a map in block style.
#[derive(Debug)]
pub(super) struct Fields {
    /// Where the names stand: their distance from the start of the line.
    pub(super) column: usize,
    pub(super) entries: Vec<Entry>,
}

/// One field.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) name: String,
    pub(super) start: usize,
    pub(super) value: Node,
}

impl Entry {
    /// Where the field ends, a value that is nothing included.
    pub(super) fn end(&self) -> usize {
        self.value.end
    }
}

/// The documents of a text; none where it has something that cannot be edited in place: anchors, aliases, tags, names that are
/// no plain texts.
pub(super) fn read(text: &str) -> Option<Vec<Node>> {
    let options = options! { emit_comments: false, flow_nesting_limit: DEEPEST, block_nesting_limit: DEEPEST };
    let mut reader = Reader { parser: Parser::new_from_str_with_options(text, options), text };
    let mut documents = Vec::new();
    loop {
        match reader.next()? {
            (Event::StreamEnd, _) => return Some(documents),
            (Event::DocumentStart(..), _) => {
                let event = reader.next()?;
                documents.push(reader.node(event)?);
            }
            _ => {}
        }
    }
}

struct Reader<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Span)> {
        self.parser.next_event()?.ok()
    }

    fn node(&mut self, (event, span): (Event<'a>, Span)) -> Option<Node> {
        let range = span.byte_range()?;
        match event {
            Event::Scalar(_, _, 0, None) => Some(self.leaf(range.start, range.end)),
            Event::SequenceStart(_, 0, None) => self.sequence(range.start),
            Event::MappingStart(_, 0, None) => self.mapping(&span),
            _ => None,
        }
    }

    /// A value without the line ends and comments that the parser counts to it.
    fn leaf(&self, start: usize, end: usize) -> Node {
        let end = start + self.text.get(start..end).unwrap_or_default().trim_end().len();
        Node { start, end, fields: None }
    }

    fn is_flow(&self, start: usize) -> bool {
        self.text[start..].starts_with(['{', '['])
    }

    fn sequence(&mut self, start: usize) -> Option<Node> {
        let mut end = start;
        loop {
            match self.next()? {
                (Event::SequenceEnd, span) => {
                    let end = if self.is_flow(start) { span.byte_range()?.end } else { end };
                    return Some(Node { start, end, fields: None });
                }
                event => end = self.node(event)?.end.max(end),
            }
        }
    }

    fn mapping(&mut self, span: &Span) -> Option<Node> {
        let start = span.byte_range()?.start;
        let flow = self.is_flow(start);
        let mut entries: Vec<Entry> = Vec::new();
        loop {
            match self.next()? {
                (Event::MappingEnd, span) => {
                    let last = entries.last().map_or(start, Entry::end);
                    let end = if flow { span.byte_range()?.end } else { last };
                    let start = entries.first().map_or(start, |entry| entry.start);
                    let fields = (!flow).then(|| Fields { column: self.column(start), entries });
                    return Some(Node { start, end, fields });
                }
                key => entries.push(self.entry(key)?),
            }
        }
    }

    fn entry(&mut self, (key, span): (Event<'a>, Span)) -> Option<Entry> {
        let Event::Scalar(name, _, 0, None) = key else { return None };
        let range = span.byte_range()?;
        let event = self.next()?;
        let mut value = self.node(event)?;
        let colon = range.end + self.text[range.end..].find(':')? + 1;
        if value.end < colon {
            // nothing at all stands there
            value = Node { start: colon, end: colon, fields: None };
        }
        Some(Entry { name: name.into_owned(), start: range.start, value })
    }

    /// The distance from the start of the line, in bytes; YAML indents with spaces.
    fn column(&self, place: usize) -> usize {
        place - self.text[..place].rfind('\n').map_or(0, |end| end + 1)
    }
}
