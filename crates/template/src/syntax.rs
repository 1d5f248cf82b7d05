//! The language of templates: text to tokens to trees. Nothing here looks at values; a tree remembers its source, so that an error
//! can show the very words it is about.

mod lexer;
mod literal;
mod node;
mod parser;
mod show;
mod token;

pub(crate) use node::{Branch, BranchKind, Command, Invocation, Node, Number, Operand, Pipeline, Tree};
pub(crate) use parser::parse;
