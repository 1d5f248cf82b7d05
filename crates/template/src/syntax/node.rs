//! The tree of a template. Places are bytes of the source, from which an error makes line and column.

use std::fmt;
use std::rc::Rc;

use crate::callable::Callee;
use crate::complex::Complex;

/// One template: what a file or a `define` holds.
pub(crate) struct Tree {
    pub(crate) name: Rc<str>,
    /// The file it was read from.
    pub(crate) file: Rc<str>,
    /// The file's whole text.
    pub(crate) source: Rc<str>,
    pub(crate) nodes: Vec<Node>,
}

/// A piece of a template.
pub(crate) enum Node {
    Text { position: usize, text: Box<str> },
    Action(Pipeline),
    Branch(Box<Branch>),
    Template(Invocation),
    Break,
    Continue,
}

/// `if`, `with` and `range`.
pub(crate) struct Branch {
    pub(crate) kind: BranchKind,
    pub(crate) pipeline: Pipeline,
    pub(crate) body: Vec<Node>,
    pub(crate) otherwise: Vec<Node>,
}

/// Which of the three.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BranchKind {
    If,
    With,
    Range,
}

/// `{{ template "name" pipeline }}`
pub(crate) struct Invocation {
    pub(crate) position: usize,
    pub(crate) name: Rc<str>,
    pub(crate) pipeline: Option<Pipeline>,
}

/// Commands, each fed with what the one before gave, and the variables that get the last result.
pub(crate) struct Pipeline {
    pub(crate) position: usize,
    /// `=` rather than `:=`.
    pub(crate) assigns: bool,
    pub(crate) variables: Vec<VariableName>,
    pub(crate) commands: Vec<Command>,
}

/// The name of a variable, `$` included.
pub(crate) type VariableName = Rc<str>;

/// A function, method or value with its arguments.
pub(crate) struct Command {
    pub(crate) position: usize,
    pub(crate) words: Vec<Operand>,
}

/// A word of a command.
pub(crate) enum Operand {
    Dot { position: usize },
    Nil { position: usize },
    Bool { position: usize, value: bool },
    Number { position: usize, number: Number },
    Text { position: usize, quoted: Box<str>, value: Rc<str> },
    Field { position: usize, names: Vec<Box<str>> },
    Variable { position: usize, name: VariableName, names: Vec<Box<str>> },
    Chain { position: usize, base: Box<Operand>, names: Vec<Box<str>> },
    Function { position: usize, name: Rc<str>, callee: Callee },
    Pipeline(Box<Pipeline>),
}

/// A number of the source: what it is depends on the parameter it is given to.
#[derive(Debug, Clone)]
pub(crate) struct Number {
    pub(crate) text: Box<str>,
    /// As an integer, where it is one, such as 1, `'a'` or 1.0.
    pub(crate) int: Option<i64>,
    pub(crate) float: f64,
    /// Whether it is a float where nothing else is asked for.
    pub(crate) is_float: bool,
    /// What it is where nothing else is asked for, if it is written with an `i`.
    pub(crate) complex: Option<Complex>,
}

impl Operand {
    /// Where it starts; for several fields, where the second starts, as in Go.
    pub(crate) fn position(&self) -> usize {
        match self {
            Self::Dot { position }
            | Self::Nil { position }
            | Self::Bool { position, .. }
            | Self::Number { position, .. }
            | Self::Text { position, .. }
            | Self::Field { position, .. }
            | Self::Variable { position, .. }
            | Self::Chain { position, .. }
            | Self::Function { position, .. } => *position,
            Self::Pipeline(pipeline) => pipeline.position,
        }
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Tree").field("name", &self.name).field("file", &self.file).finish_non_exhaustive()
    }
}

impl Tree {
    /// Whether there is nothing but white space.
    pub(crate) fn is_blank(&self) -> bool {
        is_blank(&self.nodes)
    }

    /// Line from 1 and column in bytes from 0, as Go counts them.
    pub(crate) fn place(&self, position: usize) -> (usize, usize) {
        let before = self.source.as_bytes().get(..position).unwrap_or(self.source.as_bytes());
        let line = 1 + before.iter().filter(|byte| **byte == b'\n').count();
        let column = before.iter().rev().take_while(|byte| **byte != b'\n').count();
        (line, column)
    }
}

/// Whether nodes are nothing but white space.
pub(crate) fn is_blank(nodes: &[Node]) -> bool {
    nodes.iter().all(|node| matches!(node, Node::Text { text, .. } if text.trim().is_empty()))
}
