//! The question before something that cannot be taken back.

use super::Context;
use super::blocking::blocking;
use crate::failure::Failure;
use std::io::{self, Write};

/// Asks the person at the terminal; anything but yes is no.
///
/// # Errors
/// When the answer is no, or nobody is there to answer.
pub(super) async fn confirm(question: String, context: &Context) -> Result<(), Failure> {
    if !context.environment.interactive {
        return Err(
            Failure::usage("there is no terminal to ask at whether this is really meant").hint("give --yes if it is")
        );
    }
    let answer = blocking(move || Ok(ask(&question)?)).await?;
    if matches!(answer.trim(), "y" | "Y" | "yes" | "Yes") {
        Ok(())
    } else {
        Err(Failure::failed("not confirmed; nothing was changed"))
    }
}

fn ask(question: &str) -> io::Result<String> {
    write!(io::stderr(), "{question} [y/N] ")?;
    let mut answer = String::new();
    io::stdin().read_line(&mut answer)?;
    Ok(answer)
}
