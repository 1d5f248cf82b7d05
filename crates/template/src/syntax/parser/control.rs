//! Branches, jumps and calls of templates.

use std::borrow::Cow;

use super::{Ending, Item, Parser};
use crate::error::Result;
use crate::syntax::literal;
use crate::syntax::node::{Branch, BranchKind, Invocation, Node};
use crate::syntax::token::{Keyword, Kind, Token};

impl BranchKind {
    fn word(self) -> &'static str {
        match self {
            Self::If => "if",
            Self::With => "with",
            Self::Range => "range",
        }
    }

    /// The word behind `else` that goes on with this branch.
    fn continued_by(self) -> Option<Kind> {
        match self {
            Self::If => Some(Kind::Keyword(Keyword::If)),
            Self::With => Some(Kind::Keyword(Keyword::With)),
            Self::Range => None,
        }
    }
}

impl<'text> Parser<'text> {
    pub(super) fn branch(&mut self, kind: BranchKind) -> Result<Node> {
        let variables = self.scope.variables.len();
        let is_range = usize::from(kind == BranchKind::Range);
        let pipeline = self.pipeline(kind.word(), Kind::RightDelimiter)?;
        self.scope.ranges += is_range;
        let (body, ending) = self.items()?;
        self.scope.ranges -= is_range;
        let otherwise = match ending {
            Ending::End => Vec::new(),
            Ending::Else => self.else_of(kind)?,
        };
        self.scope.variables.truncate(variables);
        Ok(Node::Branch(Box::new(Branch { kind, pipeline, body, otherwise })))
    }

    /// What follows `else`: a list, or the next branch of a chain, whose `end` is the end of the whole chain.
    fn else_of(&mut self, kind: BranchKind) -> Result<Vec<Node>> {
        if kind.continued_by() == Some(self.peek().kind) {
            self.next();
            return Ok(vec![self.nested(|parser| parser.branch(kind))?]);
        }
        match self.items()? {
            (nodes, Ending::End) => Ok(nodes),
            (_, Ending::Else) => Err(self.error("expected end; found {{else}}")),
        }
    }

    /// Behind `else`: a closing delimiter, or the `if` or `with` of a chain, which is left for `else_of`.
    pub(super) fn otherwise(&mut self) -> Result<Item> {
        let next = self.peek_word().kind;
        if next != Kind::Keyword(Keyword::If) && next != Kind::Keyword(Keyword::With) {
            self.expect(Kind::RightDelimiter, "else")?;
        }
        Ok(Item::Ending(Ending::Else))
    }

    pub(super) fn jump(&mut self, keyword: Keyword, word: Cow<'_, str>) -> Result<Node> {
        self.expect(Kind::RightDelimiter, &format!("{{{{{word}}}}}"))?;
        if self.scope.ranges == 0 {
            return Err(self.error(format!("{{{{{word}}}}} outside {{{{range}}}}")));
        }
        Ok(if keyword == Keyword::Break { Node::Break } else { Node::Continue })
    }

    /// `block` defines a template and calls it at once.
    pub(super) fn block(&mut self) -> Result<Node> {
        let context = "block clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let pipeline = self.pipeline(context, Kind::RightDelimiter)?;
        self.defined(&name, context)?;
        Ok(Node::Template(Invocation { position: token.position, name: name.into(), pipeline: Some(pipeline) }))
    }

    pub(super) fn invocation(&mut self) -> Result<Node> {
        let context = "template clause";
        let token = self.next_word();
        let name = self.template_name(&token, context)?;
        let next = self.next_word();
        let pipeline = if next.kind == Kind::RightDelimiter {
            None
        } else {
            self.back(next);
            Some(self.pipeline(context, Kind::RightDelimiter)?)
        };
        Ok(Node::Template(Invocation { position: token.position, name: name.into(), pipeline }))
    }

    pub(super) fn template_name(&mut self, token: &Token<'text>, context: &str) -> Result<String> {
        match token.kind {
            Kind::QuotedText | Kind::RawText => literal::unquote(&token.text).map_err(|problem| self.error(problem)),
            _ => Err(self.unexpected(token, context)),
        }
    }
}
