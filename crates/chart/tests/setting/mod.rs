//! `tests/setting/table.txt`: options that set values, and below each the values they make of nothing, as JSON, or `fails`. Helm said
//! what they make; the tests of the oracle ask it again.

#![allow(dead_code, reason = "each test uses its part")]

use sealer_chart::ExpressionKind;

/// One option and what comes of it.
pub(crate) struct Setting {
    /// `set`, `set-json`.
    pub(crate) option: &'static str,
    pub(crate) kind: ExpressionKind,
    pub(crate) text: &'static str,
    /// JSON; none where it is refused.
    pub(crate) values: Option<&'static str>,
}

const KINDS: [ExpressionKind; 5] =
    [ExpressionKind::Json, ExpressionKind::Typed, ExpressionKind::Text, ExpressionKind::File, ExpressionKind::Literal];

/// All rows.
pub(crate) fn all() -> Vec<Setting> {
    let lines: Vec<&str> = include_str!("table.txt").lines().collect();
    let rows = lines.chunks_exact(2).map(|pair| {
        let (option, text) = pair[0].strip_prefix("--").unwrap().split_once(' ').unwrap();
        let kind = *KINDS.iter().find(|kind| kind.option().strip_prefix("--") == Some(option)).unwrap();
        let said = pair[1].trim();
        Setting { option, kind, text, values: (said != "fails").then_some(said) }
    });
    rows.collect()
}
