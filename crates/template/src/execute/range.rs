//! `range`: over lists, maps in the order of their keys, and numbers.

use super::found::Found;
use super::frame::{Flow, Frame};
use crate::error::Result;
use crate::print::print;
use crate::syntax::Branch;
use crate::value::Value;

impl<'tree> Frame<'_, 'tree> {
    pub(super) fn range(&mut self, dot: &Found, branch: &'tree Branch) -> Result<Flow> {
        let value = match self.pipeline(dot, &branch.pipeline)? {
            Value::Object(object) => object.data(),
            other => other,
        };
        match value {
            Value::Nil => self.list(dot, &branch.otherwise),
            Value::List(list) => {
                let turns = list.items.iter().enumerate();
                self.turns(
                    dot,
                    branch,
                    turns.map(|(index, item)| (Value::Int(index as i64), Found::boxed(item.clone()))),
                )
            }
            Value::Map(map) => {
                let turns = map.entries().into_iter();
                self.turns(dot, branch, turns.map(|(key, item)| (Value::text(key), Found::boxed(item))))
            }
            Value::Int(end) => self.count(dot, branch, end, Value::Int),
            Value::Int64(end) => self.count(dot, branch, end, Value::Int64),
            other => Err(self.error(format!("range can't iterate over {}", print(&other)))),
        }
    }

    /// Over the numbers from 0 up to `end`, which is not among them.
    fn count(&mut self, dot: &Found, branch: &'tree Branch, end: i64, number: fn(i64) -> Value) -> Result<Flow> {
        if branch.pipeline.variables.len() > 1 {
            return Err(self.error(format!("can't use {end} to iterate over more than one variable")));
        }
        self.turns(dot, branch, (0..end).map(|index| (Value::Nil, Found::plain(number(index)))))
    }

    fn turns(
        &mut self,
        dot: &Found,
        branch: &'tree Branch,
        turns: impl Iterator<Item = (Value, Found)>,
    ) -> Result<Flow> {
        let mark = self.mark();
        let mut ran = false;
        for (key, item) in turns {
            ran = true;
            self.step()?;
            self.bind(branch, key, &item)?;
            let flow = self.list(&item, &branch.body)?;
            self.forget(mark);
            if flow == Flow::Break {
                break;
            }
        }
        if ran { Ok(Flow::Onward) } else { self.list(dot, &branch.otherwise) }
    }

    /// Gives this turn's key and element to the variables of `range`: one gets the element, two get both.
    fn bind(&mut self, branch: &'tree Branch, key: Value, item: &Found) -> Result<()> {
        let pipeline = &branch.pipeline;
        match (pipeline.assigns, &*pipeline.variables) {
            (_, []) => {}
            (true, [element]) => self.assign(element, item.clone())?,
            (true, [index, element, ..]) => {
                self.assign(index, Found::plain(key))?;
                self.assign(element, item.clone())?;
            }
            (false, [_]) => self.set_from_top(1, item.clone()),
            (false, [_, _, ..]) => {
                self.set_from_top(1, item.clone());
                self.set_from_top(2, Found::plain(key));
            }
        }
        Ok(())
    }
}
