//! `tests/golden/functions.txt`: an expression, and below it what Helm makes of it: a JSON text, or `fails: ` and the words. The tests
//! of the oracle ask Helm again.

/// An expression and what comes of it.
pub(crate) struct Row {
    pub(crate) template: &'static str,
    /// The text, or the words of the error.
    pub(crate) gives: Result<String, &'static str>,
}

/// All rows.
pub(crate) fn all() -> Vec<Row> {
    let lines: Vec<&str> = include_str!("functions.txt").lines().collect();
    let rows = lines.chunks_exact(2).map(|pair| {
        let said = pair[1].trim();
        let text = || serde_json::from_str(said).unwrap_or_else(|error| panic!("{said}: {error}"));
        let gives = said.strip_prefix("fails: ").map_or_else(|| Ok(text()), Err);
        Row { template: pair[0], gives }
    });
    rows.collect()
}
