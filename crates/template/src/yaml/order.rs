//! The order in which a map's keys are written: letters after digits and signs, numbers inside keys by their size (`a2` before
//! `a10`).

use std::cmp::Ordering;

/// Which dialect of Go's YAML library orders: `yaml.v3` puts a letter that follows a digit before a longer number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `yaml.v2`, behind `toYaml`.
    Second,
    /// `yaml.v3`, behind `toYamlPretty`.
    Third,
}

/// Sorts entries by their keys. The order is not a total one (in `yaml.v2`, `a10` < `a1b` < `a2` < `a10`), so the standard
/// library's sort, which may panic on such an order, is not for it.
pub(super) fn sort<T>(entries: Vec<(String, T)>, dialect: Dialect) -> Vec<(String, T)> {
    if entries.len() < 2 {
        return entries;
    }
    let mut left = entries;
    let right = left.split_off(left.len() / 2);
    let mut left = sort(left, dialect).into_iter().peekable();
    let mut right = sort(right, dialect).into_iter().peekable();
    let mut merged = Vec::with_capacity(left.len() + right.len());
    loop {
        let from_right = match (left.peek(), right.peek()) {
            (Some((first, _)), Some((second, _))) => less(second, first, dialect),
            (None, Some(_)) => true,
            (_, None) => break,
        };
        merged.extend(if from_right { right.next() } else { left.next() });
    }
    merged.extend(left);
    merged
}

/// Whether the first key is written before the second.
fn less(first: &str, second: &str, dialect: Dialect) -> bool {
    let mut before = None;
    let mut rest = (first.chars(), second.chars());
    loop {
        let (left, right) = (rest.0.as_str(), rest.1.as_str());
        match (rest.0.next(), rest.1.next()) {
            (Some(one), Some(other)) if one == other => before = Some(one),
            (Some(one), Some(other)) => {
                let common = &first[..first.len() - left.len()];
                let after_digit = dialect == Dialect::Third && before.is_some_and(char::is_numeric);
                return match (one.is_alphabetic(), other.is_alphabetic()) {
                    (true, true) => one < other,
                    (false, false) => by_number(common, left, right) == Ordering::Less,
                    (is_letter, _) => is_letter == after_digit,
                };
            }
            (one, other) => return one.is_none() && other.is_some(),
        }
    }
}

/// Compares what differs as numbers, then by the count of digits, then by the character.
fn by_number(common: &str, left: &str, right: &str) -> Ordering {
    // a zero that differs belongs to the number in front of it, unless that is all zeros
    let inside = common.chars().rev().take_while(char::is_ascii_digit).any(|digit| digit != '0');
    let seed = u64::from(inside && (left.starts_with('0') || right.starts_with('0')));
    let number = |text: &str| {
        let digits = text.bytes().take_while(u8::is_ascii_digit);
        let (value, count) = digits.fold((seed, 0_usize), |(value, count), digit| {
            (value.wrapping_mul(10).wrapping_add(u64::from(digit - b'0')), count + 1)
        });
        (value.cast_signed(), count)
    };
    number(left).cmp(&number(right)).then_with(|| left.chars().next().cmp(&right.chars().next()))
}

#[cfg(test)]
mod tests {
    use super::{Dialect, sort};

    fn sorted(keys: &[&str], dialect: Dialect) -> Vec<String> {
        let entries = keys.iter().map(|key| ((*key).to_owned(), ())).collect();
        sort(entries, dialect).into_iter().map(|(key, ())| key).collect()
    }

    #[test]
    fn keys_lie_as_go_puts_them() {
        let keys = ["é", "a00", "a0", "001", "01", "2", "10", "1", "A", "a_1", "a-1", "ab", "a2", "a10"];
        let expected = ["1", "01", "001", "2", "10", "A", "a-1", "a_1", "a0", "a00", "a2", "a10", "ab", "é"];
        assert_eq!(sorted(&keys, Dialect::Second), expected);
        assert_eq!(sorted(&keys, Dialect::Third), expected);
    }

    #[test]
    fn a_letter_behind_a_digit_is_where_the_dialects_differ() {
        assert_eq!(sorted(&["a1b", "a10"], Dialect::Second), ["a10", "a1b"]);
        assert_eq!(sorted(&["a1b", "a10"], Dialect::Third), ["a1b", "a10"]);
    }
}
