//! The size budget: a file is one thing, so it is short, and it opens with a paragraph that says what and why. Long files are named,
//! too long ones and those without the paragraph fail.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Lines above which a file is named.
const LONG: usize = 400;
/// Lines above which a file fails.
const TOO_LONG: usize = 800;
/// How many of the longest files are shown.
const SHOWN: usize = 5;

/// One source file, measured.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Measured {
    path: PathBuf,
    lines: usize,
    has_paragraph: bool,
}

/// Measures every source file of the checkout.
pub(crate) fn check(folders: &Folders) -> Result<()> {
    let mut paths = Vec::new();
    for room in ["crates", "xtask"] {
        collect(&folders.repository.join(room), &mut paths)?;
    }
    let mut files = paths.iter().map(|path| measure(&folders.repository, path)).collect::<Result<Vec<_>>>()?;
    files.sort_by_key(|file| std::cmp::Reverse(file.lines));
    report(&files);
    let wrong: Vec<String> = files.iter().filter_map(complaint).collect();
    if wrong.is_empty() { Ok(()) } else { Err(Error::unmet(wrong.join("\n"))) }
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).map_err(Error::file("list", folder))? {
        let path = entry.map_err(Error::file("list", folder))?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            collect(&path, paths)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
    Ok(())
}

fn measure(repository: &Path, path: &Path) -> Result<Measured> {
    let text = folders::read(path)?;
    let path = path.strip_prefix(repository).unwrap_or(path).to_path_buf();
    Ok(Measured { path, lines: text.lines().count(), has_paragraph: text.trim_start().starts_with("//!") })
}

fn report(files: &[Measured]) {
    let total: usize = files.iter().map(|file| file.lines).sum();
    println!("    {} files, {total} lines; the longest:", files.len());
    for file in files.iter().take(SHOWN) {
        let note = if file.lines > LONG { "  (long: is it one thing?)" } else { "" };
        println!("      {:>4}  {}{note}", file.lines, file.path.display());
    }
}

fn complaint(file: &Measured) -> Option<String> {
    let path = file.path.display();
    if !file.has_paragraph {
        return Some(format!("{path}: expected a paragraph `//!` at the top that says what the module is and why"));
    }
    (file.lines > TOO_LONG).then(|| format!("{path}: {} lines; {TOO_LONG} are the limit, split it", file.lines))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(lines: usize, has_paragraph: bool) -> Measured {
        Measured { path: PathBuf::from("crates/a/src/b.rs"), lines, has_paragraph }
    }

    #[test]
    fn only_too_long_files_and_those_without_a_paragraph_fail() {
        assert_eq!(complaint(&file(800, true)), None);
        assert!(complaint(&file(801, true)).is_some_and(|text| text.contains("801 lines")));
        assert!(complaint(&file(1, false)).is_some_and(|text| text.contains("paragraph")));
    }
}
