//! What each verb does, one file each: turn what was typed into what a room asks for, let the room work, print the result.

mod completion;
mod man;
mod reference;
mod version;

use crate::args::Verb;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::settings::{Environment, Settings};
use crate::signals;
use sealer_model::event::Listener;

/// What every action may use.
pub(crate) struct Context {
    /// Settled choices.
    pub(crate) settings: Settings,
    /// The surroundings of the process.
    pub(crate) environment: Environment,
    /// Who is told what happens.
    pub(crate) listener: Listener,
}

/// Carries a verb out, until it is done or somebody asks it to end.
///
/// # Errors
/// Whatever kept it from being done.
pub(crate) async fn carry_out(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    tokio::select! {
        result = dispatch(verb, context) => result,
        signal = signals::asked_to_end() => {
            signal?;
            Err(Failure::interrupted())
        }
    }
}

async fn dispatch(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    let _ = context;
    match verb {
        Verb::Version(it) => version::version(&it)?,
        Verb::Completion(it) => completion::completion(&it)?,
        Verb::Man(it) => man::man(&it)?,
        Verb::Reference => reference::reference()?,
        _ => return Err(Failure::failed("not wired")),
    }
    Ok(Exit::Done)
}
