//! Documents that are made from the definition of the command line: the reference page and the man pages.

use clap::builder::StyledStr;
use clap::{Arg, Args, Command};
use std::fmt::Write;
use std::io;
use std::path::{Path, PathBuf};

/// Write a man page of every verb into a folder
#[derive(Debug, Args)]
#[command(hide = true)]
pub(crate) struct Man {
    /// The folder
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
}

impl Man {
    /// Writes the pages.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub(crate) fn write(folder: &Path) -> io::Result<()> {
        std::fs::create_dir_all(folder)?;
        clap_mangen::generate_to(super::command(), folder)
    }
}

const HEAD: &str = "# Commands\n\n\
    This page is made from the definition of the command line with `sealer reference > docs/reference/cli.md`; a test fails \
    when it is stale.\n\n\
    Results go to standard output, everything else to standard error. Exit codes: 0 done, 1 failed, 2 the command line \
    makes no sense, 3 stopped part-way (the same command continues), 4 checks found problems, 130 interrupted, 255 a bug in \
    sealer.\n";

/// The reference of every visible verb, as Markdown.
pub(crate) fn reference() -> String {
    let mut command = super::command();
    command.build();
    let mut page = HEAD.to_owned();
    let everywhere = command.get_arguments().filter(|it| it.is_global_set());
    page.push_str("\n## Options of every verb\n\n");
    everywhere.for_each(|argument| describe(&mut page, argument));
    for verb in command.get_subcommands_mut() {
        section(&mut page, verb);
    }
    page
}

fn section(page: &mut String, command: &mut Command) {
    if command.is_hide_set() {
        return;
    }
    let about = command.get_long_about().or(command.get_about()).map(prose).unwrap_or_default();
    // only long texts have a full stop of their own
    let about = about.trim_end_matches('.');
    let usage = prose(&command.render_usage());
    let usage = usage.trim_start_matches("Usage: ");
    let name = command.get_bin_name().unwrap_or(command.get_name());
    put(page, format_args!("\n## {name}\n\n{about}.\n\n```text\n{usage}\n```\n"));
    let own = command.get_arguments().filter(|it| !it.is_global_set() && it.get_id() != "help");
    let own: Vec<&Arg> = own.filter(|argument| !argument.is_hide_set()).collect();
    if !own.is_empty() {
        page.push('\n');
    }
    own.into_iter().for_each(|argument| describe(page, argument));
    for inner in command.get_subcommands_mut() {
        section(page, inner);
    }
}

fn describe(page: &mut String, argument: &Arg) {
    if argument.is_hide_set() {
        return;
    }
    let help = argument.get_long_help().or(argument.get_help()).map(prose).unwrap_or_default();
    let help = help.replace("\n\n", ". ");
    put(page, format_args!("- `{}`: {help}{}\n", spelling(argument), remarks(argument)));
}

/// `-t, --tag <IMAGE>`.
fn spelling(argument: &Arg) -> String {
    let short = argument.get_short().map(|short| format!("-{short}"));
    let long = argument.get_long().map(|long| format!("--{long}"));
    let mut words: Vec<String> = short.into_iter().chain(long).collect();
    if argument.is_positional() || argument.get_action().takes_values() {
        let names = argument.get_value_names().unwrap_or_default();
        let value = names.iter().map(|name| format!("<{name}>")).collect::<String>();
        match words.last_mut() {
            Some(last) => *last = format!("{last} {value}"),
            None => words.push(value),
        }
    }
    words.join(", ")
}

/// Default and possible values.
fn remarks(argument: &Arg) -> String {
    if !argument.get_action().takes_values() {
        return String::new();
    }
    let mut remarks = String::new();
    let values = argument.get_possible_values();
    let names: Vec<String> =
        values.iter().filter(|value| !value.is_hide_set()).map(|value| format!("`{}`", value.get_name())).collect();
    if !names.is_empty() {
        put(&mut remarks, format_args!("; one of {}", names.join(", ")));
    }
    if let Some(default) = argument.get_default_values().first() {
        put(&mut remarks, format_args!("; `{}` without it", default.to_string_lossy()));
    }
    remarks
}

fn prose(text: &StyledStr) -> String {
    text.to_string().trim().to_owned()
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes all that is written to it");
}
