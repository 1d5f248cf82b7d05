//! `ARG`, `ENV` and `LABEL`: names with values.

use super::arguments::Arguments;
use super::{Argument, Mistake, Pair, Word};

/// `ARG NAME[=DEFAULT]...`
pub(super) fn arguments(mut arguments: Arguments<'_>) -> Result<Vec<Argument>, Mistake> {
    let missing = arguments.mistake("ARG needs a name").hint("write ARG NAME or ARG NAME=default");
    let mut variables = Vec::new();
    while !arguments.rest().is_empty() {
        variables.push(argument(&mut arguments)?);
    }
    if variables.is_empty() { Err(missing) } else { Ok(variables) }
}

fn argument(arguments: &mut Arguments<'_>) -> Result<Argument, Mistake> {
    let end = arguments.rest().find(|character: char| character == '=' || character.is_whitespace());
    let has_default = end.is_some_and(|end| arguments.rest()[end..].starts_with('='));
    let (name, default) = if has_default {
        let Pair { key, value } = arguments.pair()?;
        (key, Some(value))
    } else {
        let missing = arguments.mistake("ARG needs a name");
        (arguments.word()?.ok_or(missing)?, None)
    };
    Ok(Argument { name: variable_name(&name)?, default })
}

/// `ENV KEY=VALUE...`, or `ENV KEY VALUE` with one value to the end of the line.
pub(super) fn environment(arguments: Arguments<'_>) -> Result<Vec<Pair>, Mistake> {
    let pairs = pairs("ENV", arguments)?;
    for pair in &pairs {
        variable_name(&pair.key)?;
    }
    Ok(pairs)
}

/// `LABEL KEY=VALUE...`, or `LABEL KEY VALUE`.
pub(super) fn labels(arguments: Arguments<'_>) -> Result<Vec<Pair>, Mistake> {
    let pairs = pairs("LABEL", arguments)?;
    match pairs.iter().find(|pair| pair.key.literal() == Some("")) {
        Some(pair) => Err(pair.key.mistake("a label needs a key")),
        None => Ok(pairs),
    }
}

/// The form of the first word decides: with an equals sign all words are pairs, else the line is one pair.
fn pairs(keyword: &str, mut arguments: Arguments<'_>) -> Result<Vec<Pair>, Mistake> {
    let missing = arguments.mistake(format!("{keyword} needs a key and a value"));
    let first = arguments.rest().split_whitespace().next().unwrap_or_default();
    if first.is_empty() || arguments.rest() == first && !first.contains('=') {
        return Err(missing.hint(format!("write {keyword} key=value")));
    }
    if first.contains('=') {
        return arguments.pairs();
    }
    Ok(arguments.spaced_pair()?.into_iter().collect())
}

/// A variable's name: templates and scripts on the hosts use it.
pub(super) fn variable_name(word: &Word) -> Result<String, Mistake> {
    let name = word.literal().unwrap_or_default();
    let first = name.chars().next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    if first && name.chars().all(|next| next.is_ascii_alphanumeric() || "_.-".contains(next)) {
        return Ok(name.to_owned());
    }
    Err(word
        .mistake(format!("\"{name}\" is not the name of a variable"))
        .hint("a name is letters, digits and _ . - and does not start with a digit"))
}
