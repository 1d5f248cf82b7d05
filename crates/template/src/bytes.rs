//! Go's `[]byte` in a template, which a chart's files are: printed as numbers, made a text by `toString`, written to YAML and JSON as
//! base64.

use std::any::Any;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::error::Result;
use crate::raw;
use crate::value::{Object, Value};

/// Bytes that are no text yet.
#[derive(Debug, Clone)]
pub struct Bytes(Rc<[u8]>);

impl Bytes {
    /// As a value of a template.
    pub fn value(bytes: Rc<[u8]>) -> Value {
        Value::Object(Rc::new(Self(bytes)))
    }

    /// The bytes in a value, where it is such.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        if let Value::Object(object) = value { object.as_any().downcast_ref() } else { None }
    }

    /// As a text, from which the same bytes can be had again.
    pub(crate) fn text(&self) -> String {
        raw::text(&self.0)
    }
}

impl Object for Bytes {
    fn type_name(&self) -> &str {
        "[]uint8"
    }

    fn member(&self, _: &str, _: &[Value]) -> Option<Result<Value>> {
        None
    }

    fn print(&self) -> String {
        let numbers: Vec<String> = self.0.iter().map(u8::to_string).collect();
        format!("[{}]", numbers.join(" "))
    }

    fn data(&self) -> Value {
        Value::text(STANDARD.encode(&self.0))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
