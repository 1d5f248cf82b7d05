//! What Go finds wrong with a pattern, in its words: repetitions of nothing and of repetitions, escapes and groups that it does not
//! know, brackets that do not end. Rust's engine takes some of these and words the others differently.

/// The most often a count may ask for something.
const MOST_TIMES: u32 = 1000;

/// Letters with a meaning behind a backslash.
const ESCAPES: &str = "AbBzQEdDsSwWpPafnrtvx";

/// What is wrong with the pattern: the words behind `error parsing regexp: `.
pub(super) fn of(pattern: &str) -> Option<String> {
    Scan { pattern, at: 0, repetition: None, something: false }.run().err()
}

struct Scan<'a> {
    pattern: &'a str,
    at: usize,
    /// Where a repetition begins that ends here.
    repetition: Option<usize>,
    /// Whether there is something that could be repeated.
    something: bool,
}

impl Scan<'_> {
    fn run(mut self) -> Result<(), String> {
        while let Some(next) = self.rest().chars().next() {
            let start = self.at;
            match next {
                '*' | '+' | '?' => self.repeated(start, 1)?,
                '{' if let Some((length, counts)) = self.counts() => {
                    self.repeated(start, length)?;
                    check_counts(&self.pattern[start..start + length], counts)?;
                }
                '\\' => self.escape()?,
                '[' => self.class()?,
                '(' => self.group()?,
                _ => {
                    self.at += next.len_utf8();
                    self.found(next != '|');
                }
            }
        }
        Ok(())
    }

    fn rest(&self) -> &str {
        self.pattern.get(self.at..).unwrap_or("")
    }

    fn found(&mut self, something: bool) {
        (self.something, self.repetition) = (something, None);
    }

    /// A repetition of that length, with the question mark that makes it take as little as possible.
    fn repeated(&mut self, start: usize, length: usize) -> Result<(), String> {
        self.at += length;
        self.at += usize::from(self.rest().starts_with('?'));
        if let Some(before) = self.repetition {
            return Err(format!("invalid nested repetition operator: `{}`", &self.pattern[before..self.at]));
        }
        if !self.something {
            return Err(format!("missing argument to repetition operator: `{}`", &self.pattern[start..self.at]));
        }
        self.repetition = Some(start);
        Ok(())
    }

    /// `{2}`, `{2,}`, `{2,3}`: how long it is and what it says.
    fn counts(&self) -> Option<(usize, (u32, Option<u32>))> {
        let inside = self.rest().get(1..)?.split_once('}')?.0;
        let (least, most) = inside.split_once(',').map_or((inside, Some(inside)), |(least, most)| (least, Some(most)));
        let digits = |text: &str| text.bytes().all(|digit| digit.is_ascii_digit());
        if least.is_empty() || !digits(least) || !most.is_some_and(digits) {
            return None;
        }
        let number = |text: &str| text.parse().unwrap_or(u32::MAX);
        let most = most.filter(|most| !most.is_empty()).map(number);
        Some((inside.len() + 2, (number(least), most)))
    }

    fn escape(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        let Some(escaped) = self.rest().chars().next() else {
            return Err("trailing backslash at end of expression: ``".to_owned());
        };
        self.at += escaped.len_utf8();
        let octal = escaped == '0'
            || ('1'..='7').contains(&escaped) && self.rest().starts_with(|next| ('0'..='7').contains(&next));
        if escaped.is_ascii_alphanumeric() && !ESCAPES.contains(escaped) && !octal {
            return Err(format!("invalid escape sequence: `{}`", &self.pattern[start..self.at]));
        }
        if escaped == 'Q' {
            self.at += self.rest().find("\\E").map_or(self.rest().len(), |end| end + 2);
        } else if "pPx".contains(escaped) && self.rest().starts_with('{') {
            self.at += self.rest().find('}').map_or(0, |end| end + 1);
        }
        self.found(true);
        Ok(())
    }

    fn class(&mut self) -> Result<(), String> {
        let start = self.at;
        let inside = self.rest().strip_prefix("[^").or(self.rest().strip_prefix('[')).unwrap_or("");
        let mut end = self.pattern.len() - inside.len() + usize::from(inside.starts_with(']'));
        let mut low: Option<(usize, char)> = None;
        loop {
            let rest = self.pattern.get(end..).unwrap_or("");
            let step = match rest.chars().next() {
                None => return Err(format!("missing closing ]: `{}`", &self.pattern[start..])),
                Some(']') => break,
                Some('\\') => 1 + rest.get(1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8),
                Some('[') if rest.starts_with("[:") => rest.find(":]").map_or(1, |end| end + 2),
                Some('-') if low.is_some() && !rest.starts_with("-]") => 1,
                Some(other) => {
                    let ranges = self.pattern.get(..end).is_some_and(|before| before.ends_with('-'));
                    if let Some((from, _)) =
                        low.filter(|(from, low)| ranges && end - from == low.len_utf8() + 1 && other < *low)
                    {
                        let range = &self.pattern[from..end + other.len_utf8()];
                        return Err(format!("invalid character class range: `{range}`"));
                    }
                    low = if ranges && low.is_some() { None } else { Some((end, other)) };
                    other.len_utf8()
                }
            };
            end += step;
        }
        self.at = end + 1;
        self.found(true);
        Ok(())
    }

    fn group(&mut self) -> Result<(), String> {
        let start = self.at;
        self.at += 1;
        self.found(false);
        let Some(inside) = self.rest().strip_prefix('?') else { return Ok(()) };
        if let Some(named) = inside.strip_prefix("P<").or(inside.strip_prefix('<')) {
            let end = named.find('>').map(|end| self.pattern.len() - named.len() + end);
            let is_name = named.split('>').next().is_some_and(is_name);
            return match end {
                Some(end) if is_name => {
                    self.at = end + 1;
                    Ok(())
                }
                end => Err(format!(
                    "invalid named capture: `{}`",
                    &self.pattern[start..end.map_or(self.pattern.len(), |end| end + 1)]
                )),
            };
        }
        let flags = inside.len() - inside.trim_start_matches(|flag| "imsU-".contains(flag)).len();
        self.at += 1 + flags;
        let end = self.rest().chars().next();
        self.at += end.map_or(0, char::len_utf8);
        match end {
            Some(':' | ')') => Ok(()),
            None => Err(format!("missing closing ): `{}`", self.pattern)),
            Some(_) => Err(format!("invalid or unsupported Perl syntax: `{}`", &self.pattern[start..self.at])),
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|letter| letter == '_' || letter.is_ascii_alphanumeric())
}

fn check_counts(text: &str, (least, most): (u32, Option<u32>)) -> Result<(), String> {
    if least > MOST_TIMES || most.is_some_and(|most| most > MOST_TIMES || most < least) {
        return Err(format!("invalid repeat count: `{text}`"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn problems_are_told_in_the_words_of_go() {
        for (pattern, words) in [
            ("a**", "invalid nested repetition operator: `**`"),
            ("xa+?*?y", "invalid nested repetition operator: `+?*?`"),
            ("*", "missing argument to repetition operator: `*`"),
            ("a|+", "missing argument to repetition operator: `+`"),
            ("(?:*a)", "missing argument to repetition operator: `*`"),
            ("a{2,1}", "invalid repeat count: `{2,1}`"),
            ("a{1001}", "invalid repeat count: `{1001}`"),
            ("a\\", "trailing backslash at end of expression: ``"),
            ("ab[cd", "missing closing ]: `[cd`"),
            ("[b-a]", "invalid character class range: `b-a`"),
            (r"x\yz", r"invalid escape sequence: `\y`"),
            (r"(a)\1", r"invalid escape sequence: `\1`"),
            ("^(?!x)", "invalid or unsupported Perl syntax: `(?!`"),
            ("(?<=a)b", "invalid named capture: `(?<=a)b`"),
            ("x(?P<a-b>c)", "invalid named capture: `(?P<a-b>`"),
            ("(?i", "missing closing ): `(?i`"),
        ] {
            assert_eq!(of(pattern).as_deref(), Some(words), "{pattern}");
        }
    }

    #[test]
    fn what_go_reads_is_let_through() {
        for pattern in [
            "",
            "^a+b*?(c|d)?$",
            "a{2}{x}",
            "{,2}",
            r"\Qa**\E+",
            "[*+?]",
            "[]a]*",
            r"[\]]",
            "(?i)x(?P<n>y)+",
            "(?<n>y)",
            "[[:alpha:]]",
            "[a-z0-9-]",
            "[--/]",
            "[z-]",
            r"\p{Greek}{2}",
            r"\012",
            "^*",
        ] {
            assert_eq!(of(pattern), None, "{pattern}");
        }
    }
}
