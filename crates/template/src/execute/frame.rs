//! One template being carried out: its variables, its output, and the place where it is.

use std::rc::Rc;

use super::found::Found;
use super::rendering::Rendering;
use crate::error::{Error, Execution, Result};
use crate::print::print;
use crate::syntax::{Branch, BranchKind, Command, Invocation, Node, Operand, Pipeline, Tree};
use crate::templates::NO_VALUE;
use crate::value::Value;

/// The words that an error would point at.
#[derive(Clone, Copy)]
pub(super) enum At<'tree> {
    Command(&'tree Command),
    Operand(&'tree Operand),
    Pipeline(&'tree Pipeline),
    Template(&'tree Invocation),
    Text(usize),
}

/// How a list of nodes was left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Onward,
    Break,
    Continue,
}

pub(super) struct Frame<'run, 'tree> {
    pub(super) rendering: &'run mut Rendering,
    tree: &'tree Tree,
    at: At<'tree>,
    variables: Vec<(&'tree str, Found)>,
    out: &'run mut String,
}

impl<'run, 'tree> Frame<'run, 'tree> {
    pub(super) fn new(rendering: &'run mut Rendering, tree: &'tree Tree, data: Value, out: &'run mut String) -> Self {
        Self { rendering, tree, at: At::Text(0), variables: vec![("$", Found::plain(data))], out }
    }

    /// Carries out the whole template.
    pub(super) fn run(mut self) -> Result<()> {
        let dot = self.variables.first().map(|(_, dot)| dot.clone()).unwrap_or_default();
        self.list(&dot, &self.tree.nodes).map(|_| ())
    }

    /// Points errors at these words from now on.
    pub(super) fn at(&mut self, at: At<'tree>) {
        self.at = at;
    }

    /// An error at the place where the template is.
    pub(super) fn error(&self, problem: impl Into<String>) -> Error {
        self.located(None, Error::Function(problem.into()))
    }

    /// An error with the place where the template is.
    pub(super) fn located(&self, calling: Option<&Rc<str>>, cause: Error) -> Error {
        let (position, at) = match self.at {
            At::Command(command) => (command.position, command.to_string()),
            At::Operand(operand) => (operand.position(), operand.to_string()),
            At::Pipeline(pipeline) => (pipeline.position, pipeline.to_string()),
            At::Template(invocation) => (invocation.position, invocation.to_string()),
            At::Text(position) => (position, "text".to_owned()),
        };
        let (line, column) = self.tree.place(position);
        Error::Execution(Box::new(Execution {
            file: Rc::clone(&self.tree.file),
            line,
            column,
            executing: Rc::clone(&self.tree.name),
            at,
            calling: calling.cloned(),
            cause,
        }))
    }

    pub(super) fn step(&mut self) -> Result<()> {
        self.rendering.step().map_err(|limit| self.located(None, limit))
    }

    /// Carries out nodes one after the other.
    pub(super) fn list(&mut self, dot: &Found, nodes: &'tree [Node]) -> Result<Flow> {
        for node in nodes {
            let flow = self.node(dot, node)?;
            if flow != Flow::Onward {
                return Ok(flow);
            }
        }
        Ok(Flow::Onward)
    }

    fn node(&mut self, dot: &Found, node: &'tree Node) -> Result<Flow> {
        self.step()?;
        match node {
            Node::Text { position, text } => {
                self.at = At::Text(*position);
                self.write(text)?;
            }
            Node::Action(pipeline) => {
                let value = self.pipeline(dot, pipeline)?;
                if pipeline.variables.is_empty() {
                    self.print(&value)?;
                }
            }
            Node::Branch(branch) => return self.branch(dot, branch),
            Node::Template(invocation) => self.template(dot, invocation)?,
            Node::Break => return Ok(Flow::Break),
            Node::Continue => return Ok(Flow::Continue),
        }
        Ok(Flow::Onward)
    }

    fn branch(&mut self, dot: &Found, branch: &'tree Branch) -> Result<Flow> {
        let mark = self.variables.len();
        let flow = if branch.kind == BranchKind::Range { self.range(dot, branch) } else { self.choice(dot, branch) };
        self.variables.truncate(mark);
        flow
    }

    /// `if` and `with`
    fn choice(&mut self, dot: &Found, branch: &'tree Branch) -> Result<Flow> {
        let value = self.pipeline(dot, &branch.pipeline)?;
        if !value.is_true() {
            return self.list(dot, &branch.otherwise);
        }
        if branch.kind == BranchKind::With {
            return self.list(&Found::plain(value), &branch.body);
        }
        self.list(dot, &branch.body)
    }

    /// `{{ template }}`: the same output, but variables of its own.
    fn template(&mut self, dot: &Found, invocation: &'tree Invocation) -> Result<()> {
        self.at = At::Template(invocation);
        let Some(tree) = self.rendering.find(&invocation.name) else {
            return Err(self.error(format!("template {} not defined", crate::print::quoted(&invocation.name))));
        };
        let data = match &invocation.pipeline {
            Some(pipeline) => self.pipeline(dot, pipeline)?,
            None => Value::Nil,
        };
        Frame::new(self.rendering, &tree, data, self.out).run()
    }

    fn print(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Nil => self.write(NO_VALUE),
            Value::Text(text) => self.write(text),
            Value::Object(object) => self.write(&object.show()),
            other => self.write(&print(other)),
        }
    }

    fn write(&mut self, text: &str) -> Result<()> {
        self.out.push_str(text);
        let checked = self.rendering.check_output(self.out.len()).and_then(|()| self.rendering.produce(text.len()));
        checked.map_err(|limit| self.located(None, limit))
    }

    /// The variable of that name that was declared last.
    pub(super) fn variable(&self, name: &str) -> Result<&Found> {
        let found = self.variables.iter().rev().find(|(known, _)| *known == name);
        found.map(|(_, value)| value).ok_or_else(|| self.error(format!("undefined variable: {name}")))
    }

    pub(super) fn declare(&mut self, name: &'tree str, value: Found) {
        self.variables.push((name, value));
    }

    pub(super) fn assign(&mut self, name: &str, value: Found) -> Result<()> {
        match self.variables.iter_mut().rev().find(|(known, _)| *known == name) {
            Some((_, variable)) => {
                *variable = value;
                Ok(())
            }
            None => Err(self.error(format!("undefined variable: {name}"))),
        }
    }

    /// How many variables there are.
    pub(super) fn mark(&self) -> usize {
        self.variables.len()
    }

    /// Forgets the variables declared since the mark.
    pub(super) fn forget(&mut self, mark: usize) {
        self.variables.truncate(mark);
    }

    /// Gives a new value to the variable that was declared that many before the next one.
    pub(super) fn set_from_top(&mut self, depth: usize, value: Found) {
        let index = self.variables.len().checked_sub(depth);
        if let Some((_, variable)) = index.and_then(|index| self.variables.get_mut(index)) {
            *variable = value;
        }
    }
}
