//! `RUN`: a command that runs while the image is built. What the shell gets is the shell's: no variable of it is expanded here, and a
//! here-document is the shell's, too, unless it is all there is: then it is the script.

use super::arguments::{Arguments, Flag};
use super::{HereDocument, Mistake, Word};

/// `RUN [--network=...] COMMAND` or `RUN ["PROGRAM", "ARGUMENT", ...]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// What runs.
    pub command: Command,
    /// `--network`: `host` or `none`, for this command alone.
    pub network: Option<Word>,
}

/// What runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// Text for `/bin/sh -c`.
    Shell(String),
    /// A program and its arguments, without a shell.
    Program(Vec<String>),
}

impl Command {
    /// The program and its arguments.
    #[must_use]
    pub fn arguments(&self) -> Vec<String> {
        match self {
            Self::Shell(text) => ["/bin/sh", "-c", text].map(str::to_owned).into(),
            Self::Program(list) => list.clone(),
        }
    }
}

pub(super) fn parse(mut arguments: Arguments<'_>) -> Result<Run, Mistake> {
    let mut network = None;
    for Flag { name, value } in arguments.flags()? {
        match name.as_str() {
            "network" => network = Some(value),
            _ => return Err(unknown(&name, &value)),
        }
    }
    let text = arguments.text("RUN needs a command")?;
    let command = match serde_json::from_str::<Vec<String>>(&text) {
        Ok(list) if list.is_empty() => return Err(arguments.mistake("RUN needs a command")),
        Ok(list) => Command::Program(list),
        // as in a Dockerfile, what is no list is a command of the shell: `[ -e file ]` is one, too
        Err(_) => Command::Shell(with_documents(text, &arguments)?),
    };
    Ok(Run { command, network })
}

fn with_documents(text: String, arguments: &Arguments<'_>) -> Result<String, Mistake> {
    match arguments.documents() {
        [only] if only.position == arguments.position() && !text.contains(char::is_whitespace) => script(only),
        all => Ok(all.iter().fold(text, |text, each| format!("{text}\n{}{}", each.text, each.name))),
    }
}

/// A here-document on its own.
fn script(document: &HereDocument) -> Result<String, Mistake> {
    let mistake = |message: &str| Mistake::new(document.position, message);
    match document.text.strip_prefix("#!") {
        None if document.text.trim().is_empty() => Err(mistake("the script is empty")),
        None => Ok(document.text.clone()),
        Some(rest) => {
            let program = rest.lines().next().unwrap_or_default().trim();
            Err(mistake("scripts are run by /bin/sh, whatever their first line says")
                .hint(format!("leave the line out and write RUN {program} <<{}", document.name)))
        }
    }
}

fn unknown(name: &str, value: &Word) -> Mistake {
    let mistake = value.mistake(format!("flag {name} is not available in RUN"));
    match name {
        "mount" => {
            mistake.hint("COPY what the command reads before it, and remove in the same RUN what shall not stay")
        }
        _ => mistake.hint("the flags of RUN are --network=host and --network=none"),
    }
}
