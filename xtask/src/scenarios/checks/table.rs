//! The table of faults: printed with what was found of each, and kept as a page of the documentation. What a check says to do is read from
//! the page of all checks, which is made by the program itself.

use std::path::PathBuf;

use super::cases::all;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// A check as the page of all checks has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) id: String,
    severity: String,
    remedy: String,
    pub(super) fix: String,
}

/// The checks before a delivery.
pub(super) fn reference() -> Result<Vec<Listed>> {
    let folders = Folders::find()?;
    Ok(listed(&folders::read(&folders.repository.join("docs/reference/checks.md"))?))
}

/// Rows have six columns; the first one holds the name between backticks.
fn listed(page: &str) -> Vec<Listed> {
    let before = page.split("\n## ").find(|part| part.starts_with("Before")).unwrap_or_default();
    let row = |line: &str| {
        let columns: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let id = columns.first()?.strip_prefix('`')?.strip_suffix('`')?;
        let [_, severity, _, _, remedy, fix] = columns.as_slice() else { return None };
        let text = |column: &str| column.to_owned();
        Some(Listed { id: text(id), severity: text(severity), remedy: text(remedy), fix: text(fix) })
    };
    before.lines().filter_map(row).collect()
}

/// The page of faults.
pub(super) fn page(listed: &[Listed]) -> String {
    let mut text = format!(
        "# Faults that checks were shown\n\nEach check before a delivery was shown failing on a stand-in host that has its fault, and \
         silent when the fault is gone: {} of {}. `cargo xtask scenarios \"checks name\"` does so and writes this page; a test fails when \
         a check has no fault here. A stand-in host is a container that shares its kernel with the machine, so the column \"how real\" \
         says whether the host really has the fault, whether it is what the kernel says in a file that is another, or whether a unit or a \
         program of that name stands in for the real one.\n\n\
         | check | severity | fault | how real | what to do | `--fix` |\n|---|---|---|---|---|---|\n",
        all().count(),
        listed.len()
    );
    for case in all() {
        let Some(check) = listed.iter().find(|check| check.id == case.check) else { continue };
        let Listed { id, severity, remedy, fix } = check;
        text += &format!("| `{id}` | {severity} | {} | {} | {remedy} | {fix} |\n", case.fault, case.kind.word());
    }
    text
}

/// Where the page is kept.
pub(super) fn path() -> Result<PathBuf> {
    Ok(Folders::find()?.repository.join("docs/reference/checks-shown.md"))
}

/// Writes it.
pub(super) fn write() -> Result<()> {
    let listed = reference()?;
    if listed.is_empty() {
        return Err(Error::unmet("docs/reference/checks.md lists no checks"));
    }
    folders::write(&path()?, page(&listed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read() {
        let page = "# x\n\n## Before a delivery\n\n| check | a |\n|---|---|\n| `swap` | error | t | w | do `x` | puts it off |\n| `b` | \
                    warning | t | w | r |  |\n\n## After\n\n| `z` | error | t | w | r |  |\n";
        let read = listed(page);
        assert_eq!(read.iter().map(|row| row.id.as_str()).collect::<Vec<_>>(), ["swap", "b"]);
        assert_eq!(
            (read[0].remedy.as_str(), read[0].fix.as_str(), read[1].fix.as_str()),
            ("do `x`", "puts it off", "")
        );
    }

    #[test]
    fn the_page_is_not_stale() {
        let kept = folders::read(&path().unwrap()).unwrap();
        assert_eq!(kept, page(&reference().unwrap()), "cargo xtask scenarios \"checks name\" writes it anew");
    }
}
