//! `COPY [--chown=U:G] [--chmod=M] SOURCE... DESTINATION`, also as a list in JSON; `ADD` likewise.

use super::arguments::{Arguments, Flag};
use super::{Copy, Mistake, Word};

pub(super) fn parse(keyword: &str, mut arguments: Arguments<'_>) -> Result<Copy, Mistake> {
    let flags = arguments.flags()?;
    refuse_here_document(&arguments)?;
    let position = arguments.position();
    let mut sources = arguments.words_or_list()?;
    let (true, Some(destination)) = (sources.len() > 1, sources.pop()) else {
        let message = format!("line {}: invalid {} instruction", position.line, keyword.to_lowercase());
        return Err(Mistake::new(position, message).hint(format!("write {keyword} SOURCE... DESTINATION")));
    };
    let copy = Copy { sources, destination, owner: None, mode: None, from: None };
    flags.into_iter().try_fold(copy, |copy, flag| with_flag(keyword, copy, flag))
}

fn with_flag(keyword: &str, mut copy: Copy, flag: Flag) -> Result<Copy, Mistake> {
    let place: &mut Option<Word> = match flag.name.as_str() {
        "chown" => &mut copy.owner,
        "chmod" => &mut copy.mode,
        "from" => &mut copy.from,
        // It only tells a builder that works in containers not to look at the layers below; ours never does.
        "link" => return Ok(copy),
        other => {
            let message = format!("flag {other} is not available in {keyword}");
            return Err(flag.value.mistake(message).hint("the flags are --chown, --chmod and --from"));
        }
    };
    if flag.value.literal() == Some("") {
        return Err(flag.value.mistake(format!("--{} needs a value", flag.name)));
    }
    *place = Some(flag.value);
    Ok(copy)
}

/// `COPY <<END file` would take the lines below it as the content of a file.
fn refuse_here_document(arguments: &Arguments<'_>) -> Result<(), Mistake> {
    if arguments.rest().split_whitespace().any(|word| word.starts_with("<<")) {
        return Err(arguments
            .mistake("not supported yet: here-documents")
            .hint("put the text into a file of the context and COPY it"));
    }
    Ok(())
}
