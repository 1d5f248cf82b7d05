//! The text of a file of secrets after it was decrypted: one secret, or several that have names. Whatever is said about it names lines and
//! never what stands there.

use crate::Secret;
use crate::nearest::nearest;
use serde_saphyr::Error;
use std::collections::BTreeMap;
use std::fmt;

/// What a file of secrets holds.
#[derive(Clone, Debug)]
pub struct SecretList {
    whole: Secret,
    named: Result<BTreeMap<String, Secret>, SecretListError>,
}

/// Why a secret is not to be had from a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretListError {
    /// There are several lines, and nobody said which secret is meant.
    Several,
    /// The text is no list of names with values; counted from 1 the line where that shows, where it is known.
    NotNamed(Option<usize>),
    /// No secret has this name.
    Unknown {
        /// The name that was asked for.
        key: String,
        /// The one that was probably meant.
        near: Option<String>,
    },
    /// The secret is there, without a value.
    Empty,
}

impl fmt::Display for SecretListError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Several => formatter.write_str("it holds several lines, and nothing says which secret is meant"),
            Self::NotNamed(Some(line)) => write!(formatter, "what it holds is no list of NAME: value (line {line})"),
            Self::NotNamed(None) => formatter.write_str("what it holds is no list of NAME: value"),
            Self::Unknown { key, .. } => write!(formatter, "it has no secret of the name {key}"),
            Self::Empty => formatter.write_str("the secret in it is empty"),
        }
    }
}

impl std::error::Error for SecretListError {}

impl SecretList {
    /// Takes a decrypted text in: YAML with names and texts at its top, lines `NAME=value`, or one line that is the secret.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let named = lines(text).map_or_else(|| yaml(text), Ok);
        Self { whole: Secret::new(text.trim_end_matches(['\n', '\r'])), named }
    }

    /// The secret of this name; without one, the only secret that there is.
    ///
    /// # Errors
    /// When there is none, or more than one.
    pub fn secret(&self, key: Option<&str>) -> Result<Secret, SecretListError> {
        let secret = match key {
            Some(key) => self.of_name(key)?,
            None if self.whole.reveal().contains('\n') => return Err(SecretListError::Several),
            None => self.whole.clone(),
        };
        if secret.reveal().is_empty() { Err(SecretListError::Empty) } else { Ok(secret) }
    }

    fn of_name(&self, key: &str) -> Result<Secret, SecretListError> {
        let named = self.named.as_ref().map_err(Clone::clone)?;
        named.get(key).cloned().ok_or_else(|| {
            let known: Vec<&str> = named.keys().map(String::as_str).collect();
            SecretListError::Unknown { key: key.to_owned(), near: nearest(key, &known).map(str::to_owned) }
        })
    }
}

/// `NAME=value`, line by line; none where a line is something else. The last of the same name counts, as in a shell.
fn lines(text: &str) -> Option<BTreeMap<String, Secret>> {
    let says = |line: &&str| !line.is_empty() && !line.starts_with('#');
    let named: Option<BTreeMap<String, Secret>> = text.lines().map(str::trim).filter(says).map(pair).collect();
    named.filter(|named| !named.is_empty())
}

fn pair(line: &str) -> Option<(String, Secret)> {
    let (name, value) = line.strip_prefix("export ").unwrap_or(line).split_once('=')?;
    let of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    let is_name = !name.is_empty() && name.bytes().all(of_name);
    is_name.then(|| (name.to_owned(), Secret::new(unquoted(value))))
}

/// A value without the quotes around it; nothing in it is replaced.
fn unquoted(value: &str) -> &str {
    let within = |quote: char| value.strip_prefix(quote)?.strip_suffix(quote);
    within('\'').or_else(|| within('"')).unwrap_or(value)
}

/// Every value is text as it stands there, so that a password of digits or the word `yes` stays what it is.
fn yaml(text: &str) -> Result<BTreeMap<String, Secret>, SecretListError> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_depth: 4 },
    };
    let line = |error: &Error| error.location().and_then(|location| usize::try_from(location.line()).ok());
    let named: BTreeMap<String, String> = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| SecretListError::NotNamed(line(&error).filter(|line| *line > 0)))?;
    Ok(named.into_iter().map(|(name, value)| (name, Secret::new(value))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str, key: &str) -> Result<String, SecretListError> {
        SecretList::read(text).secret(Some(key)).map(|secret| secret.reveal().to_owned())
    }

    #[test]
    fn one_line_is_one_secret_and_several_want_a_name() {
        let only = |text: &str| SecretList::read(text).secret(None).map(|secret| secret.reveal().to_owned());
        assert_eq!(only("hunter2: really=\r\n"), Ok("hunter2: really=".into()));
        assert_eq!(only("A: x\nB: y\n"), Err(SecretListError::Several));
        assert_eq!(only("\n"), Err(SecretListError::Empty));
    }

    #[test]
    fn values_of_yaml_are_texts_as_they_were_written() {
        let text = "# of the site\nDIGITS: 0012\nWORD: yes\nTRUTH: TRUE\nFLOAT: 1e3\nHEX: 0x10\nQUOTED: \"a: b\\n\"\nEQUALS: a=b #c\n\
                    KEY: |\n  one\n  A=b\n'odd name': x\n";
        let cases = [
            ("DIGITS", "0012"),
            ("WORD", "yes"),
            ("TRUTH", "TRUE"),
            ("FLOAT", "1e3"),
            ("HEX", "0x10"),
            ("QUOTED", "a: b\n"),
            ("EQUALS", "a=b"),
            ("KEY", "one\nA=b\n"),
            ("odd name", "x"),
        ];
        for (key, value) in cases {
            assert_eq!(named(text, key).as_deref(), Ok(value));
        }
    }

    #[test]
    fn values_of_lines_are_all_that_stands_behind_the_sign() {
        let text = "# of the site\nA=x=y #z\n\nexport B='two words'\nC=\"q\"\nA.b-c=\n";
        for (key, value) in [("A", "x=y #z"), ("B", "two words"), ("C", "q")] {
            assert_eq!(named(text, key).as_deref(), Ok(value));
        }
        assert_eq!(named(text, "A.b-c"), Err(SecretListError::Empty));
    }

    #[test]
    fn what_is_said_names_lines_and_names_and_never_a_value() {
        let cases = [
            ("PASSWORD: hunter2\n", "PASWORD", "it has no secret of the name PASWORD"),
            ("PASSWORD: hunter2\nPASSWORD: hunter3\n", "PASSWORD", "no list of NAME: value (line 2)"),
            ("A: x\nPASSWORD: [hunter2]\n", "PASSWORD", "no list of NAME: value (line 2)"),
            ("A: x\nPASSWORD: {hunter2: x}\n", "PASSWORD", "no list of NAME: value (line 2)"),
            ("A: 'hunter2\n", "A", "no list of NAME: value"),
            ("hunter2", "A", "no list of NAME: value"),
            ("- hunter2", "A", "no list of NAME: value"),
            ("", "A", ""),
        ];
        for (text, key, expected) in cases {
            let error = named(text, key).unwrap_err();
            assert!(error.to_string().contains(expected), "{expected}: {error}");
            assert!(!format!("{error} {error:?} {:?}", SecretList::read(text)).contains("hunter"), "{error:?}");
        }
        let near = |key| named("PASSWORD: hunter2\n", key).unwrap_err();
        let expected = |near: Option<&str>| near.map(str::to_owned);
        assert!(matches!(near("PASWORD"), SecretListError::Unknown { near, .. } if near == expected(Some("PASSWORD"))));
        assert!(matches!(near("TOKEN"), SecretListError::Unknown { near: None, .. }));
    }
}
