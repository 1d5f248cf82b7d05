//! `APP`, `CNI`, `CSI`, `APPCMDS`, `APPENV`: the applications of a cluster image.

use super::arguments::Arguments;
use super::pairs::variable_name;
use super::{Action, ApplicationKind, ApplicationSource, Mistake, Named, Pair, Position, Word};

/// `APP NAME SOURCE...`
pub(super) fn parse(keyword: &str, kind: ApplicationKind, mut arguments: Arguments<'_>) -> Result<Action, Mistake> {
    let name = name(keyword, &mut arguments)?;
    let missing = arguments
        .mistake(format!("the application {name} has no files"))
        .hint(format!("write {keyword} {name} local://PATH..."));
    let mut sources = Vec::new();
    while !arguments.rest().is_empty() {
        sources.push(source(keyword, &mut arguments)?);
    }
    if sources.is_empty() {
        return Err(missing);
    }
    Ok(Action::Application { kind, name, sources })
}

fn source(keyword: &str, arguments: &mut Arguments<'_>) -> Result<ApplicationSource, Mistake> {
    let checksum = checksum(keyword, arguments)?;
    let mistake =
        arguments.mistake(format!("source schema should be specified with https:// http:// local:// in {keyword}"));
    let rest = arguments.rest();
    if rest.starts_with("http://") || rest.starts_with("https://") {
        return Ok(ApplicationSource::Url { url: arguments.word()?.ok_or(mistake)?, checksum });
    }
    if let Some(checksum) = checksum {
        return Err(checksum.mistake("--checksum belongs to a file from a URL").hint("write it before https://..."));
    }
    if arguments.take("oci://") {
        let missing = arguments.mistake("the chart is missing after oci://");
        return Ok(ApplicationSource::Chart(arguments.word()?.ok_or(missing)?));
    }
    if !arguments.take("local://") {
        return Err(mistake.hint("write local://PATH for a file or folder of the context"));
    }
    let missing = arguments.mistake("the path is missing after local://");
    match arguments.word()? {
        Some(path) if path.literal() != Some("") => Ok(ApplicationSource::Local(path)),
        _ => Err(missing.hint("write local://. for the whole context")),
    }
}

/// `--checksum=sha256:...`, if it comes next.
fn checksum(keyword: &str, arguments: &mut Arguments<'_>) -> Result<Option<Word>, Mistake> {
    let mut flags = arguments.flags()?.into_iter();
    match (flags.next(), flags.next()) {
        (None, _) => Ok(None),
        (Some(flag), None) if flag.name == "checksum" => Ok(Some(flag.value)),
        (Some(flag), _) => {
            let message = format!("flag {} is not available in {keyword}", flag.name);
            Err(flag.value.mistake(message).hint("the only flag is --checksum, once before each URL"))
        }
    }
}

/// `APPCMDS NAME ["COMMAND", ...]`
pub(super) fn commands(mut arguments: Arguments<'_>) -> Result<Named<Vec<String>>, Mistake> {
    let application = name("APPCMDS", &mut arguments)?;
    if arguments.rest().is_empty() {
        return Err(arguments
            .mistake("app cmds should be specified in the APPCMDS")
            .hint(format!("write APPCMDS {application} [\"kubectl apply -f app.yaml\"]")));
    }
    Ok(Named { application, value: arguments.list()? })
}

/// `APPENV NAME KEY=VALUE...`
pub(super) fn environment(mut arguments: Arguments<'_>) -> Result<Named<Vec<Pair>>, Mistake> {
    let application = name("APPENV", &mut arguments)?;
    let missing = arguments.mistake("APPENV needs a key and a value");
    let value = arguments.pairs()?;
    if value.is_empty() {
        return Err(missing.hint(format!("write APPENV {application} key=value")));
    }
    for pair in &value {
        variable_name(&pair.key)?;
    }
    Ok(Named { application, value })
}

fn name(keyword: &str, arguments: &mut Arguments<'_>) -> Result<String, Mistake> {
    let missing =
        arguments.mistake("app name should be specified in the app cmd").hint(format!("write {keyword} NAME ..."));
    let word: Word = arguments.word()?.ok_or(missing)?;
    checked_name(word.literal().unwrap_or_default(), word.position())
}

/// An application's name becomes the name of a folder and a word of a command, so it must be safe as both.
pub(super) fn checked_name(name: &str, position: Position) -> Result<String, Mistake> {
    const LONGEST: usize = 128;
    let edge = |character: Option<char>| character.is_some_and(|edge| edge.is_ascii_alphanumeric());
    let safe = edge(name.chars().next())
        && edge(name.chars().next_back())
        && name.chars().all(|next| next.is_ascii_alphanumeric() || "._-".contains(next))
        && !name.contains("..")
        && name.len() <= LONGEST;
    if safe {
        return Ok(name.to_owned());
    }
    let shown: String = name.chars().take(LONGEST).collect();
    Err(Mistake::new(position, format!("\"{shown}\" cannot be the name of an application"))
        .hint("a name is letters and digits, with . _ - between them"))
}
