//! Texts and scripts to commands: `cd` counts for what follows, variables are those of the image and the application, scripts that are
//! called are read where they are called, and manifests between `<<EOF` and `EOF` are manifests.

use super::words::{self, Variables};
use super::{Command, Commands};
use crate::discovery::Usage;
use crate::discovery::document::{self, LONGEST};
use crate::discovery::tree::{Tree, resolved};
use crate::error::Error;
use sealer_model::image::Application;
use std::collections::BTreeSet;

/// Programs that read a script.
const SHELLS: [&str; 7] = ["sh", "bash", "dash", "ash", "zsh", "source", "."];

/// Scripts that call scripts: nobody nests them deeper.
const DEEPEST: usize = 8;

/// Bytes of the largest program that is looked at to see whether it is a script.
const LARGEST_SCRIPT: u64 = 1 << 20;

/// Commands being read.
pub(super) struct Reading<'a> {
    tree: Tree<'a>,
    usage: Usage<'a>,
    pub(super) found: Commands,
    /// Scripts with the folder and the application they ran for.
    read: BTreeSet<(String, String, Option<String>)>,
    depth: usize,
}

/// Whom a text belongs to.
#[derive(Clone, Copy)]
struct Context<'a> {
    application: Option<&'a Application>,
    script: Option<&'a str>,
}

impl<'a> Reading<'a> {
    pub(super) fn new(tree: Tree<'a>, usage: Usage<'a>) -> Self {
        Self { tree, usage, found: Commands::default(), read: BTreeSet::new(), depth: 0 }
    }

    /// Reads a text that starts in a folder.
    pub(super) fn text(&mut self, application: Option<&Application>, folder: &str, text: &str) -> Result<(), Error> {
        let mut variables = self.variables(application);
        self.commands(Context { application, script: None }, folder, text, &mut variables)
    }

    /// Reads a script that starts in a folder, once for each who calls it.
    pub(super) fn script(&mut self, application: Option<&Application>, folder: &str, path: &str) -> Result<(), Error> {
        let mut variables = self.variables(application);
        self.called(application, folder, path, &mut variables)
    }

    /// What a site gives to the commands.
    fn variables(&self, application: Option<&Application>) -> Variables {
        let mut variables = self.usage.environment.cloned().unwrap_or_default();
        variables.extend(application.map(|application| application.env.clone()).unwrap_or_default());
        variables
    }

    fn called(
        &mut self,
        application: Option<&Application>,
        folder: &str,
        path: &str,
        variables: &mut Variables,
    ) -> Result<(), Error> {
        let key = (path.to_owned(), folder.to_owned(), application.map(|application| application.name.clone()));
        if self.depth >= DEEPEST || !self.read.insert(key) {
            return Ok(());
        }
        let text = self.tree.text(path, "a script", LONGEST)?.unwrap_or_default();
        self.depth += 1;
        let result = self.commands(Context { application, script: Some(path) }, folder, &text, variables);
        self.depth -= 1;
        result
    }

    fn commands(
        &mut self,
        context: Context<'_>,
        folder: &str,
        text: &str,
        variables: &mut Variables,
    ) -> Result<(), Error> {
        let mut folder = folder.to_owned();
        let (text, inner) = without_documents(text);
        for words in words::commands(&text, variables) {
            if let [program, path] = &words[..]
                && program == "cd"
            {
                folder = resolved(&folder, path).unwrap_or_default();
                continue;
            }
            let command = context.command(&folder, words);
            let calls = self.calls(&command);
            self.found.commands.push(command.clone());
            match calls {
                Some(Call::Script(path)) => self.called(context.application, &folder, &path, variables)?,
                Some(Call::Text(text)) if self.depth < DEEPEST => {
                    self.depth += 1;
                    let result = self.commands(context, &folder, &text, &mut variables.clone());
                    self.depth -= 1;
                    result?;
                }
                _ => {}
            }
        }
        for text in inner {
            // what is neither YAML nor JSON is a text for another program
            for value in document::read(&filled(&text, variables)).unwrap_or_default() {
                self.found.documents.push((context.command(&folder, Vec::new()), value));
            }
        }
        Ok(())
    }

    /// The script that a command calls, if it does.
    fn calls(&self, command: &Command) -> Option<Call> {
        let first = command.words.first()?;
        if SHELLS.contains(&command.program()) {
            let mut words = command.words.iter().skip(1);
            let word = words.find(|word| !word.starts_with(['-', '+']) || word.ends_with('c'))?;
            if word.starts_with('-') {
                return words.next().cloned().map(Call::Text);
            }
            return command.path(word).filter(|path| self.tree.file(path).is_some()).map(Call::Script);
        }
        let path = command.path(first).filter(|_| first.contains('/'))?;
        let (_, size) = self.tree.file(&path)?;
        let is_script = || {
            // a program that is no text is none
            let text = self.tree.text(&path, "a script", LARGEST_SCRIPT).ok().flatten();
            text.is_some_and(|text| {
                text.starts_with("#!") && text.lines().next().is_some_and(|line| line.ends_with("sh"))
            })
        };
        (path.ends_with(".sh") || size <= LARGEST_SCRIPT && is_script()).then(|| Call::Script(path.clone()))
    }
}

/// What a command calls.
enum Call {
    Script(String),
    Text(String),
}

impl Context<'_> {
    fn command(self, folder: &str, words: Vec<String>) -> Command {
        Command {
            application: self.application.map(|application| application.name.clone()),
            script: self.script.map(str::to_owned),
            folder: folder.to_owned(),
            words,
        }
    }
}

/// A text without what stands between `<<EOF` and `EOF`, and that.
fn without_documents(text: &str) -> (String, Vec<String>) {
    let (mut rest, mut inner) = (String::with_capacity(text.len()), Vec::new());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        rest.push_str(line);
        rest.push('\n');
        let Some(end) = end_of_document(line) else { continue };
        let body: Vec<&str> = lines.by_ref().take_while(|line| line.trim() != end).collect();
        inner.push(body.join("\n"));
    }
    (rest, inner)
}

/// The word behind `<<`, which ends the document that begins on the next line.
fn end_of_document(line: &str) -> Option<&str> {
    let (_, after) = line.split_once("<<")?;
    let word = after.trim_start_matches('-').trim_start().split([' ', ';', '|', '>', ')']).next()?;
    let word = word.trim_matches(['"', '\'', '\\']);
    word.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_').then_some(word)
}

/// A text with the variables that are known.
fn filled(text: &str, variables: &Variables) -> String {
    let fill = |text: String, (name, value): (&String, &String)| {
        text.replace(&format!("${{{name}}}"), value).replace(&format!("${name}"), value)
    };
    // the longest names first: `$TAG` begins `$TAG_OF_WEB`
    let mut all: Vec<(&String, &String)> = variables.iter().collect();
    all.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    all.into_iter().fold(text.to_owned(), fill)
}
