//! Words for a remote command line. SSH hands the whole line to the user's login shell, which may be any shell, so words are
//! not quoted but restricted to characters that no shell interprets.

use crate::error::{Error, Result};

/// The words, each with a space before it.
pub(crate) fn join(host: &str, words: &[&str]) -> Result<String> {
    let mut line = String::new();
    for word in words {
        if !is_plain(word) {
            let argument = (*word).to_owned();
            return Err(Error::Argument { host: host.to_owned(), argument });
        }
        line.push(' ');
        line.push_str(word);
    }
    Ok(line)
}

fn is_plain(word: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:,+@%".contains(&byte);
    !word.is_empty() && word.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_something_to_a_shell_are_refused() {
        for word in ["", "a b", "$(reboot)", "`x`", "a;b", "~root", "*", "a\nb", "'", "\"", "a&b", "ü"] {
            assert!(join("host", &[word]).is_err(), "{word:?} was accepted");
        }
        assert_eq!(join("host", &["/var/lib", "a-b_c.d:1"]).unwrap(), " /var/lib a-b_c.d:1");
    }
}
