//! What follows an instruction's keyword: flags, words, `key=value` pairs, and lists in JSON.

use super::{HereDocument, Line, Mistake, Pair, Position, Word};

/// The rest of a logical line, consumed from the left.
pub(super) struct Arguments<'a> {
    line: &'a Line,
    start: usize,
    escape: char,
}

/// `--name=value` before the other arguments.
pub(super) struct Flag {
    pub(super) name: String,
    pub(super) value: Word,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(line: &'a Line, start: usize, escape: char) -> Self {
        let mut arguments = Self { line, start, escape };
        arguments.skip_space();
        arguments
    }

    /// Everything that is left.
    pub(super) fn rest(&self) -> &'a str {
        self.line.text[self.start..].trim_end()
    }

    /// Where the rest begins.
    pub(super) fn position(&self) -> Position {
        self.line.position(self.start)
    }

    /// The here-documents of the line.
    pub(super) fn documents(&self) -> &'a [HereDocument] {
        &self.line.documents
    }

    /// A here-document as a word.
    pub(super) fn document(&self, document: &HereDocument) -> Result<(String, Word), Mistake> {
        Ok((document.name.clone(), document.word(self.escape)?))
    }

    /// A mistake at the beginning of the rest.
    pub(super) fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.position(), message)
    }

    /// The rest, taken as it stands.
    pub(super) fn text(&self, missing: &str) -> Result<String, Mistake> {
        match self.rest() {
            "" => Err(self.mistake(missing)),
            text => Ok(text.to_owned()),
        }
    }

    /// Takes the flags.
    pub(super) fn flags(&mut self) -> Result<Vec<Flag>, Mistake> {
        let mut flags = Vec::new();
        while self.rest().starts_with("--") {
            let (start, text) = (self.start, self.raw_word()?.unwrap_or_default());
            let (name, value) = text[2..].split_once('=').unwrap_or((&text[2..], ""));
            let offset = start + text.len() - value.len();
            flags.push(Flag { name: name.to_owned(), value: self.word_at(offset, value)? });
        }
        Ok(flags)
    }

    /// Takes one word.
    pub(super) fn word(&mut self) -> Result<Option<Word>, Mistake> {
        let start = self.start;
        match self.raw_word()? {
            Some(text) => self.word_at(start, text).map(Some),
            None => Ok(None),
        }
    }

    /// Takes all words.
    pub(super) fn words(&mut self) -> Result<Vec<Word>, Mistake> {
        let mut words = Vec::new();
        while let Some(word) = self.word()? {
            words.push(word);
        }
        Ok(words)
    }

    /// Takes all words, or the strings of a list if the rest is one. A bracket that opens no list of strings belongs to a
    /// word: `[a-z]*` is a pattern.
    pub(super) fn words_or_list(&mut self) -> Result<Vec<Word>, Mistake> {
        if !self.rest().starts_with('[') {
            return self.words();
        }
        match serde_json::from_str::<Vec<String>>(self.rest()) {
            Ok(list) => {
                let position = self.position();
                list.iter().map(|text| Word::listed(text, self.escape, position)).collect()
            }
            Err(_) => self.words(),
        }
    }

    /// The rest as a JSON list of strings.
    pub(super) fn list(&self) -> Result<Vec<String>, Mistake> {
        serde_json::from_str(self.rest()).map_err(|error| {
            let mut offset = (self.start + error.column().saturating_sub(1)).min(self.line.text.len());
            while !self.line.text.is_char_boundary(offset) {
                offset -= 1;
            }
            let mut reason = error.to_string();
            reason.truncate(reason.find(" at line ").unwrap_or(reason.len()));
            Mistake::new(self.line.position(offset), format!("this is not a JSON list of strings: {reason}"))
                .hint("write it as [\"one\", \"two\"], with double quotes")
        })
    }

    /// Takes `key=value` pairs. The value may be quoted; a word without `=` is a mistake.
    pub(super) fn pairs(&mut self) -> Result<Vec<Pair>, Mistake> {
        let mut pairs = Vec::new();
        while !self.rest().is_empty() {
            pairs.push(self.pair()?);
        }
        Ok(pairs)
    }

    /// Takes one `key=value` pair.
    pub(super) fn pair(&mut self) -> Result<Pair, Mistake> {
        let (start, position) = (self.start, self.position());
        let text = self.raw_word()?.unwrap_or_default();
        let Some((key, value)) = text.split_once('=') else {
            return Err(Mistake::new(position, format!("\"{text}\" has no ="))
                .hint("write key=value, with quotes around a value that has spaces: key=\"a b\""));
        };
        let value = self.word_at(start + key.len() + 1, value)?;
        Ok(Pair { key: self.word_at(start, key)?, value })
    }

    /// Takes a prefix, if the rest begins with it.
    pub(super) fn take(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        self.start += if found { prefix.len() } else { 0 };
        found
    }

    /// Takes one pair in the old form `key value with spaces`.
    pub(super) fn spaced_pair(&mut self) -> Result<Option<Pair>, Mistake> {
        let Some(key) = self.word()? else {
            return Ok(None);
        };
        let value = self.word_at(self.start, self.rest())?;
        self.start = self.line.text.len();
        Ok(Some(Pair { key, value }))
    }

    fn word_at(&self, start: usize, text: &str) -> Result<Word, Mistake> {
        Word::quoted(text, self.escape, &|offset| self.line.position(start + offset))
    }

    /// Takes the next word with its quotes and escapes, and the space behind it.
    fn raw_word(&mut self) -> Result<Option<&'a str>, Mistake> {
        let rest = self.rest();
        if rest.is_empty() {
            return Ok(None);
        }
        let mut quote = None;
        let mut escaped = false;
        let end = rest.char_indices().find(|(_, character)| {
            if escaped {
                escaped = false;
            } else if *character == self.escape && quote != Some('\'') {
                escaped = true;
            } else if quote == Some(*character) {
                quote = None;
            } else if quote.is_none() && matches!(character, '"' | '\'') {
                quote = Some(*character);
            } else {
                return quote.is_none() && character.is_whitespace();
            }
            false
        });
        let text = &rest[..end.map_or(rest.len(), |(end, _)| end)];
        self.start += text.len();
        self.skip_space();
        Ok(Some(text))
    }

    fn skip_space(&mut self) {
        let rest = &self.line.text[self.start..];
        self.start += rest.len() - rest.trim_start().len();
    }
}
