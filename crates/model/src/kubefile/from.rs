//! `FROM [--platform=P] IMAGE [AS NAME]`

use super::arguments::Arguments;
use super::{Base, Mistake, Word};

pub(super) fn parse(mut arguments: Arguments<'_>) -> Result<Base, Mistake> {
    let mut platform = None;
    for flag in arguments.flags()? {
        if flag.name != "platform" {
            let message = format!("flag {} is not available in FROM", flag.name);
            return Err(flag.value.mistake(message).hint("the only flag is --platform=os/architecture"));
        }
        platform = Some(flag.value);
    }
    let Some(image) = arguments.word()? else {
        return Err(arguments
            .mistake("image should be specified in the FROM")
            .hint("write FROM scratch, or FROM and the name of a cluster image"));
    };
    let rest = arguments.mistake("FROM takes one image");
    match arguments.words()?.as_slice() {
        [] => Ok(Base { image, platform, stage: None }),
        [word, name] if word.literal().is_some_and(|text| text.eq_ignore_ascii_case("as")) => {
            Ok(Base { image, platform, stage: Some(stage(name)?) })
        }
        _ => Err(rest.hint("write FROM IMAGE or FROM IMAGE AS NAME")),
    }
}

/// A name that is no number, by which stages can be called, too.
fn stage(word: &Word) -> Result<String, Mistake> {
    let is_name = |text: &str| {
        text.starts_with(|first: char| first.is_ascii_alphabetic())
            && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_.".contains(letter))
    };
    match word.literal().filter(|text| is_name(text)) {
        Some(name) => Ok(name.to_ascii_lowercase()),
        None => Err(word
            .mistake("this cannot be the name of a stage")
            .hint("a name is a letter, followed by letters, digits, and - _ .")),
    }
}
