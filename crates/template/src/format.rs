//! Go's `Sprintf`: verbs, flags, widths, and the marks it leaves in the output where a verb and its value do not fit, which charts do
//! print: `%!d(float64=1)`.

mod directive;
mod float;
mod integer;
mod verb;

use crate::error::{Error, Result};
use crate::functions::LARGEST_RESULT;
use crate::print::print;
use crate::value::Value;
use directive::{Amount, Directive};

/// The text with each directive replaced by its value.
///
/// # Errors
/// The result would be larger than any may be.
pub fn format(text: &str, values: &[Value]) -> Result<String> {
    let mut run = Run { values, next: 0, reordered: false, out: String::new() };
    let mut rest = text;
    while let Some((plain, after)) = rest.split_once('%') {
        run.out.push_str(plain);
        let (directive, after) = directive::read(after);
        run.directive(&directive);
        rest = after;
        if run.out.len() > LARGEST_RESULT {
            return Err(Error::function(format!("printf: the result would be larger than {LARGEST_RESULT} bytes")));
        }
    }
    run.out.push_str(rest);
    run.extra();
    Ok(run.out)
}

struct Run<'a> {
    values: &'a [Value],
    next: usize,
    /// Whether a directive chose its value: then values that were not used are no mistake.
    reordered: bool,
    out: String,
}

impl Run<'_> {
    fn directive(&mut self, directive: &Directive) {
        let mut directive = directive.clone();
        if let Some(index) = directive.index {
            self.reordered = true;
            self.next = index;
        }
        for (amount, word) in [(directive.width, "WIDTH"), (directive.precision, "PREC")] {
            if amount == Some(Amount::FromValue) {
                let taken = self.amount(word);
                if word == "WIDTH" { directive.set_width(taken) } else { directive.set_precision(taken) }
            }
        }
        match directive.verb {
            None => self.out.push_str("%!(NOVERB)"),
            Some('%') => self.out.push('%'),
            Some(verb) => match self.values.get(self.next) {
                None if directive.index.is_some() => self.out.push_str(&format!("%!{verb}(BADINDEX)")),
                None => self.out.push_str(&format!("%!{verb}(MISSING)")),
                Some(value) => {
                    self.next += 1;
                    verb::write(&mut self.out, &directive, verb, value);
                }
            },
        }
    }

    /// A width or precision out of the values.
    fn amount(&mut self, word: &str) -> Option<i64> {
        let value = self.values.get(self.next);
        self.next += 1;
        match value {
            Some(Value::Int(number) | Value::Int64(number)) if number.abs() <= directive::LARGEST as i64 => {
                Some(*number)
            }
            _ => {
                self.out.push_str(&format!("%!(BAD{word})"));
                None
            }
        }
    }

    fn extra(&mut self) {
        let Some(extra) = self.values.get(self.next..).filter(|extra| !extra.is_empty() && !self.reordered) else {
            return;
        };
        let shown = extra.iter().map(|value| match value {
            Value::Nil => "<nil>".to_owned(),
            value => format!("{}={}", value.type_name(), print(value)),
        });
        let shown: Vec<String> = shown.collect();
        self.out.push_str(&format!("%!(EXTRA {})", shown.join(", ")));
    }
}

#[cfg(test)]
mod tests {
    use super::format;
    use crate::value::Value;

    #[test]
    fn verbs_print_as_in_go() {
        let list = Value::list(vec![Value::text("a"), Value::Int(1)]);
        let table: [(&str, Vec<Value>, &str); 42] = [
            ("%s-%s", vec![Value::text("a"), Value::text("b")], "a-b"),
            ("%d%%", vec![Value::Int(5)], "5%"),
            ("%d", vec![Value::Float(1.0)], "%!d(float64=1)"),
            ("%s", vec![Value::Int(1)], "%!s(int=1)"),
            ("%s", vec![Value::Nil], "%!s(<nil>)"),
            ("%v", vec![Value::Nil], "<nil>"),
            ("%v", vec![Value::Float(1e6)], "1e+06"),
            ("%5d|%-5d|%05d", vec![Value::Int(1), Value::Int(2), Value::Int(-3)], "    1|2    |-0003"),
            ("%+d % d", vec![Value::Int(1), Value::Int(2)], "+1  2"),
            ("%x %X %o %b", vec![Value::Int(255), Value::Int(255), Value::Int(8), Value::Int(5)], "ff FF 10 101"),
            ("%#x %#o", vec![Value::Int(255), Value::Int(8)], "0xff 010"),
            ("%x", vec![Value::text("hi")], "6869"),
            ("%q", vec![Value::text("a\"b")], "\"a\\\"b\""),
            ("%5s|%-5s|", vec![Value::text("a"), Value::text("b")], "    a|b    |"),
            ("%.2s", vec![Value::text("äbc")], "äb"),
            ("%f %.2f %.0f", vec![Value::Float(1.5), Value::Float(2.345), Value::Float(2.5)], "1.500000 2.35 2"),
            ("%e %g", vec![Value::Float(123_456.789), Value::Float(1e21)], "1.234568e+05 1e+21"),
            ("%.3g %.3g", vec![Value::Float(1234.5), Value::Float(0.5)], "1.23e+03 0.5"),
            ("%8.2f|%-8.2f|%08.2f", vec![Value::Float(-1.5); 3], "   -1.50|-1.50   |-0001.50"),
            ("%t", vec![Value::Bool(true)], "true"),
            ("%t", vec![Value::text("x")], "%!t(string=x)"),
            ("%d", vec![], "%!d(MISSING)"),
            ("%s", vec![Value::text("a"), Value::Int(1)], "a%!(EXTRA int=1)"),
            ("%", vec![], "%!(NOVERB)"),
            ("%!", vec![Value::Int(1)], "%!!(int=1)"),
            ("%z", vec![Value::Int(1)], "%!z(int=1)"),
            ("%[2]s-%[1]s", vec![Value::text("a"), Value::text("b")], "b-a"),
            ("%[1]s%[1]s", vec![Value::text("a")], "aa"),
            ("%[3]s", vec![Value::text("a")], "%!s(BADINDEX)"),
            ("%*d", vec![Value::Int(4), Value::Int(1)], "   1"),
            ("%-*d|", vec![Value::Int(4), Value::Int(1)], "1   |"),
            ("%.*f", vec![Value::Int(1), Value::Float(1.25)], "1.2"),
            ("%c%U", vec![Value::Int(0x263a), Value::Int(0x263a)], "☺U+263A"),
            ("%s", vec![list.clone()], "[a %!s(int=1)]"),
            ("%v", vec![list.clone()], "[a 1]"),
            ("%q", vec![list], "[\"a\" '\\x01']"),
            ("%s", vec![Value::map([("k".to_owned(), Value::text("v"))])], "map[k:v]"),
            ("%T", vec![Value::Float(1.0)], "float64"),
            ("%.3d", vec![Value::Int(5)], "005"),
            ("%v", vec![Value::Bool(false)], "false"),
            ("%6.1f%%", vec![Value::Float(99.95)], " 100.0%"),
            ("100%", vec![], "100%!(NOVERB)"),
        ];
        for (text, values, expected) in table {
            assert_eq!(format(text, &values).unwrap(), expected, "{text} {values:?}");
        }
    }

    #[test]
    fn more_digits_than_a_double_has_are_zeros() {
        let table = [("%.200000f", "1.5000", "0000"), ("%.200000e", "1.5000", "0000e+00"), ("%.200000g", "1.5", "1.5")];
        for (directive, begins, ends) in table {
            let text = format(directive, &[Value::Float(1.5)]).unwrap();
            assert!(text.starts_with(begins) && text.ends_with(ends), "{directive}: {} bytes", text.len());
        }
    }
}
