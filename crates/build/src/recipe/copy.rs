//! `COPY` and `ADD`.

use super::{CopySource, CopyStep, NamedOwner, Origin, origin};
use crate::scope::Scope;
use sealer_model::kubefile::{Copy, Instruction, Mistake, Word};

pub(super) fn step(instruction: &Instruction, copy: &Copy, scope: &Scope) -> Result<CopyStep, Mistake> {
    let origin = copy.from.as_ref().map_or(Ok(Origin::Context), |word| origin::image(word, scope))?;
    let source =
        |word: &Word| Ok(CopySource { text: scope.expand(word)?, position: word.position(), origin: origin.clone() });
    let mut sources: Vec<CopySource> = copy.sources.iter().map(source).collect::<Result<_, _>>()?;
    for (name, text) in &copy.documents {
        sources.push(document(name, text, scope)?);
    }
    let owner = copy.owner.as_ref().map(|word| owner(word, scope)).transpose()?;
    Ok(CopyStep {
        instruction: instruction.text.clone(),
        position: instruction.position,
        destination: destination(&copy.destination, scope, sources.len() > 1)?,
        sources,
        owner: owner.as_ref().and_then(|owner| owner.as_ref().ok().copied()),
        named_owner: owner.and_then(Result::err),
        mode: copy.mode.as_ref().map(|word| mode(word, scope)).transpose()?,
        application: None,
    })
}

/// A text of the Kubefile as a source.
fn document(name: &str, text: &Word, scope: &Scope) -> Result<CopySource, Mistake> {
    let origin = Origin::Text { name: name.to_owned(), text: scope.expand(text)? };
    Ok(CopySource { text: name.to_owned(), position: text.position(), origin })
}

/// `ADD` of local files is `COPY`, except that it unpacks archives; files from the web are fetched and stay as they are.
pub(super) fn add(instruction: &Instruction, copy: &Copy, scope: &Scope) -> Result<CopyStep, Mistake> {
    let mut step = step(instruction, copy, scope)?;
    for (source, word) in step.sources.iter_mut().zip(&copy.sources) {
        if source.text.starts_with("http://") || source.text.starts_with("https://") {
            *source = origin::url(word, copy.checksum.as_ref(), scope)?;
            continue;
        }
        let mistake = |message: &str| Mistake::new(source.position, message);
        if source.text.contains("://") || source.text.starts_with("git@") {
            return Err(mistake("only files of the context and http:// and https:// can be added")
                .hint("put the files into the context and COPY them from there"));
        }
        if let Some(checksum) = &copy.checksum {
            return Err(checksum.mistake("--checksum belongs to a file from a URL"));
        }
        if source.origin == Origin::Context {
            source.origin = Origin::Added(source.text.clone());
        }
    }
    Ok(step)
}

/// A path below the root of the rootfs, with a slash at the end where it can only be a folder.
fn destination(word: &Word, scope: &Scope, several: bool) -> Result<String, Mistake> {
    let text = scope.expand(word)?;
    if text.split('/').any(|part| part == "..") {
        return Err(word
            .mistake("the destination leaves the rootfs")
            .hint("write it without .., from the root of the rootfs"));
    }
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let folder = text.ends_with('/') || text.ends_with("/.") || parts.is_empty();
    if several && !folder {
        return Err(word
            .mistake("with more than one source, the destination must be a folder")
            .hint(format!("end it with a slash: {text}/")));
    }
    Ok(if folder { format!("{}/", parts.join("/")) } else { parts.join("/") })
}

/// `USER[:GROUP]` in numbers, or by names; the only name that every rootfs knows is root.
fn owner(word: &Word, scope: &Scope) -> Result<Result<(u64, u64), NamedOwner>, Mistake> {
    let text = scope.expand(word)?;
    let number = |text: &str| match text {
        "root" => Some(0),
        text => text.parse::<u32>().ok().map(u64::from),
    };
    let (user, group) = match text.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (text.as_str(), None),
    };
    if user.is_empty() || group == Some("") {
        return Err(word.mistake(format!("\"{text}\" is no owner")).hint("write --chown=USER or --chown=USER:GROUP"));
    }
    let named = || NamedOwner { user: user.to_owned(), group: group.map(str::to_owned), position: word.position() };
    Ok(number(user).zip(number(group.unwrap_or(user))).ok_or_else(named))
}

fn mode(word: &Word, scope: &Scope) -> Result<u32, Mistake> {
    let text = scope.expand(word)?;
    match u32::from_str_radix(&text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err(word.mistake(format!("\"{text}\" is not a mode")).hint("write it in octal: --chmod=0755")),
    }
}
