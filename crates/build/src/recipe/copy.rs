//! `COPY` and `ADD`.

use super::{CopySource, CopyStep};
use crate::scope::Scope;
use sealer_model::kubefile::{Copy, Instruction, Mistake, Word};

/// Endings of the archives that Docker's `ADD` unpacks.
const ARCHIVES: [&str; 8] = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst"];

pub(super) fn step(instruction: &Instruction, copy: &Copy, scope: &Scope) -> Result<CopyStep, Mistake> {
    if let Some(from) = &copy.from {
        return Err(from
            .mistake("not supported yet: COPY --from")
            .hint("put the files into the context and COPY them from there"));
    }
    Ok(CopyStep {
        instruction: instruction.text.clone(),
        position: instruction.position,
        sources: copy.sources.iter().map(|each| source(each, scope)).collect::<Result<_, _>>()?,
        destination: destination(&copy.destination, scope, copy.sources.len() > 1)?,
        owner: copy.owner.as_ref().map_or(Ok((0, 0)), |word| owner(word, scope))?,
        mode: copy.mode.as_ref().map(|word| mode(word, scope)).transpose()?,
        application: None,
    })
}

/// `ADD` of local files is `COPY`, except that it would unpack archives.
pub(super) fn add(instruction: &Instruction, copy: &Copy, scope: &Scope) -> Result<CopyStep, Mistake> {
    let step = step(instruction, copy, scope)?;
    for source in &step.sources {
        let mistake = |message: &str| Mistake::new(source.position, message);
        if source.text.contains("://") || source.text.starts_with("git@") {
            return Err(
                mistake("not supported yet: ADD of a URL").hint("download the file into the context and COPY it")
            );
        }
        if ARCHIVES.iter().any(|ending| source.text.ends_with(ending)) {
            return Err(mistake("not supported yet: ADD that unpacks an archive")
                .hint("unpack it in the context and COPY the folder; to keep it packed, write COPY"));
        }
    }
    Ok(step)
}

fn source(word: &Word, scope: &Scope) -> Result<CopySource, Mistake> {
    Ok(CopySource { text: scope.expand(word)?, position: word.position() })
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

/// `USER[:GROUP]` in numbers; the only name that every rootfs knows is root.
fn owner(word: &Word, scope: &Scope) -> Result<(u64, u64), Mistake> {
    let text = scope.expand(word)?;
    let number = |text: &str| match text {
        "root" => Some(0),
        text => text.parse::<u32>().ok().map(u64::from),
    };
    let (user, group) = text.split_once(':').unwrap_or((&text, &text));
    match (number(user), number(group)) {
        (Some(user), Some(group)) => Ok((user, group)),
        _ => Err(word
            .mistake(format!("not supported yet: --chown={text}, an owner by name"))
            .hint("write the numbers: --chown=1000:1000")),
    }
}

fn mode(word: &Word, scope: &Scope) -> Result<u32, Mistake> {
    let text = scope.expand(word)?;
    match u32::from_str_radix(&text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(mode),
        _ => Err(word.mistake(format!("\"{text}\" is not a mode")).hint("write it in octal: --chmod=0755")),
    }
}
