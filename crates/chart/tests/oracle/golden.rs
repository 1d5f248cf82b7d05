//! What the table of functions says must be what Helm makes of each expression.

use crate::functions_table;
use crate::pair::Chart;

#[test]
fn helm_gives_what_the_table_of_functions_says() {
    let Some(mut chart) = Chart::new(&[]) else { return };
    let rows = functions_table::all();
    let differing = rows.iter().filter_map(|row| {
        let theirs = chart.helm_gives(row.template);
        let same = match (&theirs, &row.gives) {
            (Ok(text), Ok(expected)) => text == expected,
            (Err(text), Err(expected)) => text.trim_end().ends_with(expected),
            _ => false,
        };
        (!same).then(|| format!("{}: Helm gives {theirs:?}", row.template))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{}", differing.join("\n"));
}
