//! `COPY [--chown=U:G] [--chmod=M] [--from=IMAGE] SOURCE... DESTINATION`, also as a list in JSON; `ADD [--checksum=DIGEST]` likewise. A
//! source may be a text that stands below: `COPY <<NAME DESTINATION`.

use super::arguments::{Arguments, Flag};
use super::{Copy, HereDocument, Mistake, Word};

pub(super) fn parse(keyword: &str, mut arguments: Arguments<'_>) -> Result<Copy, Mistake> {
    let flags = arguments.flags()?;
    let position = arguments.position();
    let mut sources = arguments.words_or_list()?;
    let (true, Some(destination)) = (sources.len() > 1, sources.pop()) else {
        let message = format!("line {}: invalid {} instruction", position.line, keyword.to_lowercase());
        return Err(Mistake::new(position, message).hint(format!("write {keyword} SOURCE... DESTINATION")));
    };
    let announces = |word: &Word, document: &HereDocument| document.position == word.position();
    if arguments.documents().iter().any(|document| announces(&destination, document)) {
        return Err(destination
            .mistake("a here-document is no destination")
            .hint(format!("write {keyword} <<NAME DESTINATION")));
    }
    sources.retain(|word| !arguments.documents().iter().any(|document| announces(word, document)));
    let documents = arguments.documents().iter().map(|each| arguments.document(each)).collect::<Result<_, _>>()?;
    let copy = Copy { sources, documents, destination, owner: None, mode: None, from: None, checksum: None };
    let copy = flags.into_iter().try_fold(copy, |copy, flag| with_flag(keyword, copy, flag))?;
    refuse_from_elsewhere(&copy)?;
    Ok(copy)
}

fn with_flag(keyword: &str, mut copy: Copy, flag: Flag) -> Result<Copy, Mistake> {
    let place: &mut Option<Word> = match flag.name.as_str() {
        "chown" => &mut copy.owner,
        "chmod" => &mut copy.mode,
        "from" => &mut copy.from,
        "checksum" if keyword == "ADD" => &mut copy.checksum,
        // It only tells a builder that works in containers not to look at the layers below; ours never does.
        "link" => return Ok(copy),
        other => {
            let message = format!("flag {other} is not available in {keyword}");
            return Err(flag
                .value
                .mistake(message)
                .hint("the flags are --chown, --chmod, --from, and --checksum of ADD"));
        }
    };
    if flag.value.literal() == Some("") {
        return Err(flag.value.mistake(format!("--{} needs a value", flag.name)));
    }
    *place = Some(flag.value);
    Ok(copy)
}

/// What stands in the Kubefile comes from no image.
fn refuse_from_elsewhere(copy: &Copy) -> Result<(), Mistake> {
    match &copy.from {
        Some(from) if !copy.documents.is_empty() => {
            Err(from.mistake("--from does not go with a here-document").hint("write two instructions"))
        }
        _ => Ok(()),
    }
}
