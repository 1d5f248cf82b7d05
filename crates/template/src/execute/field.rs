//! Fields: `.a.b`, `$x.a`, `(f x).a`, and methods with arguments.

use super::found::Found;
use super::frame::{At, Frame};
use crate::error::{Error, Result};
use crate::print::quoted;
use crate::signature::Signature;
use crate::syntax::Operand;
use crate::templates::MissingKey;
use crate::value::{Map, Object, Value};

impl<'tree> Frame<'_, 'tree> {
    /// What a field, variable or chain leads to. Only the last name may be a method that gets the arguments.
    pub(super) fn reach(
        &mut self,
        dot: &Found,
        word: &'tree Operand,
        arguments: &'tree [Operand],
        last: Option<Value>,
    ) -> Result<Found> {
        self.at(At::Operand(word));
        let (start, names) = self.start(dot, word)?;
        let Some((method, fields)) = names.split_last() else {
            self.refuse_arguments(word, arguments, last.as_ref())?;
            return Ok(start);
        };
        let mut receiver = start;
        for name in fields {
            receiver = self.field(dot, word, &receiver, name, &[], None)?;
        }
        self.field(dot, word, &receiver, method, arguments, last)
    }

    /// The value that the names start from.
    fn start(&mut self, dot: &Found, word: &'tree Operand) -> Result<(Found, &'tree [Box<str>])> {
        match word {
            Operand::Variable { name, names, .. } => Ok((self.variable(name)?.clone(), names)),
            Operand::Field { names, .. } => Ok((dot.clone(), names)),
            Operand::Chain { base, names, .. } => {
                let start = self.argument(dot, base)?;
                Ok((start, names))
            }
            other => Err(self.error(format!("can't evaluate command {other}"))),
        }
    }

    fn field(
        &mut self,
        dot: &Found,
        word: &'tree Operand,
        receiver: &Found,
        name: &str,
        arguments: &'tree [Operand],
        last: Option<Value>,
    ) -> Result<Found> {
        if receiver.is_nothing() {
            return self.field_of_nothing(name);
        }
        let has_arguments = !arguments.is_empty() || last.is_some();
        match &receiver.value {
            Value::Nil => Err(self.error(format!("nil pointer evaluating interface {{}}.{name}"))),
            Value::Object(object) => {
                let values =
                    self.arguments(dot, name, object.parameters(name).map(Signature::letters), arguments, last)?;
                self.at(At::Operand(word));
                self.member(receiver, &**object, name, &values)
            }
            Value::Map(_) if has_arguments => Err(self.error(format!("{name} is not a method but has arguments"))),
            Value::Map(map) => self.entry(map, name),
            _ => Err(self.no_field(receiver, name)),
        }
    }

    fn field_of_nothing(&self, name: &str) -> Result<Found> {
        match self.rendering.missing_key() {
            MissingKey::Error => Err(self.error(format!("nil data; no entry for key {}", quoted(name)))),
            MissingKey::Nothing | MissingKey::Nil => Ok(Found::default()),
        }
    }

    fn entry(&self, map: &Map, name: &str) -> Result<Found> {
        match (map.get(name), self.rendering.missing_key()) {
            (Some(value), _) => Ok(Found::boxed(value)),
            (None, MissingKey::Nothing) => Ok(Found::default()),
            (None, MissingKey::Nil) => Ok(Found::boxed(Value::Nil)),
            (None, MissingKey::Error) => Err(self.error(format!("map has no entry for key {}", quoted(name)))),
        }
    }

    fn member(&mut self, receiver: &Found, object: &dyn Object, name: &str, arguments: &[Value]) -> Result<Found> {
        match object.member(name, arguments) {
            Some(Ok(value)) => Ok(Found::plain(value)),
            Some(Err(cause @ Error::Call(_))) => Err(self.located(None, cause)),
            Some(Err(cause)) => Err(self.located(Some(&name.into()), cause)),
            None if object.kind() == "map" && !arguments.is_empty() => {
                Err(self.error(format!("{name} is not a method but has arguments")))
            }
            None => Err(self.no_field(receiver, name)),
        }
    }

    fn no_field(&self, receiver: &Found, name: &str) -> Error {
        self.error(format!("can't evaluate field {name} in type {}", receiver.type_name()))
    }
}
