//! `.helmignore`: which files of a folder are no part of the chart. Helm's own rules, which are not git's: the first rule that
//! decides ends the search, a rule with `!` leaves out all that it does *not* match, and there is no `**`.

use crate::error::{Error, Result};
use crate::pattern::Pattern;

/// The rules of one folder.
#[derive(Debug)]
pub(super) struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    pattern: Pattern,
    negated: bool,
    /// Whether it is about folders only.
    folders_only: bool,
    /// Whether it is about the last name of a path, not the whole.
    last_name: bool,
}

/// Hidden files among the templates are never templates.
const DEFAULT: &str = "templates/.?*";

impl Rules {
    /// Reads the rules of a file's text, and adds Helm's own.
    pub(super) fn read(text: &str) -> Result<Self> {
        let lines = text.lines().chain([DEFAULT]).map(str::trim);
        let rules = lines.filter(|line| !line.is_empty() && !line.starts_with('#')).map(Rule::read);
        rules.collect::<Result<_>>().map(Self)
    }

    /// Whether the file or folder at that path, from the chart's folder, is left out.
    pub(super) fn leave_out(&self, path: &str, is_folder: bool) -> bool {
        let last = path.rsplit('/').next().unwrap_or(path);
        for rule in &self.0 {
            let fits = rule.pattern.matches(if rule.last_name { last } else { path });
            let applies = is_folder || !rule.folders_only;
            if rule.negated {
                if !applies || !fits {
                    return true;
                }
            } else if applies && fits {
                return true;
            }
        }
        false
    }
}

impl Rule {
    fn read(line: &str) -> Result<Self> {
        let refused = |problem: &str| Error::unreadable(".helmignore", format!("{problem}: {line}"));
        if line.contains("**") {
            return Err(refused("double-star (**) syntax is not supported"));
        }
        let (negated, rest) = line.strip_prefix('!').map_or((false, line), |rest| (true, rest));
        let (folders_only, rest) = rest.strip_suffix('/').map_or((false, rest), |rest| (true, rest));
        let last_name = !rest.contains('/');
        let text = rest.strip_prefix('/').unwrap_or(rest);
        let pattern = Pattern::parse(text).ok_or_else(|| refused("syntax error in pattern"))?;
        Ok(Self { pattern, negated, folders_only, last_name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_decide_as_helms() {
        let cases = [
            ("a.txt", "a.txt", false, true),
            ("a.txt", "x/a.txt", false, true),
            ("/a.txt", "x/a.txt", false, false),
            ("/a.txt", "a.txt", false, true),
            ("x/a.txt", "y/x/a.txt", false, false),
            ("x/", "x", true, true),
            ("x/", "x", false, false),
            ("*.md", "docs/README.md", false, true),
            ("!a.txt", "a.txt", false, false),
            ("!a.txt", "b.txt", false, true),
            ("# a.txt", "a.txt", false, false),
            ("", "templates/.hidden", false, true),
            ("", "templates/x/.hidden", false, false),
            ("", ".hidden", false, false),
        ];
        for (rules, path, is_folder, expected) in cases {
            let left_out = Rules::read(rules).unwrap().leave_out(path, is_folder);
            assert_eq!(left_out, expected, "{rules:?} and {path}");
        }
    }

    #[test]
    fn what_helm_refuses_is_refused() {
        for rules in ["a/**", "[a"] {
            assert!(Rules::read(rules).is_err(), "{rules}");
        }
    }
}
