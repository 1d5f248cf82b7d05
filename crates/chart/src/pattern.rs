//! Patterns of paths as Go's `filepath.Match` reads them: `*` and `?` stop at `/`, `[a-z]` and `[^a-z]` are classes, `\` takes the
//! next character as it is. `.helmignore` and `--show-only` are written in them.

/// A pattern that can be read.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Vec<Part>);

#[derive(Debug, Clone)]
enum Part {
    Character(char),
    /// `?`
    One,
    /// `*`
    Any,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
}

impl Pattern {
    /// Reads a pattern; `None` where its text ends too early.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut characters = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(character) = characters.next() {
            parts.push(match character {
                '*' => Part::Any,
                '?' => Part::One,
                '\\' => Part::Character(characters.next()?),
                '[' => class(&mut characters)?,
                other => Part::Character(other),
            });
        }
        Some(Self(parts))
    }

    /// Whether the whole path fits.
    pub(crate) fn matches(&self, path: &str) -> bool {
        let path: Vec<char> = path.chars().collect();
        // After a mismatch, the last star takes one character more; earlier stars need no second try.
        let (mut part, mut at) = (0, 0);
        let mut retry: Option<(usize, usize)> = None;
        loop {
            match (self.0.get(part), path.get(at)) {
                (None, None) => return true,
                (Some(Part::Any), _) => {
                    retry = Some((part, at));
                    part += 1;
                }
                (Some(wanted), Some(found)) if wanted.takes(*found) => {
                    part += 1;
                    at += 1;
                }
                _ => match retry {
                    Some((star, taken)) if path.get(taken).is_some_and(|found| *found != '/') => {
                        retry = Some((star, taken + 1));
                        part = star + 1;
                        at = taken + 1;
                    }
                    _ => return false,
                },
            }
        }
    }
}

impl Part {
    fn takes(&self, found: char) -> bool {
        match self {
            Self::Character(wanted) => *wanted == found,
            Self::One => found != '/',
            Self::Any => false,
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&found)) != *negated
            }
        }
    }
}

fn class(characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<Part> {
    let negated = characters.next_if_eq(&'^').is_some();
    let mut ranges = Vec::new();
    loop {
        match characters.next()? {
            ']' if !ranges.is_empty() => return Some(Part::Class { negated, ranges }),
            first => {
                let low = member(first, characters)?;
                let high = match characters.next_if_eq(&'-') {
                    Some(_) => characters.next().and_then(|next| member(next, characters))?,
                    None => low,
                };
                ranges.push((low, high));
            }
        }
    }
}

fn member(character: char, characters: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Option<char> {
    match character {
        '-' | ']' => None,
        '\\' => characters.next(),
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::Pattern;

    #[test]
    fn paths_match_as_in_go() {
        let cases = [
            ("abc", "abc", true),
            ("*", "abc", true),
            ("*c", "abc", true),
            ("a*", "ab/c", false),
            ("a*/b", "abc/b", true),
            ("a*b*c*d*e*", "axbxcxdxe", true),
            ("a?c", "a/c", false),
            ("a[b-d]e", "ace", true),
            ("a[^b-d]e", "ace", false),
            ("a[^b-d]e", "aze", true),
            (r"a\*b", "a*b", true),
            (r"a\*b", "axb", false),
            ("templates/.?*", "templates/.x", true),
            ("templates/.?*", "templates/.", false),
            ("*x", "xxx", true),
        ];
        for (pattern, path, expected) in cases {
            assert_eq!(Pattern::parse(pattern).unwrap().matches(path), expected, "{pattern} and {path}");
        }
    }

    #[test]
    fn an_unfinished_pattern_is_none() {
        for pattern in ["[", "[a", "[]a]", "[a-]", r"a\", "[^bc", "[-x]"] {
            assert!(Pattern::parse(pattern).is_none(), "{pattern}");
        }
    }
}
