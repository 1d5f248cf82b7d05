//! Text of a file to documents: YAML and JSON, several of them in one file, within bounds. Whoever wrote the file may mean harm,
//! so nesting, aliases and size are limited, and going past a limit is an error that says so.

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

/// Bytes of the longest manifest that is read; the largest known bundles of custom resources have a few megabytes.
pub(crate) const LONGEST: u64 = 32 * 1024 * 1024;

/// Levels of the deepest document; the schemas of the largest custom resources have about sixty.
pub(crate) const DEEPEST: usize = 80;

/// Every document of a text, or in one line why it is neither YAML nor JSON.
pub(crate) fn read(text: &str) -> Result<Vec<Value>, String> {
    if text.trim_start().starts_with('{')
        && let Some(documents) = json(text)
    {
        return Ok(documents);
    }
    yaml(text)
}

/// JSON documents one after the other, which YAML would not take.
fn json(text: &str) -> Option<Vec<Value>> {
    serde_json::Deserializer::from_str(text).into_iter().collect::<Result<_, _>>().ok()
}

fn yaml(text: &str) -> Result<Vec<Value>, String> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 5_000_000,
            max_documents: 20_000,
            max_depth: DEEPEST,
        },
    };
    serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_as_yaml_or_json_one_after_the_other() {
        assert_eq!(read("a: 1\n---\n# nothing\n---\nb: 2\n").unwrap().len(), 2);
        assert_eq!(read("{\"a\":1}\n{\"b\":2}").unwrap().len(), 2);
        assert_eq!(read("{a: 1}\n---\n{b: 2}").unwrap().len(), 2);
        assert!(read("").unwrap().is_empty());
    }

    #[test]
    fn documents_that_mean_harm_are_refused_in_one_line() {
        let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
        let deep_json = format!("{{\"a\":{deep}}}");
        let mut aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
        for (next, last) in "bcdefghijklmnop".chars().zip("abcdefghijklmno".chars()) {
            aliases.push_str(&format!("{next}: &{next} [*{last},*{last},*{last},*{last},*{last},*{last},*{last}]\n"));
        }
        for text in [deep, deep_json, aliases, "a: [1".to_owned(), "\t- x: {".to_owned()] {
            let reason = read(&text).unwrap_err();
            assert!(!reason.is_empty() && !reason.contains('\n'), "{reason}");
        }
    }
}
