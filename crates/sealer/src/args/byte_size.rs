//! Sizes as people type them: `4G`, `700MB`, or plain bytes.

use std::num::NonZeroU64;

/// A number of bytes, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ByteSize(pub(crate) NonZeroU64);

/// Units and their bytes: as `split -b` has them, `K` and `KiB` are 1024, `KB` is 1000.
const UNITS: [(&str, u64); 13] = [
    ("", 1),
    ("K", 1 << 10),
    ("KIB", 1 << 10),
    ("KB", 1_000),
    ("M", 1 << 20),
    ("MIB", 1 << 20),
    ("MB", 1_000_000),
    ("G", 1 << 30),
    ("GIB", 1 << 30),
    ("GB", 1_000_000_000),
    ("T", 1 << 40),
    ("TIB", 1 << 40),
    ("TB", 1_000_000_000_000),
];

impl ByteSize {
    /// Reads what was typed.
    ///
    /// # Errors
    /// When it is no number with a unit, is nothing, or is more than can be counted.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let (number, unit) = text.split_at(digits);
        let unit = unit.trim_start().to_ascii_uppercase();
        let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
        let bytes = number.parse::<u64>().ok().zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
        let bytes = bytes.and_then(NonZeroU64::new);
        bytes
            .map(Self)
            .ok_or_else(|| "a size is a whole number with a unit such as M, G, MB, GB, or none for bytes".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_as_split_reads_them() {
        let cases = [
            ("1", Some(1)),
            ("4700000000", Some(4_700_000_000)),
            ("4G", Some(4 << 30)),
            ("4g", Some(4 << 30)),
            ("700MB", Some(700_000_000)),
            ("700 MiB", Some(700 << 20)),
            ("2T", Some(2 << 40)),
            ("0", None),
            ("0G", None),
            ("", None),
            ("G", None),
            ("1.5G", None),
            ("-1", None),
            ("4X", None),
            ("99999999999T", None),
        ];
        for (text, bytes) in cases {
            assert_eq!(ByteSize::parse(text).ok().map(|size| size.0.get()), bytes, "{text}");
        }
    }
}
