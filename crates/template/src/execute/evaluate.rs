//! Pipelines and their words to values.

use super::found::Found;
use super::frame::{At, Frame};
use crate::error::Result;
use crate::syntax::{Command, Number, Operand, Pipeline};
use crate::value::Value;

impl<'tree> Frame<'_, 'tree> {
    /// The value of a pipeline, given to its variables, too.
    pub(super) fn pipeline(&mut self, dot: &Found, pipeline: &'tree Pipeline) -> Result<Value> {
        self.at(At::Pipeline(pipeline));
        self.step()?;
        let mut last = None;
        for command in &pipeline.commands {
            last = Some(self.command(dot, command, last)?);
        }
        let value = last.unwrap_or_default();
        for name in &pipeline.variables {
            if pipeline.assigns {
                self.assign(name, Found::plain(value.clone()))?;
            } else {
                self.declare(name, Found::plain(value.clone()));
            }
        }
        Ok(value)
    }

    /// The value of a command; `last` is what the command before gave.
    fn command(&mut self, dot: &Found, command: &'tree Command, last: Option<Value>) -> Result<Value> {
        let Some((first, arguments)) = command.words.split_first() else {
            return Err(self.error("empty command"));
        };
        match first {
            Operand::Function { name, callee, .. } => {
                self.at(At::Operand(first));
                self.call(dot, name, callee, At::Command(command), arguments, last)
            }
            Operand::Field { .. } | Operand::Variable { .. } | Operand::Chain { .. } => {
                self.reach(dot, first, arguments, last).map(|found| found.value)
            }
            Operand::Pipeline(pipeline) => {
                self.refuse_arguments(first, arguments, last.as_ref())?;
                self.pipeline(dot, pipeline)
            }
            _ => {
                self.at(At::Operand(first));
                self.refuse_arguments(first, arguments, last.as_ref())?;
                self.literal(dot, first)
            }
        }
    }

    /// An error where something is given to a word that takes nothing.
    pub(super) fn refuse_arguments(&self, word: &Operand, arguments: &[Operand], last: Option<&Value>) -> Result<()> {
        if arguments.is_empty() && last.is_none() {
            return Ok(());
        }
        Err(self.error(format!("can't give argument to non-function {word}")))
    }

    /// A command that is a value as it stands.
    fn literal(&mut self, dot: &Found, word: &Operand) -> Result<Value> {
        match word {
            Operand::Dot { .. } => Ok(dot.value.clone()),
            Operand::Bool { value, .. } => Ok(Value::Bool(*value)),
            Operand::Number { number, .. } => self.number(number),
            Operand::Text { value, .. } => Ok(Value::Text(value.clone())),
            Operand::Nil { .. } => Err(self.error("nil is not a command")),
            other => Err(self.error(format!("can't evaluate command {other}"))),
        }
    }

    fn number(&self, number: &Number) -> Result<Value> {
        match number.int {
            _ if let Some(complex) = number.complex => Ok(complex.value()),
            Some(int) if !number.is_float => Ok(Value::Int(int)),
            _ if number.is_float => Ok(Value::Float(number.float)),
            _ => Err(self.error(format!("{} overflows int", number.text))),
        }
    }

    /// An argument of a function that takes any value.
    pub(super) fn argument(&mut self, dot: &Found, word: &'tree Operand) -> Result<Found> {
        self.at(At::Operand(word));
        match word {
            Operand::Dot { .. } => Ok(dot.clone()),
            Operand::Nil { .. } => Ok(Found::boxed(Value::Nil)),
            Operand::Field { .. } | Operand::Variable { .. } | Operand::Chain { .. } => {
                self.reach(dot, word, &[], None)
            }
            Operand::Pipeline(pipeline) => self.pipeline(dot, pipeline).map(Found::plain),
            Operand::Function { name, callee, .. } => {
                self.call(dot, name, callee, At::Operand(word), &[], None).map(Found::boxed)
            }
            other => self.literal(dot, other).map(Found::plain),
        }
    }
}
