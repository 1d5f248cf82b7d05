//! What scenarios say about outcomes: each check fails with what was expected beside what was found.

use crate::command::Outcome;
use crate::error::{Error, Result};
use std::time::{Duration, Instant};

/// Between two looks at what has to hold soon.
const PAUSE: Duration = Duration::from_millis(500);

/// The same delivery once more has found nothing to do.
pub(super) fn changed_nothing(again: &Outcome) -> Result<()> {
    holds(
        &format!("nothing is done twice:\n{}{}", again.stdout, again.stderr),
        again.success() && again.stdout.contains("nothing was changed"),
    )
}

/// Two lists of lines have to be the same; the error shows the lines that only one has.
pub(super) fn same_lines(what: &str, expected: &[String], found: &[String]) -> Result<()> {
    let missing = expected.iter().filter(|line| !found.contains(line)).map(|line| format!("  - {line}"));
    let extra = found.iter().filter(|line| !expected.contains(line)).map(|line| format!("  + {line}"));
    let lines: Vec<String> = missing.chain(extra).collect();
    if lines.is_empty() {
        return Ok(());
    }
    let shown = abridged(&lines).join("\n");
    Err(Error::unmet(format!("{what}: expected (-) and found (+) differ:\n{shown}")))
}

/// How many lines of one folder are shown.
const SHOWN: usize = 5;

/// A folder that is missing or new with everything in it must not hide the other differences.
fn abridged(lines: &[String]) -> Vec<String> {
    let folder = |line: &str| line.split('/').take(4).collect::<Vec<_>>().join("/");
    let mut seen: Vec<(String, usize)> = Vec::new();
    let mut shown = Vec::new();
    for line in lines {
        let group = folder(line);
        let position = seen.iter().position(|(known, _)| *known == group).unwrap_or(seen.len());
        if position == seen.len() {
            seen.push((group, 0));
        }
        seen[position].1 += 1;
        if seen[position].1 <= SHOWN {
            shown.push(line.clone());
        }
    }
    let more = seen.iter().filter(|(_, count)| *count > SHOWN);
    shown.extend(more.map(|(group, count)| format!("{group}: {} more lines", count - SHOWN)));
    shown
}

/// A command has to fail without being our bug, and its message has to hold each of these words, whatever their case.
pub(super) fn fails_and_says(what: &str, outcome: &Outcome, words: &[&str]) -> Result<()> {
    let said = outcome.stderr.to_lowercase();
    let unsaid: Vec<&&str> = words.iter().filter(|word| !said.contains(&word.to_lowercase())).collect();
    let failed = matches!(outcome.code, Some(1..=4));
    if failed && unsaid.is_empty() {
        println!("    {what}: exit {:?}, names {words:?}", outcome.code.unwrap_or_default());
        return Ok(());
    }
    Err(Error::unmet(format!(
        "{what}: expected an exit code from 1 to 4 and {words:?} in the message; found {:?}, without {unsaid:?}:\n{}",
        outcome.code, outcome.stderr
    )))
}

/// Something has to hold.
pub(super) fn holds(what: &str, condition: bool) -> Result<()> {
    if condition { Ok(()) } else { Err(Error::unmet(format!("expected: {what}"))) }
}

/// Something has to hold within that time; it is looked at again and again until then.
pub(super) fn await_that(what: &str, patience: Duration, mut holds_now: impl FnMut() -> Result<bool>) -> Result<()> {
    let deadline = Instant::now() + patience;
    while !holds_now()? {
        holds(&format!("{what} within {patience:?}"), Instant::now() < deadline)?;
        std::thread::sleep(PAUSE);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_is_shown_line_by_line() {
        let lines = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let error = same_lines("files", &lines(&["a", "b"]), &lines(&["b", "c"]));
        assert_eq!(
            error.err().map(|error| error.to_string()).as_deref(),
            Some("files: expected (-) and found (+) differ:\n  - a\n  + c")
        );
    }

    #[test]
    fn many_lines_of_one_folder_are_counted_instead_of_shown() {
        let mut lines: Vec<String> = (0..9).map(|number| format!("  + /root/.kube/cache/{number}")).collect();
        lines.push("  + /etc/left".to_owned());
        let shown = abridged(&lines);
        assert_eq!(shown.len(), 7);
        assert_eq!(shown[5..], ["  + /etc/left", "  + /root/.kube/cache: 4 more lines"]);
    }

    #[test]
    fn a_crash_is_not_a_good_failure() {
        let outcome = |code| Outcome { code, stdout: String::new(), stderr: "host 10.0.0.1: no route".to_owned() };
        assert!(fails_and_says("x", &outcome(Some(1)), &["10.0.0.1", "No Route"]).is_ok());
        assert!(fails_and_says("x", &outcome(Some(0)), &[]).is_err());
        assert!(fails_and_says("x", &outcome(Some(255)), &[]).is_err());
        assert!(fails_and_says("x", &outcome(None), &[]).is_err());
        assert!(fails_and_says("x", &outcome(Some(1)), &["password"]).is_err());
    }
}
