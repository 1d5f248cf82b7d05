//! Nodes as Go shows them in errors (`at <include "x" .>`): the words of the source, evenly spaced.

use std::fmt::{Display, Formatter, Result};

use super::node::{Command, Invocation, Operand, Pipeline};
use crate::print::quoted;

impl Display for Pipeline {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        if !self.variables.is_empty() {
            write!(out, "{} {} ", self.variables.join(", "), if self.assigns { "=" } else { ":=" })?;
        }
        separated(out, &self.commands, " | ")
    }
}

impl Display for Command {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        separated(out, &self.words, " ")
    }
}

impl Display for Invocation {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        write!(out, "{{{{template {}", quoted(&self.name))?;
        if let Some(pipeline) = &self.pipeline {
            write!(out, " {pipeline}")?;
        }
        out.write_str("}}")
    }
}

impl Display for Operand {
    fn fmt(&self, out: &mut Formatter<'_>) -> Result {
        match self {
            Self::Dot { .. } => out.write_str("."),
            Self::Nil { .. } => out.write_str("nil"),
            Self::Bool { value, .. } => write!(out, "{value}"),
            Self::Number { number, .. } => out.write_str(&number.text),
            Self::Text { quoted, .. } => out.write_str(quoted),
            Self::Function { name, .. } => out.write_str(name),
            Self::Pipeline(pipeline) => write!(out, "({pipeline})"),
            Self::Field { names, .. } => fields(out, names),
            Self::Variable { name, names, .. } => {
                out.write_str(name)?;
                fields(out, names)
            }
            Self::Chain { base, names, .. } => {
                write!(out, "{base}")?;
                fields(out, names)
            }
        }
    }
}

fn separated(out: &mut Formatter<'_>, items: &[impl Display], separator: &str) -> Result {
    for (index, item) in items.iter().enumerate() {
        out.write_str(if index > 0 { separator } else { "" })?;
        item.fmt(out)?;
    }
    Ok(())
}

fn fields(out: &mut Formatter<'_>, names: &[Box<str>]) -> Result {
    names.iter().try_for_each(|name| write!(out, ".{name}"))
}
