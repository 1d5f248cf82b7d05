//! The Kubefile: the recipe of a cluster image, in the grammar of a Dockerfile with sealer's own instructions. Text goes in,
//! typed instructions with their positions come out; every mistake says file, line and column, shows the line, and gives a
//! hint. Variables stay unexpanded here, because the same Kubefile is read once and carried out once a platform.
//!
//! Where this parser departs from the Go sealer, it does right what that one does silently wrong: all sources of a `COPY`
//! count, quotes group words, `CMDS` is a list and not a bag of words, and a name that could leave its folder is an error.

mod application;
mod arguments;
mod copy;
mod error;
mod from;
mod here_document;
mod instruction;
mod keyword;
mod launch;
mod lines;
mod order;
mod pairs;
mod run;
mod word;

pub use error::{KubefileError, Mistake, Position};
pub use here_document::HereDocument;
pub use instruction::{Action, ApplicationKind, ApplicationSource, Argument, Base, Copy, Instruction, Named, Pair};
pub use run::{Command, Run};
pub use word::Word;

use lines::Line;

/// A `FROM` with what stands below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage<'a> {
    /// What it begins with.
    pub base: &'a Base,
    /// The instructions up to the next `FROM`.
    pub instructions: &'a [Instruction],
}

/// A Kubefile without mistakes of grammar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kubefile {
    /// The name it is called by in errors.
    file: String,
    /// The physical lines, to show them in errors.
    lines: Vec<String>,
    /// The instructions in order.
    instructions: Vec<Instruction>,
}

impl Kubefile {
    /// Reads a Kubefile. `file` is what errors call it.
    ///
    /// # Errors
    /// At the first mistake of grammar or order.
    pub fn parse(file: &str, text: &str) -> Result<Self, KubefileError> {
        let mut kubefile = Self {
            file: file.to_owned(),
            lines: text.trim_start_matches('\u{feff}').lines().map(str::to_owned).collect(),
            instructions: Vec::new(),
        };
        match instructions(text) {
            Ok(instructions) => kubefile.instructions = instructions,
            Err(mistake) => return Err(kubefile.explain(mistake)),
        }
        Ok(kubefile)
    }

    /// The instructions in order.
    #[must_use]
    pub fn instructions(&self) -> &[Instruction] {
        &self.instructions
    }

    /// The stages in order; the last one is the image, of the others it may be copied. There is at least one.
    #[must_use]
    pub fn stages(&self) -> Vec<Stage<'_>> {
        let mut stages = Vec::new();
        for (place, instruction) in self.instructions.iter().enumerate() {
            if let Action::From(base) = &instruction.action {
                let below = &self.instructions[place + 1..];
                let end = below.iter().position(|each| matches!(each.action, Action::From(_)));
                stages.push(Stage { base, instructions: &below[..end.unwrap_or(below.len())] });
            }
        }
        stages
    }

    /// Adds to a mistake what a person needs to find it: the file's name and the line.
    #[must_use]
    pub fn explain(&self, mistake: Mistake) -> KubefileError {
        let line = self.lines.get(mistake.position.line.saturating_sub(1));
        KubefileError { file: self.file.clone(), text: line.cloned().unwrap_or_default(), mistake }
    }
}

fn instructions(text: &str) -> Result<Vec<Instruction>, Mistake> {
    let (lines, escape) = lines::split(text)?;
    let instructions =
        lines.iter().map(|line| Instruction::parse(line, escape)).collect::<Result<Vec<Instruction>, Mistake>>()?;
    order::check(&instructions)?;
    Ok(instructions)
}

#[cfg(test)]
mod tests;
