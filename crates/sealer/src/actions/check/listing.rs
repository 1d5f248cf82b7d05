//! The checks themselves: what each is for. The same data makes the page of the reference.

use crate::args::CheckFormat;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::checks::{Check, registry};
use sealer_model::checks::Stage;

/// Prints all checks.
///
/// # Errors
/// When standard output cannot be written to, or the checks have no such form.
pub(super) fn list(format: CheckFormat) -> Result<Exit, Failure> {
    let checks: Vec<&Check> = registry().collect();
    match format {
        CheckFormat::Table => output::print(table(&checks))?,
        CheckFormat::Json => output::print_json(&checks)?,
        CheckFormat::Markdown => output::print(page(&checks))?,
        CheckFormat::Junit => return Err(Failure::usage("--list has no form for JUnit").hint("use --output json")),
    }
    Ok(Exit::Done)
}

fn word(stage: Stage) -> &'static str {
    match stage {
        Stage::Before => "before",
        Stage::After => "after",
    }
}

fn table(checks: &[&Check]) -> String {
    let row = |check: &&Check| {
        [check.id.to_owned(), word(check.stage).to_owned(), check.severity.to_string(), check.title.to_owned()]
    };
    let head = ["CHECK", "STAGE", "SEVERITY", "WHAT SHALL BE SO"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(checks.iter().map(row)).collect();
    output::table(&rows)
}

const HEAD: &str = "# Checks\n\n\
    This page is made from the checks themselves with `sealer check --list --output markdown > docs/reference/checks.md`; a \
    test fails when it is stale. What to do with it is in [the guide](../guides/checks.md).\n\n\
    An error stops a delivery, or says that something of a cluster does not work; a warning is told. `--ignore ID` lets a \
    check not count. The last column says what `--fix` does; `sealer delete` takes it back.\n";

fn page(checks: &[&Check]) -> String {
    let stages = [(Stage::Before, "Before a delivery"), (Stage::After, "After a delivery")];
    let sections = stages.into_iter().filter_map(|(stage, title)| {
        let rows: Vec<String> = checks.iter().filter(|check| check.stage == stage).map(|check| row(check)).collect();
        let head = "| check | severity | what shall be so | why | what to do | `--fix` |\n|---|---|---|---|---|---|\n";
        (!rows.is_empty()).then(|| format!("\n## {title}\n\n{} checks.\n\n{head}{}", rows.len(), rows.concat()))
    });
    std::iter::once(HEAD.to_owned()).chain(sections).collect()
}

fn row(check: &Check) -> String {
    let Check { id, severity, title, why, remedy, fix, .. } = check;
    let [title, why, remedy, fix] = [*title, *why, *remedy, fix.unwrap_or_default()].map(str::to_owned);
    let cells = [format!("`{id}`"), severity.to_string(), title, why, remedy, fix];
    // a bar would end the cell, and an angle would begin a tag
    let cells = cells.map(|cell| cell.replace('|', "\\|").replace('<', "&lt;"));
    format!("| {} |\n", cells.join(" | "))
}
