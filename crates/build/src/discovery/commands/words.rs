//! Splits a text as a shell does: into simple commands at `;`, `&&`, `||`, `|` and line ends, and those into words. Variables are
//! not filled in; a word keeps its `$NAME`, so that whoever needs it sees that it is not known.

/// The simple commands of a text, each as its words, without the assignments before the program.
pub(super) fn commands(text: &str) -> Vec<Vec<String>> {
    let mut splitter = Splitter::default();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some('\n') | None => {}
                Some(letter) => splitter.letter(letter),
            },
            '\'' => {
                splitter.open();
                letters.by_ref().take_while(|letter| *letter != '\'').for_each(|letter| splitter.letter(letter));
            }
            '"' => {
                splitter.open();
                while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                    let escaped = letter == '\\' && letters.peek().is_some_and(|next| "\"\\$`".contains(*next));
                    splitter.letter(if escaped { letters.next().unwrap_or(letter) } else { letter });
                }
            }
            '#' if splitter.word.is_none() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ';' | '&' | '|' | '\n' | '(' | ')' => splitter.end_command(),
            letter if letter.is_whitespace() => splitter.end_word(),
            letter => splitter.letter(letter),
        }
    }
    splitter.end_command();
    splitter.commands
}

#[derive(Default)]
struct Splitter {
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
}

impl Splitter {
    /// Starts a word that may stay empty.
    fn open(&mut self) {
        self.word.get_or_insert_default();
    }

    fn letter(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words).into_iter();
        let words: Vec<String> = words.skip_while(|word| is_before_program(word)).collect();
        if !words.is_empty() {
            self.commands.push(words);
        }
    }
}

/// Assignments, and words that start a command without being one.
fn is_before_program(word: &str) -> bool {
    let assigns = word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    });
    assigns || ["sudo", "exec", "if", "then", "else", "do", "!", "{", "}", "fi", "done"].contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_split_as_a_shell_splits_it() {
        for (text, expected) in [
            ("helm install a .", vec![vec!["helm", "install", "a", "."]]),
            ("A=1 sudo x 'b c' \"d \\\"e\\\" $F\" g\\ h", vec![vec!["x", "b c", "d \"e\" $F", "g h"]]),
            (
                "a && b || c; d | e & f\ng # h\n",
                vec![vec!["a"], vec!["b"], vec!["c"], vec!["d"], vec!["e"], vec!["f"], vec!["g"]],
            ),
            ("a \\\n  b", vec![vec!["a", "b"]]),
            ("if ! a; then b; fi", vec![vec!["a"], vec!["b"]]),
            ("a ''", vec![vec!["a", ""]]),
            ("a \"\"", vec![vec!["a", ""]]),
            ("a 'open", vec![vec!["a", "open"]]),
        ] {
            assert_eq!(commands(text), expected, "{text}");
        }
    }
}
