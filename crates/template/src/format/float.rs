//! Floats with and without exponents.

use super::directive::Directive;
use crate::number;

/// The number as the verb asks; none where the verb is not for floats.
pub(super) fn digits(directive: &Directive, verb: char, value: f64) -> Option<String> {
    if !"eEfFgGv".contains(verb) {
        return None;
    }
    let size = value.abs();
    let text = if value.is_nan() {
        "NaN".to_owned()
    } else if value.is_infinite() {
        "Inf".to_owned()
    } else {
        match verb {
            'e' | 'E' => scientific(size, directive.precision().unwrap_or(6)),
            'f' | 'F' => plain(size, directive.precision().unwrap_or(6)),
            _ => directive.precision().map_or_else(|| number::general(size), |digits| general(size, digits.max(1))),
        }
    };
    let text = if verb.is_ascii_uppercase() { text.to_uppercase() } else { text };
    let sign = if value.is_sign_negative() && !value.is_nan() {
        "-"
    } else if directive.plus || value.is_infinite() {
        "+"
    } else if directive.space {
        " "
    } else {
        ""
    };
    Some(format!("{sign}{text}"))
}

/// No double has more digits after its point; what is asked for beyond them are zeros, of which std writes only 65,535.
const MOST_DIGITS: usize = 1_100;

/// `1500000.000000`
fn plain(size: f64, precision: usize) -> String {
    let digits = precision.min(MOST_DIGITS);
    format!("{size:.digits$}{}", "0".repeat(precision - digits))
}

/// `1.500000e+06`: the exponent has a sign and two digits at least.
fn scientific(size: f64, precision: usize) -> String {
    let exact = precision.min(MOST_DIGITS);
    let text = format!("{size:.exact$e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let zeros = "0".repeat(precision - exact);
    let (sign, exponent) = exponent.strip_prefix('-').map_or(('+', exponent), |exponent| ('-', exponent));
    format!("{digits}{zeros}e{sign}{exponent:0>2}")
}

/// So many digits in all, without zeros at the end; with an exponent where that is shorter.
fn general(size: f64, digits: usize) -> String {
    let text = scientific(size, digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    let exponent: i64 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= digits as i64 {
        let (_, written) = text.split_once('e').unwrap_or((&text, "+00"));
        return format!("{}e{written}", without_zeros(mantissa));
    }
    let after_point = usize::try_from(digits as i64 - 1 - exponent).unwrap_or(0);
    without_zeros(&plain(size, after_point)).to_owned()
}

fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}
