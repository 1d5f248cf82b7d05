//! Floating-point numbers as text, in the three forms that Go gives them: which one a chart sees depends on whether it prints a
//! number, writes YAML or writes JSON, so every writer of this crate takes its digits from here.

/// The shortest digits that read back as the same number, and where the decimal point stands.
struct Digits {
    negative: bool,
    digits: String,
    /// Power of ten of the first digit.
    exponent: i32,
}

impl Digits {
    /// Digits of a finite number.
    fn of(value: f64) -> Self {
        Self::read(&format!("{value:e}"))
    }

    /// From Rust's own scientific form, which has the shortest digits too.
    fn read(text: &str) -> Self {
        let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
        let (negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
        Self { negative, digits: mantissa.replace('.', ""), exponent: exponent.parse().unwrap_or(0) }
    }

    /// Scientific where the exponent asks for it, else the plain text given.
    fn general(&self, plain: String) -> String {
        if self.digits != "0" && !(-4..6).contains(&self.exponent) { self.scientific(2) } else { plain }
    }

    /// `1.5e+06`: at least `width` digits in the exponent.
    fn scientific(&self, width: usize) -> String {
        let sign = if self.negative { "-" } else { "" };
        let (first, rest) = self.digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if self.exponent < 0 { '-' } else { '+' };
        format!("{sign}{first}{point}{rest}e{exponent_sign}{:0width$}", self.exponent.unsigned_abs())
    }
}

/// What is printed for numbers that are none, or `None` for a finite number.
fn special(value: f64) -> Option<&'static str> {
    match value {
        _ if value.is_nan() => Some("NaN"),
        f64::INFINITY => Some("+Inf"),
        f64::NEG_INFINITY => Some("-Inf"),
        _ => None,
    }
}

/// As Go prints a float with `%v` (`strconv`'s shortest `g`): scientific below 1e-4 and from 1e6 on, so that a million is
/// `1e+06`.
pub fn general(value: f64) -> String {
    if let Some(name) = special(value) {
        return name.to_owned();
    }
    Digits::of(value).general(plain(value))
}

/// As [`general`], with the digits of a 32-bit float; for finite numbers.
pub fn general_of_32_bits(value: f32) -> String {
    Digits::read(&format!("{value:e}")).general(format!("{value}"))
}

/// Without an exponent, whatever the size: `1000000`.
pub fn plain(value: f64) -> String {
    special(value).map_or_else(|| format!("{value}"), str::to_owned)
}

/// As Go's `encoding/json` writes a float: scientific below 1e-6 and from 1e21 on. `None` for what JSON has no number for.
pub fn json(value: f64) -> Option<String> {
    if special(value).is_some() {
        return None;
    }
    let size = value.abs();
    let scientific = size != 0.0 && !(1e-6..1e21).contains(&size);
    Some(if scientific { Digits::of(value).scientific(1) } else { plain(value) })
}

#[cfg(test)]
mod tests {
    use super::{general, json, plain};

    #[test]
    fn three_forms_as_go_gives_them() {
        let table = [
            (1_000_000.0, "1e+06", "1000000", "1000000"),
            (100_000.0, "100000", "100000", "100000"),
            (123_456_789.5, "1.234567895e+08", "123456789.5", "123456789.5"),
            (123_456_789.0, "1.23456789e+08", "123456789", "123456789"),
            (0.00001, "1e-05", "0.00001", "0.00001"),
            (0.0001, "0.0001", "0.0001", "0.0001"),
            (1e21, "1e+21", "1000000000000000000000", "1e+21"),
            (1e-7, "1e-07", "0.0000001", "1e-7"),
            (-1.5, "-1.5", "-1.5", "-1.5"),
            (0.0, "0", "0", "0"),
        ];
        for (value, as_general, as_plain, as_json) in table {
            assert_eq!(general(value), as_general);
            assert_eq!(plain(value), as_plain);
            assert_eq!(json(value).as_deref(), Some(as_json));
        }
        assert_eq!(general(f64::NAN), "NaN");
        assert_eq!(json(f64::INFINITY), None);
    }
}
