//! Go's complex numbers. No chart needs them, but `1i` is a word of the language, and what is printed must be what Go prints.

use std::any::Any;
use std::rc::Rc;

use crate::error::Result;
use crate::number;
use crate::value::{Object, Value};

/// A complex number.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Complex {
    pub(crate) real: f64,
    pub(crate) imaginary: f64,
}

impl Complex {
    /// Reads `2i`, `-1.5e3i` and `1+2i`; a lone number in front of the `i` is the imaginary part.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = text.strip_suffix('i')?;
        // a sign behind an exponent's letter is the exponent's own
        let is_joint = |(at, next): (usize, char)| at > 0 && "+-".contains(next) && !digits[..at].ends_with(['e', 'E']);
        let joint = digits.char_indices().rev().find(|each| is_joint(*each)).map_or(0, |(at, _)| at);
        let (real, imaginary) = digits.split_at(joint);
        let part = |text: &str| {
            if text.ends_with(|last: char| last.is_ascii_digit() || last == '.') { text.parse().ok() } else { None }
        };
        Some(Self { real: if real.is_empty() { 0.0 } else { part(real)? }, imaginary: part(imaginary)? })
    }

    /// As a value of a template.
    pub(crate) fn value(self) -> Value {
        Value::Object(Rc::new(self))
    }

    /// The number in a value, where it is such.
    pub(crate) fn of(value: &Value) -> Option<&Self> {
        if let Value::Object(object) = value { object.as_any().downcast_ref() } else { None }
    }
}

impl Object for Complex {
    fn type_name(&self) -> &str {
        "complex128"
    }

    fn kind(&self) -> &str {
        "complex128"
    }

    fn member(&self, _: &str, _: &[Value]) -> Option<Result<Value>> {
        None
    }

    fn print(&self) -> String {
        let sign = if self.imaginary.is_sign_negative() { "" } else { "+" };
        format!("({}{sign}{}i)", number::general(self.real), number::general(self.imaginary))
    }

    /// What no document has a form for.
    fn data(&self) -> Value {
        Value::Float(f64::NAN)
    }

    fn truth(&self) -> bool {
        self.real != 0.0 || self.imaginary != 0.0
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

#[cfg(test)]
mod tests {
    use super::Complex;

    #[test]
    fn parts_are_told_apart() {
        let table = [
            ("1i", 0.0, 1.0),
            ("-1.5e3i", 0.0, -1500.0),
            ("1+2i", 1.0, 2.0),
            ("-1e-2-.5i", -0.01, -0.5),
            ("0i", 0.0, 0.0),
        ];
        for (text, real, imaginary) in table {
            assert_eq!(Complex::read(text), Some(Complex { real, imaginary }), "{text}");
        }
        for text in ["i", "1", "1+i", "0x1i", "1_0i", "--1i", ""] {
            assert_eq!(Complex::read(text), None, "{text}");
        }
    }
}
