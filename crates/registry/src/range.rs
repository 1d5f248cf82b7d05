//! Byte ranges: the part of a blob that a pull goes on with, and the place of a chunk in an upload.

/// What a `Range` header means for content of a known size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// Everything: there is no range, or one that may be ignored.
    Whole,
    /// `length` bytes, at least one, from `start`.
    Part { start: u64, length: u64 },
    /// Nothing of the content lies in the range.
    Nothing,
}

/// Reads a `Range` header. Other units, several ranges and nonsense are ignored, as RFC 9110 section 14.2 lets servers do.
pub(crate) fn wanted(header: Option<&str>, size: u64) -> Wanted {
    header.and_then(|header| single(header, size)).unwrap_or(Wanted::Whole)
}

fn single(header: &str, size: u64) -> Option<Wanted> {
    let (first, last) = header.trim().strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        return Some(part(size.saturating_sub(number(last)?), size, size));
    }
    let first = number(first)?;
    if last.is_empty() {
        return Some(part(first, size, size));
    }
    let last = number(last)?;
    (first <= last).then(|| part(first, last.saturating_add(1), size))
}

fn part(start: u64, end: u64, size: u64) -> Wanted {
    match end.min(size).checked_sub(start) {
        None | Some(0) => Wanted::Nothing,
        Some(length) => Wanted::Part { start, length },
    }
}

/// Reads the `Content-Range` of a chunk, `<first>-<last>`: where it starts and how many bytes it has.
pub(crate) fn chunk(header: &str) -> Option<(u64, u64)> {
    let header = header.trim();
    let range = header.strip_prefix("bytes ").unwrap_or(header);
    let range = range.split_once('/').map_or(range, |(range, _)| range);
    let (first, last) = range.split_once('-')?;
    let (first, last) = (number(first)?, number(last)?);
    let length = last.checked_sub(first)?.checked_add(1)?;
    Some((first, length))
}

/// Only digits: the standard parser would also take a sign.
fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(start: u64, length: u64) -> Wanted {
        Wanted::Part { start, length }
    }

    #[test]
    fn a_single_range_is_cut_to_the_content() {
        let cases = [
            ("bytes=0-3", part(0, 4)),
            ("bytes=4-", part(4, 6)),
            ("bytes=9-9", part(9, 1)),
            ("bytes=9-100", part(9, 1)),
            ("bytes=0-18446744073709551615", part(0, 10)),
            ("bytes=-3", part(7, 3)),
            ("bytes=-100", part(0, 10)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=10-20", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=5-4", Wanted::Whole),
            ("bytes=0-1,4-5", Wanted::Whole),
            ("bytes=-", Wanted::Whole),
            ("bytes=+1-2", Wanted::Whole),
            ("bytes=99999999999999999999-", Wanted::Whole),
            ("lines=0-1", Wanted::Whole),
            ("", Wanted::Whole),
        ];
        for (header, expected) in cases {
            assert_eq!(wanted(Some(header), 10), expected, "{header}");
        }
        assert_eq!(wanted(None, 10), Wanted::Whole);
        assert_eq!(wanted(Some("bytes=0-"), 0), Wanted::Nothing);
    }

    #[test]
    fn a_chunk_says_where_it_starts_and_how_long_it_is() {
        let cases = [
            ("0-0", Some((0, 1))),
            ("0-1023", Some((0, 1024))),
            ("bytes 5-9/*", Some((5, 5))),
            ("5-4", None),
            ("5", None),
            ("-5", None),
            ("a-b", None),
            ("0-18446744073709551615", None),
        ];
        for (header, expected) in cases {
            assert_eq!(chunk(header), expected, "{header}");
        }
    }
}
