//! The product's face: what was typed (`args`) together with the surroundings (`settings`) decides what is done (`actions`),
//! which joins the rooms below. What happens meanwhile is told by `progress`, results are written by `output`, and whatever
//! goes wrong becomes a `failure` and an `exit` code.

mod actions;
mod args;
mod exit;
mod failure;
mod output;
mod panics;
mod progress;
mod settings;
mod signals;

use actions::Context;
use args::{Arguments, Global, Verb};
use exit::Exit;
use failure::Failure;
use panics::Panics;
use progress::Progress;
use settings::{Environment, Settings, Telling};
use std::io::Write;
use std::process::ExitCode;
use tokio_util::sync::CancellationToken;

/// Does what the command line says and tells how the process shall end.
#[must_use]
pub fn main() -> ExitCode {
    let exit = match args::read(std::env::args_os()) {
        // before anything starts a thread: a process with several cannot change its namespaces
        Ok(Arguments { verb: Verb::RunStep(step), .. }) => {
            return sealer_build::run_step(&step.folder, step.inside).into();
        }
        Ok(arguments) => command(&arguments.global, arguments.verb),
        Err(misread) => {
            misread.print();
            if misread.is_error() { Exit::Usage } else { Exit::Done }
        }
    };
    exit.into()
}

fn command(global: &Global, verb: Verb) -> Exit {
    let environment = Environment::of_this_process();
    let colour = settings::colour(global.color, &environment);
    match Settings::settle(global, &environment) {
        Ok(settings) => carry_out(verb, settings, environment),
        Err(failure) => report(&failure, colour, Telling::Lines),
    }
}

fn carry_out(verb: Verb, settings: Settings, environment: Environment) -> Exit {
    let panics = Panics::watch();
    let progress = Progress::start(&settings);
    let context =
        Context { settings, environment, listener: progress.listener.clone(), stop: CancellationToken::new() };
    let result = panics.catch(|| perform(verb, &context));
    progress.end();
    result.unwrap_or_else(|failure| report(&failure, context.settings.colour, context.settings.telling))
}

fn perform(verb: Verb, context: &Context) -> Result<Exit, Failure> {
    let missing = verb.not_yet();
    if !missing.is_empty() {
        return Err(Failure::not_yet(&missing));
    }
    // Installing it twice is the only way to fail, and this is the only place.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let result = runtime.block_on(actions::carry_out(verb, context));
    // What still runs in the background when a command was interrupted must not keep the process alive.
    runtime.shutdown_background();
    result
}

fn report(failure: &Failure, colour: bool, telling: Telling) -> Exit {
    let text = match telling {
        Telling::Ndjson => progress::record(failure.json()),
        Telling::Bars | Telling::Lines => failure.text(colour),
    };
    // There is nobody left to tell when that fails.
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
    failure.kind
}
