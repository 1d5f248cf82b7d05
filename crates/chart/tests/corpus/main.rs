//! Every real chart at hand must become what Helm makes of it: each file that Helm renders the same each time byte for byte, the others
//! but for their random words.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod comparison;
mod unpacked;

#[test]
fn real_charts_become_what_helm_makes_of_them() {
    let Some(corpus) = unpacked::corpus() else { return };
    let outcomes = comparison::outcomes(corpus.path(), "", false);
    let total = comparison::Tally::of(&outcomes);
    eprintln!("{total:?}");
    assert!(total.fixed > 1000 && total.random > 0, "{total:?}");
    let largest = outcomes.iter().max_by(|one, other| one.share_of_limits.total_cmp(&other.share_of_limits)).unwrap();
    eprintln!("{} comes nearest to the limits: {:.4} of one", largest.chart, largest.share_of_limits);
    assert!(largest.share_of_limits < 0.25, "limits are for charts that mean harm, not for {}", largest.chart);
    let differing = outcomes.iter().flat_map(|outcome| &outcome.differences);
    let differing: Vec<&String> = differing.collect();
    assert!(differing.is_empty(), "{} files differ, such as {:#?}", differing.len(), differing.iter().take(3));
}
