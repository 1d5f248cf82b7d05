//! Whole numbers in bases, with signs and prefixes.

use super::directive::Directive;

/// The digits of a number in the verb's base, with what the flags add; none where the verb is not for numbers.
pub(super) fn digits(directive: &Directive, verb: char, number: i64) -> Option<String> {
    let size = number.unsigned_abs();
    let (digits, prefix) = match verb {
        'd' | 'v' => (size.to_string(), ""),
        'b' => (format!("{size:b}"), "0b"),
        'o' => (format!("{size:o}"), "0"),
        'O' => (format!("{size:o}"), ""),
        'x' => (format!("{size:x}"), "0x"),
        'X' => (format!("{size:X}"), "0X"),
        _ => return None,
    };
    let sign = if number < 0 {
        "-"
    } else if directive.plus {
        "+"
    } else if directive.space {
        " "
    } else {
        ""
    };
    let digits = match directive.precision() {
        Some(0) if number == 0 => String::new(),
        Some(least) => format!("{}{digits}", "0".repeat(least.saturating_sub(digits.len()))),
        None => digits,
    };
    let prefix = match verb {
        'O' => "0o",
        'v' | 'd' => "",
        'o' if digits.starts_with('0') => "",
        _ if directive.sharp => prefix,
        _ => "",
    };
    Some(format!("{sign}{prefix}{digits}"))
}
