//! Calls of functions.

use std::rc::Rc;

use super::found::Found;
use super::frame::{At, Frame};
use crate::callable::Callee;
use crate::error::{Error, Result};
use crate::functions::Pure;
use crate::syntax::{Number, Operand};
use crate::value::Value;

/// A constant has no type of its own in Go: `2.0` fits where a float is asked for, and where an `int` is. Functions check what they
/// are given before they do anything, so the second call is the only one that counts.
fn again_with_whole_numbers(function: Pure, mut values: Vec<Value>, words: &[Operand], error: Error) -> Result<Value> {
    let mut changed = false;
    for (value, word) in values.iter_mut().zip(words) {
        if let Operand::Number { number: Number { is_float: true, int: Some(int), .. }, .. } = word {
            *value = Value::Int(*int);
            changed = true;
        }
    }
    if changed && matches!(error, Error::Call(_)) { function(&values).map_err(|_| error) } else { Err(error) }
}

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
            Callee::Pure(function) => {
                let values = self.arguments(dot, words, last)?;
                function(&values).or_else(|error| again_with_whole_numbers(*function, values, words, error))
            }
            Callee::Host(function) => {
                let values = self.arguments(dot, words, last)?;
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

    /// The values of arguments, and the last result behind them.
    pub(super) fn arguments(
        &mut self,
        dot: &Found,
        words: &'tree [Operand],
        last: Option<Value>,
    ) -> Result<Vec<Value>> {
        let mut values = Vec::with_capacity(words.len() + usize::from(last.is_some()));
        for word in words {
            values.push(self.argument(dot, word)?.value);
        }
        values.extend(last);
        Ok(values)
    }
}
