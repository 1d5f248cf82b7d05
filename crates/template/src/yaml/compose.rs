//! From the parser's events to a tree of nodes, one document at a time: anchors have their node, aliases their target, nothing
//! is copied yet.

use std::borrow::Cow;
use std::collections::HashMap;
use std::rc::Rc;

use granit_parser::{Event, Parser, ScalarStyle, Span, StrInput, StructureStyle, Tag, options};

use super::problem;
use crate::error::{Error, Result};

/// How deep flow and block collections may each lie in one another.
const DEEPEST: usize = 100;

/// A node of a document.
#[derive(Debug)]
pub(super) enum Node {
    /// A text, whether it stood without quotes, and its tag.
    Scalar { text: String, plain: bool, tag: Option<String> },
    /// The items of a sequence.
    Items(Vec<Node>),
    /// The pairs of a mapping, in their order.
    Pairs(Vec<(Node, Node)>),
    /// A node that an alias may name.
    Anchored(Rc<Node>),
    /// `*name`
    Alias(Rc<Node>),
}

/// The documents of a stream.
pub(super) struct Documents<'a> {
    parser: Parser<'a, StrInput<'a>>,
    text: &'a str,
    /// How many flow collections are open: in these, tabs are blanks.
    flows: usize,
    /// Anchors of this document; `None` while their node is still open.
    anchors: HashMap<usize, Option<Rc<Node>>>,
}

impl<'a> Documents<'a> {
    pub(super) fn of(text: &'a str) -> Self {
        let options = options! {
            bom_inside_document_as_content: true,
            block_scalar_eof_without_line_feed: true,
            emit_unresolved_aliases: true,
            emit_comments: false,
            flow_nesting_limit: DEEPEST,
            block_nesting_limit: DEEPEST,
        };
        Self { parser: Parser::new_from_str_with_options(text, options), text, flows: 0, anchors: HashMap::new() }
    }

    /// The next document, or `None` at the end of the stream.
    pub(super) fn next(&mut self) -> Result<Option<Node>> {
        loop {
            match self.event()? {
                None | Some((Event::StreamEnd, _)) => return Ok(None),
                Some((Event::DocumentStart(..), _)) => {
                    self.anchors.clear();
                    let event = self.expect()?;
                    return self.node(event).map(Some);
                }
                Some(_) => {}
            }
        }
    }

    /// Go looks at every character before it reads any; a tab is no indentation, and there is one version of YAML.
    pub(super) fn check(&self) -> Result<()> {
        problem::before_reading(self.text).map_or(Ok(()), Err)
    }

    fn event(&mut self) -> Result<Option<(Event<'a>, Span)>> {
        self.parser.next_event().transpose().map_err(|error| problem::of(self.text, &error))
    }

    fn expect(&mut self) -> Result<(Event<'a>, Span)> {
        self.event()?.ok_or_else(|| Error::function("yaml: the document ends too early"))
    }

    fn node(&mut self, (event, span): (Event<'a>, Span)) -> Result<Node> {
        if self.flows == 0
            && let Some(start) = span.start.byte_offset()
            && problem::is_behind_tab(self.text.get(..start).unwrap_or(""))
        {
            return Err(problem::of_tab(self.text, span.start.line()));
        }
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let source = || span.slice(self.text).unwrap_or("");
                if style == ScalarStyle::DoubleQuoted && text.contains('/') && problem::escapes_slash(source()) {
                    return Err(problem::of_escape(self.text, span.start.line()));
                }
                let node =
                    Node::Scalar { text: text.into_owned(), plain: style == ScalarStyle::Plain, tag: tag_name(tag) };
                Ok(self.anchored(anchor, node))
            }
            Event::SequenceStart(style, anchor, _) => {
                self.open(anchor);
                self.flows += usize::from(style == StructureStyle::Flow);
                let items = self.items()?;
                self.flows -= usize::from(style == StructureStyle::Flow);
                Ok(self.anchored(anchor, Node::Items(items)))
            }
            Event::MappingStart(style, anchor, _) => {
                self.open(anchor);
                self.flows += usize::from(style == StructureStyle::Flow);
                let pairs = self.pairs()?;
                self.flows -= usize::from(style == StructureStyle::Flow);
                Ok(self.anchored(anchor, Node::Pairs(pairs)))
            }
            Event::Alias(anchor) => self.alias(anchor, &span),
            Event::UnresolvedAlias(name) => Err(Error::function(format!("yaml: unknown anchor '{name}' referenced"))),
            // a document without content
            _ => Ok(Node::Scalar { text: String::new(), plain: true, tag: None }),
        }
    }

    fn items(&mut self) -> Result<Vec<Node>> {
        let mut items = Vec::new();
        loop {
            match self.expect()? {
                (Event::SequenceEnd, _) => return Ok(items),
                event => items.push(self.node(event)?),
            }
        }
    }

    fn pairs(&mut self) -> Result<Vec<(Node, Node)>> {
        let mut pairs = Vec::new();
        loop {
            let key = match self.expect()? {
                (Event::MappingEnd, _) => return Ok(pairs),
                event => self.node(event)?,
            };
            let value = self.expect()?;
            pairs.push((key, self.node(value)?));
        }
    }

    fn open(&mut self, anchor: usize) {
        if anchor != 0 {
            self.anchors.insert(anchor, None);
        }
    }

    fn anchored(&mut self, anchor: usize, node: Node) -> Node {
        if anchor == 0 {
            return node;
        }
        let node = Rc::new(node);
        self.anchors.insert(anchor, Some(Rc::clone(&node)));
        Node::Anchored(node)
    }

    fn alias(&self, anchor: usize, span: &Span) -> Result<Node> {
        match self.anchors.get(&anchor) {
            Some(Some(target)) => Ok(Node::Alias(Rc::clone(target))),
            _ => {
                let name = span.slice(self.text).unwrap_or("").trim_start_matches('*');
                Err(located(span, &format!("anchor '{name}' value contains itself")))
            }
        }
    }
}

/// A tag as `yaml.v2` names it: `!!int` for one of YAML's own, else as written.
fn tag_name(tag: Option<Cow<'_, Tag>>) -> Option<String> {
    tag.map(|tag| match tag.suffix_in_namespace("tag:yaml.org,2002:") {
        Some(suffix) => format!("!!{suffix}"),
        None => tag.original(),
    })
}

fn located(span: &Span, words: &str) -> Error {
    Error::function(format!("yaml: line {}: {words}", span.start.line()))
}
