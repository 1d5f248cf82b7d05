//! What the Go sealer does and this version does not do yet. It is refused by name: a script that depends on it must stop and
//! not go on as if it had been done.

/// One flag that is not carried out yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct NotYet {
    /// `--mode loadImage`.
    pub(crate) word: &'static str,
    /// What to do without it.
    pub(crate) instead: &'static str,
}

/// Collects the flags that were given.
pub(super) fn given(flags: &[(bool, &'static str, &'static str)]) -> Vec<NotYet> {
    flags.iter().filter(|(given, ..)| *given).map(|&(_, word, instead)| NotYet { word, instead }).collect()
}
