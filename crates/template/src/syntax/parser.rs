//! From tokens to trees. The grammar is small; most of the code is about saying what is wrong in Go's words.

mod control;
mod operand;
mod pipeline;

use std::borrow::Cow;
use std::rc::Rc;

use super::lexer::Lexer;
use super::node::{BranchKind, Node, Tree, VariableName};
use super::token::{Keyword, Kind, Token};
use crate::callable::Functions;
use crate::error::{Error, Result};
use crate::limits::DEEPEST_SYNTAX;
use crate::stack::Floor;

/// The templates of a text: those that it defines, and as the last one the text itself.
pub(crate) fn parse(name: &str, text: &str, functions: &Functions) -> Result<Vec<Rc<Tree>>> {
    let mut parser = Parser {
        lexer: Lexer::new(text),
        pending: Vec::new(),
        line: 1,
        action_line: None,
        depth: 0,
        floor: Floor::of_this_thread(),
        functions,
        file: name.into(),
        source: text.into(),
        scope: Scope::default(),
        trees: Vec::new(),
    };
    let nodes = parser.file()?;
    parser.finish(name, nodes)?;
    let own = parser.trees.iter().position(|tree| &*tree.name == name);
    let mut trees = parser.trees;
    if let Some(own) = own {
        let tree = trees.remove(own);
        trees.push(tree);
    }
    Ok(trees)
}

/// What a template being read has seen so far.
struct Scope {
    variables: Vec<VariableName>,
    /// How many `range`s lie around here.
    ranges: usize,
}

impl Default for Scope {
    fn default() -> Self {
        Self { variables: vec!["$".into()], ranges: 0 }
    }
}

/// How a list of nodes ended.
enum Ending {
    End,
    Else,
}

/// A node, or the word that ends a list of them.
enum Item {
    Node(Node),
    Ending(Ending),
}

struct Parser<'text> {
    lexer: Lexer<'text>,
    /// Tokens read ahead, the next one last.
    pending: Vec<Token<'text>>,
    /// The line of the token read last.
    line: usize,
    action_line: Option<usize>,
    depth: usize,
    floor: Floor,
    functions: &'text Functions,
    file: Rc<str>,
    source: Rc<str>,
    scope: Scope,
    trees: Vec<Rc<Tree>>,
}

impl<'text> Parser<'text> {
    fn next(&mut self) -> Token<'text> {
        if let Some(token) = self.pending.pop() {
            return token;
        }
        let token = self.lexer.next();
        self.line = token.line;
        token
    }

    fn back(&mut self, token: Token<'text>) {
        self.pending.push(token);
    }

    fn peek(&mut self) -> &Token<'text> {
        if self.pending.is_empty() {
            let token = self.next();
            self.back(token);
        }
        &self.pending[self.pending.len() - 1]
    }

    fn next_word(&mut self) -> Token<'text> {
        loop {
            let token = self.next();
            if token.kind != Kind::Space {
                return token;
            }
        }
    }

    fn peek_word(&mut self) -> &Token<'text> {
        let token = self.next_word();
        self.back(token);
        self.peek()
    }

    fn error(&self, problem: impl Into<String>) -> Error {
        Error::Syntax { file: Rc::clone(&self.file), line: self.line, problem: problem.into() }
    }

    /// The error for a token that does not belong here; for a token that is an error, that error.
    fn unexpected(&self, token: &Token<'_>, context: &str) -> Error {
        if token.kind != Kind::Error {
            return self.error(format!("unexpected {token} in {context}"));
        }
        let started = self.action_line.filter(|line| *line != token.line);
        let action = if token.text.ends_with(" action") { "" } else { " in action" };
        self.error(match started {
            Some(line) => format!("{token}{action} started at {}:{line}", self.file),
            None => token.to_string(),
        })
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Result<Token<'text>> {
        let token = self.next_word();
        if token.kind == kind { Ok(token) } else { Err(self.unexpected(&token, context)) }
    }

    /// Goes one level deeper, unless that is too deep.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if self.depth >= DEEPEST_SYNTAX || self.floor.is_reached() {
            return Err(self.error(format!("max expression depth exceeded: {} levels", self.depth)));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }

    /// The whole file: items and definitions.
    fn file(&mut self) -> Result<Vec<Node>> {
        let mut nodes = Vec::new();
        while self.peek().kind != Kind::End {
            if self.definition()? {
                continue;
            }
            match self.item()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(Ending::End) => return Err(self.error("unexpected {{end}}")),
                Item::Ending(Ending::Else) => return Err(self.error("unexpected {{else}}")),
            }
        }
        Ok(nodes)
    }

    /// Reads a `define`, if one comes next.
    fn definition(&mut self) -> Result<bool> {
        if self.peek().kind != Kind::LeftDelimiter {
            return Ok(false);
        }
        let delimiter = self.next();
        let word = self.next_word();
        if word.kind != Kind::Keyword(Keyword::Define) {
            self.back(word);
            self.back(delimiter);
            return Ok(false);
        }
        let context = "define clause";
        let name = self.next_word();
        let name = self.template_name(&name, context)?;
        self.expect(Kind::RightDelimiter, context)?;
        self.defined(&name, context)?;
        Ok(true)
    }

    /// The body of `define` or `block`, which knows no variables from outside.
    fn defined(&mut self, name: &str, context: &str) -> Result<()> {
        let outer = std::mem::take(&mut self.scope);
        let (nodes, ending) = self.items()?;
        self.scope = outer;
        match ending {
            Ending::End => self.finish(name, nodes),
            Ending::Else => Err(self.error(format!("unexpected {{{{else}}}} in {context}"))),
        }
    }

    /// Adds a template to those of this text.
    fn finish(&mut self, name: &str, nodes: Vec<Node>) -> Result<()> {
        let (file, source) = (Rc::clone(&self.file), Rc::clone(&self.source));
        let tree = Rc::new(Tree { name: name.into(), file, source, nodes });
        match self.trees.iter().position(|known| &*known.name == name) {
            None => self.trees.push(tree),
            Some(index) if self.trees[index].is_blank() => self.trees[index] = tree,
            Some(_) if tree.is_blank() => {}
            Some(_) => {
                let quoted = crate::print::quoted(name);
                return Err(self.error(format!("multiple definition of template {quoted}")));
            }
        }
        Ok(())
    }

    /// Items up to `end` or `else`.
    fn items(&mut self) -> Result<(Vec<Node>, Ending)> {
        let mut nodes = Vec::new();
        while self.peek_word().kind != Kind::End {
            match self.item()? {
                Item::Node(node) => nodes.push(node),
                Item::Ending(ending) => return Ok((nodes, ending)),
            }
        }
        Err(self.error("unexpected EOF"))
    }

    fn item(&mut self) -> Result<Item> {
        let token = self.next_word();
        match token.kind {
            Kind::Text => Ok(Item::Node(Node::Text { position: token.position, text: own(token.text) })),
            Kind::LeftDelimiter => {
                self.action_line = Some(token.line);
                let item = self.nested(Self::action);
                self.action_line = None;
                item
            }
            _ => Err(self.unexpected(&token, "input")),
        }
    }

    fn action(&mut self) -> Result<Item> {
        let token = self.next_word();
        let Kind::Keyword(keyword) = token.kind else {
            self.back(token);
            return Ok(Item::Node(Node::Action(self.pipeline("command", Kind::RightDelimiter)?)));
        };
        let node = match keyword {
            Keyword::Block => self.block()?,
            Keyword::Break | Keyword::Continue => self.jump(keyword, token.text)?,
            Keyword::If => self.branch(BranchKind::If)?,
            Keyword::With => self.branch(BranchKind::With)?,
            Keyword::Range => self.branch(BranchKind::Range)?,
            Keyword::Template => self.invocation()?,
            Keyword::Else => return self.otherwise(),
            Keyword::End => {
                self.expect(Kind::RightDelimiter, "end")?;
                return Ok(Item::Ending(Ending::End));
            }
            Keyword::Define => return Err(self.unexpected(&token, "command")),
        };
        Ok(Item::Node(node))
    }
}

fn own(text: Cow<'_, str>) -> Box<str> {
    text.into_owned().into()
}
