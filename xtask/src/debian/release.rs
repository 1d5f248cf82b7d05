//! Which Debian the machine runs: the release's code name decides which suites its packages come from.

use std::path::Path;

use crate::error::{Error, Result};

/// The release's code name, such as `bookworm`, out of `/etc/os-release`.
pub(crate) fn codename() -> Result<String> {
    let text = crate::folders::read(Path::new("/etc/os-release"))?;
    parse(&text).ok_or_else(|| Error::unmet("/etc/os-release names no VERSION_CODENAME, so this is no Debian release"))
}

fn parse(text: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?;
    Some(value.trim_matches('"').to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn the_code_name_is_read_with_and_without_quotes() {
        assert_eq!(parse("ID=debian\nVERSION_CODENAME=bookworm\n").as_deref(), Some("bookworm"));
        assert_eq!(parse("VERSION_CODENAME=\"trixie\"\n").as_deref(), Some("trixie"));
        assert_eq!(parse("ID=alpine\n"), None);
    }
}
