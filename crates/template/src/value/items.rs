//! The values of a list, and how values that hold values come to their end: a chart can put a million lists into one another, and
//! an end that descends into each would overflow the stack.

use std::ops::Deref;
use std::rc::Rc;

use super::Value;
use crate::effort;

/// The values of a list; they do not change.
#[derive(Debug, Default)]
pub struct Items(Vec<Value>);

impl Items {
    /// These values.
    pub fn new(values: Vec<Value>) -> Rc<Self> {
        effort::made_list(values.len());
        Rc::new(Self(values))
    }
}

impl Deref for Items {
    type Target = [Value];

    fn deref(&self) -> &[Value] {
        &self.0
    }
}

impl Drop for Items {
    fn drop(&mut self) {
        release(std::mem::take(&mut self.0));
    }
}

/// Lets go of values and of all that nobody else holds within them, one after the other.
pub(super) fn release(mut held: Vec<Value>) {
    while let Some(value) = held.pop() {
        match value {
            Value::List(list) => {
                if let Some(mut items) = Rc::into_inner(list.items) {
                    held.append(&mut items.0);
                }
            }
            Value::Map(map) => held.extend(map.into_values()),
            _ => {}
        }
    }
}
