//! A value together with what Go would know of its type.

use crate::value::Value;

/// A value found while evaluating. An element of a map or list comes as an `interface {}`, whose nil is a value of which no field
/// may be asked; a nil that is not `boxed` is nothing at all, and so are its fields.
#[derive(Debug, Clone, Default)]
pub(super) struct Found {
    pub(super) value: Value,
    pub(super) boxed: bool,
}

impl Found {
    /// A value with its own type.
    pub(super) fn plain(value: Value) -> Self {
        Self { value, boxed: false }
    }

    /// An element of a map or list.
    pub(super) fn boxed(value: Value) -> Self {
        Self { value, boxed: true }
    }

    /// Nothing at all.
    pub(super) fn is_nothing(&self) -> bool {
        !self.boxed && matches!(self.value, Value::Nil)
    }

    /// Go's name of the type.
    pub(super) fn type_name(&self) -> &str {
        if self.boxed { "interface {}" } else { self.value.type_name() }
    }
}
