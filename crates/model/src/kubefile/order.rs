//! Which instructions may stand where, and which not together.

use super::{Action, Instruction, Mistake, Position};

pub(super) fn check(instructions: &[Instruction]) -> Result<(), Mistake> {
    check_from(instructions)?;
    check_stages(instructions)?;
    check_last(instructions, "launch", |action| matches!(action, Action::Launch(_)))?;
    check_last(instructions, "cmds", |action| matches!(action, Action::Commands(_)))?;
    let has = |wanted: fn(&Action) -> bool| instructions.iter().find(|instruction| wanted(&instruction.action));
    match (has(|action| matches!(action, Action::Launch(_))), has(|action| matches!(action, Action::Command(_)))) {
        (Some(_), Some(command)) => Err(command
            .mistake("cmd and launch are mutually exclusive")
            .hint("name applications in LAUNCH and give them commands with APPCMDS")),
        _ => Ok(()),
    }
}

/// Only `ARG` may stand before `FROM`.
fn check_from(instructions: &[Instruction]) -> Result<(), Mistake> {
    let first = instructions.iter().find(|instruction| !matches!(instruction.action, Action::Arguments(_)));
    match first {
        Some(Instruction { action: Action::From(_), .. }) => Ok(()),
        Some(other) => Err(other
            .mistake("FROM should be the first instruction")
            .hint("begin with FROM scratch, or FROM and the name of a cluster image")),
        None => Err(Mistake::new(Position { line: 1, column: 1 }, "there is no FROM in the Kubefile")
            .hint("begin with FROM scratch, or FROM and the name of a cluster image")),
    }
}

/// Of all stages but the last only files are copied, so whatever else they say would be lost.
fn check_stages(instructions: &[Instruction]) -> Result<(), Mistake> {
    let is_from = |instruction: &&Instruction| matches!(instruction.action, Action::From(_));
    let last = instructions.iter().rposition(|instruction| is_from(&instruction)).unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    for instruction in &instructions[..=last] {
        match &instruction.action {
            Action::From(base) => match base.stage.as_deref() {
                Some(name) if names.contains(&name) => {
                    return Err(instruction.mistake(format!("there is a stage {name} already")));
                }
                name => names.extend(name),
            },
            Action::Arguments(_)
            | Action::Environment(_)
            | Action::Labels(_)
            | Action::Maintainer(_)
            | Action::Copy(_)
            | Action::Add(_)
            | Action::Run(_) => {}
            _ => {
                return Err(instruction
                    .mistake("a FROM follows, so this would be lost")
                    .hint("only files are copied from a stage: write it below the last FROM"));
            }
        }
    }
    Ok(())
}

fn check_last(instructions: &[Instruction], name: &str, wanted: fn(&Action) -> bool) -> Result<(), Mistake> {
    let mut found = instructions.iter().enumerate().filter(|(_, each)| wanted(&each.action));
    let Some((index, first)) = found.next() else {
        return Ok(());
    };
    if let Some((_, second)) = found.next() {
        return Err(second.mistake(format!("only one {name} could be specified")));
    }
    if index + 1 < instructions.len() {
        return Err(first.mistake(format!("{name} should be the last instruction")));
    }
    Ok(())
}
