//! The functions that Go's templates have by themselves. `and` and `or` are none: the executor does not evaluate all their arguments.

mod compare;
mod escape;
mod index;

use crate::callable::{Callee, wrong_count};
use crate::error::{Error, Result};
use crate::format;
use crate::functions::Pure;
use crate::print::print;
use crate::signature::Signature;
use crate::value::Value;

/// What the name stands for.
pub(crate) fn find(name: &str) -> Option<Callee> {
    let function: Pure = match name {
        "and" => return Some(Callee::And),
        "or" => return Some(Callee::Or),
        "not" => not,
        "len" => index::len,
        "index" => index::index,
        "slice" => index::slice,
        "print" => |arguments| Ok(Value::text(spaced(arguments, false))),
        "println" => |arguments| Ok(Value::text(spaced(arguments, true) + "\n")),
        "printf" => printf,
        "html" => |arguments| Ok(Value::text(escape::html(&spaced(arguments, false)))),
        "js" => |arguments| Ok(Value::text(escape::javascript(&spaced(arguments, false)))),
        "urlquery" => |arguments| Ok(Value::text(escape::query(&spaced(arguments, false)))),
        "eq" => compare::equal,
        "ne" => compare::unequal,
        "lt" => compare::less,
        "le" => compare::at_most,
        "gt" => compare::greater,
        "ge" => compare::at_least,
        "call" => |_| Err(Error::function("call of something that is no function")),
        _ => return None,
    };
    Some(Callee::Pure(function, Signature::of(name)))
}

fn not(arguments: &[Value]) -> Result<Value> {
    match arguments {
        [value] => Ok(Value::Bool(!value.is_true())),
        _ => Err(wrong_count("not", 1, arguments)),
    }
}

fn printf(arguments: &[Value]) -> Result<Value> {
    match arguments.split_first() {
        Some((Value::Text(text), values)) => format::format(text, values).map(Value::text),
        Some((other, _)) => {
            let found = if matches!(other, Value::Nil) { "interface {}" } else { other.type_name() };
            Err(Error::call(format!("wrong type for value; expected string; got {found}")))
        }
        None => Err(Error::call("wrong number of args for printf: want at least 1 got 0")),
    }
}

/// Go's `Sprint`: a space between two values of which none is a text; `always` as `Sprintln` does.
fn spaced(values: &[Value], always: bool) -> String {
    let mut out = String::new();
    let mut was_text = true;
    for (index, value) in values.iter().enumerate() {
        let is_text = matches!(value, Value::Text(_));
        if index > 0 && (always || (!is_text && !was_text)) {
            out.push(' ');
        }
        out.push_str(&print(value));
        was_text = is_text;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::spaced;
    use crate::value::Value;

    #[test]
    fn spaces_stand_between_values_that_are_no_texts() {
        let values = [Value::Int(1), Value::Int(2), Value::text("a"), Value::text("b"), Value::Int(3), Value::Nil];
        assert_eq!(spaced(&values, false), "1 2ab3 <nil>");
        assert_eq!(spaced(&values, true), "1 2 a b 3 <nil>");
    }
}
