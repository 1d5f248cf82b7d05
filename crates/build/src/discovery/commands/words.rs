//! Splits a text as a shell does: into simple commands at `;`, `&&`, `||`, `|` and line ends, and those into words. Variables that
//! the image or the text itself sets are filled in; any other stays as its `$NAME`, so that whoever needs it sees that it is not
//! known.

use std::collections::BTreeMap;
use std::iter::Peekable;
use std::str::Chars;

/// What the variables of a shell are.
pub(super) type Variables = BTreeMap<String, String>;

/// The simple commands of a text, each as its words, without the assignments before the program. Variables that it sets stay set.
pub(super) fn commands(text: &str, variables: &mut Variables) -> Vec<Vec<String>> {
    let mut splitter = Splitter { variables, commands: Vec::new(), words: Vec::new(), word: None };
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
                    match letter {
                        '$' => splitter.variable(&mut letters),
                        _ => splitter.letter(if escaped { letters.next().unwrap_or(letter) } else { letter }),
                    }
                }
            }
            '$' => splitter.variable(&mut letters),
            '#' if splitter.word.is_none() => while letters.next_if(|letter| *letter != '\n').is_some() {},
            ';' | '&' | '|' | '\n' | '(' | ')' => splitter.end_command(),
            letter if letter.is_whitespace() => splitter.end_word(),
            letter => splitter.letter(letter),
        }
    }
    splitter.end_command();
    splitter.commands
}

struct Splitter<'a> {
    variables: &'a mut Variables,
    commands: Vec<Vec<String>>,
    words: Vec<String>,
    word: Option<String>,
}

impl Splitter<'_> {
    /// Starts a word that may stay empty.
    fn open(&mut self) {
        self.word.get_or_insert_default();
    }

    fn letter(&mut self, letter: char) {
        self.word.get_or_insert_default().push(letter);
    }

    /// `$NAME` or `${NAME}` as what it is, where that is known.
    fn variable(&mut self, letters: &mut Peekable<Chars<'_>>) {
        let braced = letters.next_if_eq(&'{').is_some();
        let mut name = String::new();
        while let Some(letter) = letters.next_if(|letter| letter.is_ascii_alphanumeric() || *letter == '_') {
            name.push(letter);
        }
        let closed = !braced || letters.next_if_eq(&'}').is_some();
        self.open();
        match self.variables.get(&name).filter(|_| closed) {
            Some(value) => self.word.get_or_insert_default().push_str(value),
            None => {
                let end = if braced && closed { "}" } else { "" };
                let written = format!("${}{name}{end}", if braced { "{" } else { "" });
                self.word.get_or_insert_default().push_str(&written);
            }
        }
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_command(&mut self) {
        self.end_word();
        let words = std::mem::take(&mut self.words);
        let is_export = words.first().is_some_and(|word| ["export", "readonly", "local"].contains(&word.as_str()));
        if is_export || words.iter().all(|word| assignment(word).is_some()) {
            let set = words.iter().filter_map(|word| assignment(word));
            self.variables.extend(set.map(|(name, value)| (name.to_owned(), value.to_owned())));
            return;
        }
        let words: Vec<String> = words.into_iter().skip_while(|word| is_before_program(word)).collect();
        if !words.is_empty() {
            self.commands.push(words);
        }
    }
}

/// Assignments, and words that start a command without being one.
fn is_before_program(word: &str) -> bool {
    assignment(word).is_some()
        || ["sudo", "exec", "if", "then", "else", "do", "!", "{", "}", "fi", "done"].contains(&word)
}

/// Name and value of `NAME=value`.
fn assignment(word: &str) -> Option<(&str, &str)> {
    let is_name =
        |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    word.split_once('=').filter(|(name, _)| is_name(name))
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
            assert_eq!(commands(text, &mut Variables::new()), expected, "{text}");
        }
    }

    #[test]
    fn variables_are_filled_in_where_they_are_known() {
        let mut variables = Variables::from([("TAG".to_owned(), "1.2".to_owned())]);
        for (text, expected) in [
            ("run a:$TAG", vec![vec!["run", "a:1.2"]]),
            (
                "run \"a:${TAG}-x\" '$TAG' $OTHER ${OTHER:-y}",
                vec![vec!["run", "a:1.2-x", "$TAG", "$OTHER", "${OTHER:-y}"]],
            ),
            ("NAME=web; export PORT=80 ; run $NAME:$PORT", vec![vec!["run", "web:80"]]),
            ("run $TAG $(date)", vec![vec!["run", "1.2", "$"], vec!["date"]]),
        ] {
            assert_eq!(commands(text, &mut variables), expected, "{text}");
        }
    }
}
