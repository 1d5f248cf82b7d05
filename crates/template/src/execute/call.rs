//! Calls of functions.

use std::rc::Rc;

use super::found::Found;
use super::frame::{At, Frame};
use crate::callable::{Callee, Takes};
use crate::error::{Error, Result};
use crate::signature::Parameter;
use crate::syntax::{Number, Operand};
use crate::value::Value;

impl<'tree> Frame<'_, 'tree> {
    /// Calls a function; `whole` is what an error of the function itself points at.
    pub(super) fn call(
        &mut self,
        dot: &Found,
        name: &Rc<str>,
        callee: &Callee,
        whole: At<'tree>,
        words: &'tree [Operand],
        last: Option<Value>,
    ) -> Result<Value> {
        let result = match callee {
            Callee::And => return self.logic(dot, name, words, last, false),
            Callee::Or => return self.logic(dot, name, words, last, true),
            Callee::Pure(function, takes) => function(&self.arguments(dot, name, *takes, words, last)?),
            Callee::Host(function, takes) => {
                let values = self.arguments(dot, name, *takes, words, last)?;
                function(self.rendering, &values)
            }
        };
        let value = match result {
            Ok(value) => value,
            Err(cause @ Error::Call(_)) => return Err(self.located(None, cause)),
            Err(cause) => {
                self.at(whole);
                return Err(self.located(Some(name), cause));
            }
        };
        self.account(&value)?;
        Ok(value)
    }

    /// Counts what a function has made.
    fn account(&mut self, value: &Value) -> Result<()> {
        let bytes = if let Value::Text(text) = value { text.len() } else { 0 };
        self.step()?;
        let checked = self.rendering.check_output(bytes);
        let checked = checked.and_then(|()| self.rendering.produce(bytes)).and_then(|()| self.rendering.take_effort());
        checked.map_err(|limit| self.located(None, limit))
    }

    /// `and` and `or`: the first argument whose truth is `stops_at`, else the last.
    fn logic(
        &mut self,
        dot: &Found,
        name: &str,
        words: &'tree [Operand],
        last: Option<Value>,
        stops_at: bool,
    ) -> Result<Value> {
        if words.is_empty() && last.is_none() {
            return Err(self.error(format!("wrong number of args for {name}: want at least 1 got 0")));
        }
        let mut value = Value::Nil;
        for word in words {
            value = self.argument(dot, word)?.value;
            if value.is_true() == stops_at {
                return Ok(value);
            }
        }
        Ok(last.unwrap_or(value))
    }

    /// The values of arguments, and the last result behind them, checked as Go checks them.
    pub(super) fn arguments(
        &mut self,
        dot: &Found,
        name: &str,
        takes: Takes,
        words: &'tree [Operand],
        last: Option<Value>,
    ) -> Result<Vec<Value>> {
        if let Some(problem) = takes.and_then(|takes| takes.problem_of_count(name, words.len(), last.is_some())) {
            return Err(self.located(None, Error::Call(problem)));
        }
        let parameter = |place| takes.map_or(Parameter::Any, |takes| takes.parameter(place));
        let mut values = Vec::with_capacity(words.len() + usize::from(last.is_some()));
        for word in words {
            values.push(self.typed(dot, word, parameter(values.len()))?);
        }
        if let Some(last) = last {
            values.push(self.checked(Found::plain(last), parameter(words.len()))?);
        }
        Ok(values)
    }

    /// The value of a word for a parameter. A number of the source has no type of its own.
    fn typed(&mut self, dot: &Found, word: &'tree Operand, parameter: Parameter) -> Result<Value> {
        let found = self.argument(dot, word)?;
        match (parameter, word) {
            (Parameter::Any, _) => Ok(found.value),
            (_, Operand::Nil { .. }) if parameter.takes_nil() => Ok(Value::Nil),
            (_, Operand::Nil { .. }) => Err(self.error(format!("cannot assign nil to {}", parameter.name()))),
            (Parameter::Int | Parameter::Unsigned, Operand::Number { number: Number { int: Some(int), .. }, .. }) => {
                Ok(Value::Int(*int))
            }
            (Parameter::Float, Operand::Number { number, .. }) => Ok(Value::Float(number.float)),
            (_, Operand::Number { .. } | Operand::Text { .. } | Operand::Bool { .. })
                if !parameter.takes(&found.value) =>
            {
                Err(self.error(parameter.problem_of_literal(word)))
            }
            _ => self.checked(found, parameter),
        }
    }

    /// The value, if it is of the parameter's type.
    fn checked(&self, found: Found, parameter: Parameter) -> Result<Value> {
        let problem = match &found.value {
            value if parameter == Parameter::Any || !matches!(value, Value::Nil) && parameter.takes(value) => {
                return Ok(found.value);
            }
            Value::Nil if found.is_nothing() && parameter.takes_nil() => return Ok(Value::Nil),
            Value::Nil if found.is_nothing() => format!("invalid value; expected {}", parameter.name()),
            Value::Nil => format!("wrong type for value; expected {}; got interface {{}}", parameter.name()),
            value => format!("wrong type for value; expected {}; got {}", parameter.name(), value.type_name()),
        };
        Err(self.error(problem))
    }
}
