//! Here-documents: `RUN <<END`, `COPY <<name.yaml etc/`. The lines below the instruction, up to one that holds the name alone, are its text as
//! they stand: no comment in them is one, and no escape character continues them.

use super::{Mistake, Position, Word};

/// A text that stands in the Kubefile itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HereDocument {
    /// The word that ends it, and the name of the file that `COPY` makes of it.
    pub name: String,
    /// Where its mark stands in the instruction.
    pub position: Position,
    /// The lines, each with its end.
    pub text: String,
    /// Whether variables in it count for `COPY`: they do unless the name is in quotes.
    pub expanded: bool,
}

/// What a word such as `<<-"END"` says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark<'a> {
    /// Offset of the word in its line.
    pub(super) offset: usize,
    name: &'a str,
    quoted: bool,
    /// `<<-`: tabs in front of each line do not count.
    without_tabs: bool,
}

/// The instructions that take here-documents.
const TAKE_THEM: [&str; 3] = ["RUN", "COPY", "ADD"];

/// The marks of an instruction.
pub(super) fn marks(line: &str) -> Vec<Mark<'_>> {
    let keyword = line.split_whitespace().next().unwrap_or_default();
    if !TAKE_THEM.iter().any(|each| keyword.eq_ignore_ascii_case(each)) {
        return Vec::new();
    }
    words(line).into_iter().filter_map(|(offset, word)| mark(offset, word)).collect()
}

impl Mark<'_> {
    /// A physical line as the document has it; none for the line that ends it.
    pub(super) fn line<'l>(&self, physical: &'l str) -> Option<&'l str> {
        let line = if self.without_tabs { physical.trim_start_matches('\t') } else { physical };
        (line != self.name).then_some(line)
    }

    /// The document with its text.
    pub(super) fn document(&self, position: Position, text: String) -> HereDocument {
        HereDocument { name: self.name.to_owned(), position, text, expanded: !self.quoted }
    }

    /// Said where the file ends before the document does.
    pub(super) fn unfinished(&self, position: Position) -> Mistake {
        Mistake::new(position, format!("the here-document {} has no end", self.name))
            .hint(format!("end it with a line that holds {} alone", self.name))
    }
}

impl HereDocument {
    /// The text as a word, whose variables are still to be filled in.
    ///
    /// # Errors
    /// When a variable in it is written wrongly.
    pub fn word(&self, escape: char) -> Result<Word, Mistake> {
        match self.expanded {
            true => Word::document(&self.text, escape, self.position),
            false => Ok(Word::verbatim(&self.text, self.position)),
        }
    }
}

fn mark(offset: usize, word: &str) -> Option<Mark<'_>> {
    let rest = word.trim_start_matches(|character: char| character.is_ascii_digit()).strip_prefix("<<")?;
    let (without_tabs, rest) = rest.strip_prefix('-').map_or((false, rest), |rest| (true, rest));
    let inner = |quote| rest.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
    let (quoted, name) = inner('"').or_else(|| inner('\'')).map_or((false, rest), |name| (true, name));
    let usable = |character: char| character.is_ascii_alphanumeric() || "_.-".contains(character);
    let is_name = name.contains(|character: char| character.is_ascii_alphanumeric()) && name.chars().all(usable);
    is_name.then_some(Mark { offset, name, quoted, without_tabs })
}

/// Words with their offsets; what is in quotes belongs to one word.
fn words(line: &str) -> Vec<(usize, &str)> {
    let (mut words, mut start, mut quote) = (Vec::new(), None, None);
    for (offset, character) in line.char_indices() {
        if quote == Some(character) {
            quote = None;
        } else if quote.is_none() && matches!(character, '"' | '\'') {
            quote = Some(character);
        }
        match (start, quote.is_none() && character.is_whitespace()) {
            (None, false) => start = Some(offset),
            (Some(first), true) => {
                words.push((first, &line[first..offset]));
                start = None;
            }
            _ => {}
        }
    }
    words.extend(start.map(|first| (first, &line[first..])));
    words
}

#[cfg(test)]
mod tests {
    //! What is a mark and what only looks like one.

    use super::*;

    #[test]
    fn marks_are_words_of_their_own() {
        let names = |line| marks(line).iter().map(|mark| mark.name.to_owned()).collect::<Vec<_>>();
        assert_eq!(names("RUN <<END"), ["END"]);
        assert_eq!(names("run cat <<-'END' | tee x 3<<\"B.y-1\""), ["END", "B.y-1"]);
        assert_eq!(names("COPY <<a.yaml <<b.yaml etc/"), ["a.yaml", "b.yaml"]);
        for line in [
            "RUN cat <<<word",
            "RUN echo \"a <<END b\"",
            "RUN echo $((1<<END))",
            "RUN a << END",
            "LABEL a=<<END",
            "ENV <<END",
            "RUN <<-",
        ] {
            assert!(names(line).is_empty(), "{line}");
        }
    }
}
