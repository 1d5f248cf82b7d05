//! One value under one verb. Lists and maps hand the verb on to what they hold.

use super::directive::Directive;
use super::{float, integer};
use crate::bytes::Bytes;
use crate::complex::Complex;
use crate::json::DEEPEST;
use crate::print::{print, quoted};
use crate::raw;
use crate::value::{ItemType, Value};

/// Writes the value.
pub(super) fn write(out: &mut String, directive: &Directive, verb: char, value: &Value) {
    match verb {
        'T' => directive.pad(out, value.type_name(), false),
        'v' if directive.sharp => syntax(out, directive, value, 0),
        _ => nested(out, directive, verb, value, 0),
    }
}

fn nested(out: &mut String, directive: &Directive, verb: char, value: &Value, depth: usize) {
    if depth > DEEPEST {
        out.push_str("...");
        return;
    }
    match value {
        Value::List(list) => {
            out.push('[');
            for (index, item) in list.items.iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                nested(out, directive, verb, item, depth + 1);
            }
            out.push(']');
        }
        Value::Map(map) => {
            out.push_str("map[");
            for (index, (key, item)) in map.entries().into_iter().enumerate() {
                out.push_str(if index > 0 { " " } else { "" });
                nested(out, directive, verb, &Value::text(key), depth + 1);
                out.push(':');
                nested(out, directive, verb, &item, depth + 1);
            }
            out.push(']');
        }
        single
            if let Some(number) = Complex::of(single)
                && let Some(text) = complex(directive, verb, *number) =>
        {
            out.push_str(&text);
        }
        Value::Nil if depth > 0 => directive.pad(out, "<nil>", false),
        single => {
            let written = written(directive, verb, single).unwrap_or_else(|| misfit(verb, single));
            let is_number = matches!(single, Value::Int(_) | Value::Int64(_) | Value::Float(_));
            directive.pad(out, &written, is_number && verb != 'q' && verb != 'c' && verb != 'U');
        }
    }
}

/// Both parts as floats, each of the width that was asked for, the second always with a sign.
fn complex(directive: &Directive, verb: char, number: Complex) -> Option<String> {
    let mut text = "(".to_owned();
    directive.pad(&mut text, &float::digits(directive, verb, number.real)?, true);
    let signed = Directive { plus: true, ..directive.clone() };
    signed.pad(&mut text, &float::digits(&signed, verb, number.imaginary)?, true);
    Some(text + "i)")
}

/// The value as Go's source would spell it: `%#v`.
fn syntax(out: &mut String, directive: &Directive, value: &Value, depth: usize) {
    if depth > DEEPEST {
        out.push_str("...");
        return;
    }
    match value {
        Value::List(list) if list.of.is_nil() => out.push_str(&format!("{}(nil)", value.type_name())),
        Value::List(list) => {
            out.push_str(value.type_name());
            let inner = |out: &mut String, item: &Value| inner_syntax(out, directive, item, list.of, depth);
            braced(out, list.items.iter(), inner);
        }
        Value::Map(map) => {
            out.push_str(value.type_name());
            braced(out, map.entries().iter(), |out, (key, item)| {
                out.push_str(&format!("{}:", quoted(key)));
                inner_syntax(out, directive, item, ItemType::Any, depth);
            });
        }
        single => nested(out, directive, 'v', single, depth),
    }
}

/// A value within another; nil has a type there.
fn inner_syntax(out: &mut String, directive: &Directive, value: &Value, of: ItemType, depth: usize) {
    match value {
        Value::Nil if of == ItemType::Any => out.push_str("interface {}(nil)"),
        value => syntax(out, directive, value, depth + 1),
    }
}

fn braced<T>(out: &mut String, items: impl Iterator<Item = T>, mut write: impl FnMut(&mut String, T)) {
    out.push('{');
    for (index, item) in items.enumerate() {
        out.push_str(if index > 0 { ", " } else { "" });
        write(out, item);
    }
    out.push('}');
}

/// What a single value looks like under the verb; none where they do not fit.
fn written(directive: &Directive, verb: char, value: &Value) -> Option<String> {
    match value {
        Value::Nil => (verb == 'v').then(|| "<nil>".to_owned()),
        Value::Bool(flag) => matches!(verb, 't' | 'v').then(|| flag.to_string()),
        Value::Int(number) | Value::Int64(number) => {
            character(verb, *number).or_else(|| integer::digits(directive, verb, *number))
        }
        Value::Float(number) => float::digits(directive, verb, *number),
        Value::Text(text) => of_text(directive, verb, text),
        object @ Value::Object(_) => match Bytes::of(object) {
            Some(bytes) if verb != 'v' && verb != 'd' => of_text(directive, verb, &bytes.text()),
            _ => of_text(directive, verb, &print(object)),
        },
        Value::List(_) | Value::Map(_) => None,
    }
}

fn of_text(directive: &Directive, verb: char, text: &str) -> Option<String> {
    let cut: String = match directive.precision() {
        Some(most) => text.chars().take(most).collect(),
        None => text.to_owned(),
    };
    match verb {
        'v' if directive.sharp => Some(quoted(&cut)),
        's' | 'v' => Some(cut),
        'q' if directive.sharp && !cut.contains('`') => Some(format!("`{cut}`")),
        'q' => Some(quoted(&cut)),
        'x' => Some(raw::bytes(&cut).iter().map(|byte| format!("{byte:02x}")).collect()),
        'X' => Some(raw::bytes(&cut).iter().map(|byte| format!("{byte:02X}")).collect()),
        _ => None,
    }
}

/// A number as a character.
fn character(verb: char, number: i64) -> Option<String> {
    let character = || u32::try_from(number).ok().and_then(char::from_u32).unwrap_or('\u{FFFD}');
    match verb {
        'c' => Some(character().to_string()),
        'U' => Some(format!("U+{number:04X}")),
        'q' => {
            let text = quoted(&character().to_string());
            let inner = text.trim_start_matches('"');
            let inner = inner.strip_suffix('"').unwrap_or(inner);
            Some(match character() {
                '\'' => "'\\''".to_owned(),
                '"' => "'\"'".to_owned(),
                _ => format!("'{inner}'"),
            })
        }
        _ => None,
    }
}

/// Go's mark: the verb, and the value with its type.
fn misfit(verb: char, value: &Value) -> String {
    match value {
        Value::Nil => format!("%!{verb}(<nil>)"),
        value => format!("%!{verb}({}={})", value.type_name(), print(value)),
    }
}
