//! The patterns of `.Files.Glob`: `*` and `?` stop at `/`, `**` does not, `[a-z]` and `[!a-z]` are classes, `{a,b}` are
//! alternatives, `\` takes the next character as it is.

/// How many ways to read a pattern with alternatives may be tried for one name.
const MOST_STEPS: usize = 100_000;

/// A pattern that can be read.
#[derive(Debug)]
pub(crate) struct Glob(Vec<Part>);

#[derive(Debug)]
enum Part {
    Character(char),
    One,
    Any,
    Deep,
    Class { negated: bool, ranges: Vec<(char, char)> },
    Either(Vec<Vec<Part>>),
}

impl Glob {
    /// Reads a pattern; `None` where it is unfinished.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let characters: Vec<char> = text.chars().collect();
        let mut at = 0;
        let parts = sequence(&characters, &mut at, 0)?;
        (at == characters.len()).then_some(Self(parts))
    }

    /// Whether the whole name fits.
    pub(crate) fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let parts: Vec<&Part> = self.0.iter().collect();
        fits(&parts, &name, &mut 0)
    }
}

/// How deep braces may lie in one another.
const DEEPEST: usize = 16;

/// The parts up to the end, or within braces up to `,` or `}`.
fn sequence(text: &[char], at: &mut usize, depth: usize) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    while let Some(&next) = text.get(*at) {
        if depth > 0 && matches!(next, ',' | '}') {
            return Some(parts);
        }
        *at += 1;
        parts.push(match next {
            '*' if text.get(*at) == Some(&'*') => {
                *at += 1;
                Part::Deep
            }
            '*' => Part::Any,
            '?' => Part::One,
            '\\' => Part::Character(take(text, at)?),
            '[' => class(text, at)?,
            '{' if depth < DEEPEST => Part::Either(alternatives(text, at, depth + 1)?),
            '{' => return None,
            other => Part::Character(other),
        });
    }
    (depth == 0).then_some(parts)
}

fn take(text: &[char], at: &mut usize) -> Option<char> {
    let next = text.get(*at).copied();
    *at += 1;
    next
}

fn alternatives(text: &[char], at: &mut usize, depth: usize) -> Option<Vec<Vec<Part>>> {
    let mut all = Vec::new();
    loop {
        all.push(sequence(text, at, depth)?);
        if take(text, at)? == '}' {
            return Some(all);
        }
    }
}

fn class(text: &[char], at: &mut usize) -> Option<Part> {
    let negated = text.get(*at) == Some(&'!');
    *at += usize::from(negated);
    let mut ranges = Vec::new();
    loop {
        let mut low = take(text, at)?;
        match low {
            ']' if !ranges.is_empty() => return Some(Part::Class { negated, ranges }),
            '\\' => low = take(text, at)?,
            _ => {}
        }
        let is_range = text.get(*at) == Some(&'-') && text.get(*at + 1).is_some_and(|next| *next != ']');
        let high = if is_range {
            *at += 1;
            take(text, at)?
        } else {
            low
        };
        ranges.push((low, high));
    }
}

fn fits(parts: &[&Part], name: &[char], steps: &mut usize) -> bool {
    *steps += 1;
    if *steps > MOST_STEPS {
        return false;
    }
    let Some((first, rest)) = parts.split_first() else { return name.is_empty() };
    let after = |taken: usize| name.get(taken..).unwrap_or_default();
    match first {
        Part::Any | Part::Deep => {
            let stops_at_slash = matches!(first, Part::Any);
            let end = if stops_at_slash { name.iter().position(|next| *next == '/') } else { None };
            (0..=end.unwrap_or(name.len())).any(|taken| fits(rest, after(taken), steps))
        }
        Part::Either(all) => all.iter().any(|alternative| {
            let parts: Vec<&Part> = alternative.iter().chain(rest.iter().copied()).collect();
            fits(&parts, name, steps)
        }),
        one => name.first().is_some_and(|found| one.takes(*found)) && fits(rest, after(1), steps),
    }
}

impl Part {
    fn takes(&self, found: char) -> bool {
        match self {
            Self::Character(wanted) => *wanted == found,
            Self::One => found != '/',
            Self::Class { negated, ranges } => {
                ranges.iter().any(|(low, high)| (*low..=*high).contains(&found)) != *negated
            }
            Self::Any | Self::Deep | Self::Either(_) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Glob;

    #[test]
    fn names_match() {
        let cases = [
            ("*.yaml", "a.yaml", true),
            ("*.yaml", "d/a.yaml", false),
            ("**.yaml", "d/a.yaml", true),
            ("d/**", "d/e/f", true),
            ("d/*", "d/e/f", false),
            ("d/{a,b}*.x", "d/b1.x", true),
            ("d/{a,b}*.x", "d/c1.x", false),
            ("d/[a-c].x", "d/b.x", true),
            ("d/[!a-c].x", "d/b.x", false),
            ("?", "/", false),
            (r"\*", "*", true),
            ("a{,b{c,d}}", "abd", true),
            ("**/a", "a", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(Glob::parse(pattern).unwrap().matches(name), expected, "{pattern} and {name}");
        }
    }

    #[test]
    fn what_is_unfinished_is_no_pattern() {
        for pattern in ["{a", "[a", r"a\", "[]"] {
            assert!(Glob::parse(pattern).is_none(), "{pattern}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends() {
        let glob = Glob::parse(&"*{a,b,*}".repeat(20)).unwrap();
        assert!(!glob.matches(&"a/".repeat(30)));
    }
}
