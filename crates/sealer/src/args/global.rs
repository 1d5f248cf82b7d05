//! Options that every verb has.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Options that every verb has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every verb")]
pub(crate) struct Global {
    /// Folder for everything that sealer keeps on this machine; also SEALER_ROOT
    ///
    /// Without it, /var/lib/sealer for root and ~/.local/share/sealer for everybody else.
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Print only results, warnings and errors
    #[arg(short, long, global = true)]
    pub(crate) quiet: bool,
    /// Print what programs on the hosts print, too
    #[arg(short, long, global = true, conflicts_with = "quiet")]
    pub(crate) debug: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub(crate) color: ColourWhen,
    /// How to tell what happens on standard error: for people, or one JSON document a line
    #[arg(long, global = true, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) events: EventFormat,
    /// Accepted because the Go sealer accepts them; they only concern its log lines.
    #[command(flatten)]
    pub(crate) harmless: Harmless,
}

/// Options of the Go sealer that change nothing that anybody could miss.
#[derive(Debug, Args)]
pub(crate) struct Harmless {
    #[arg(long, global = true, hide = true)]
    hide_time: bool,
    #[arg(long, global = true, hide = true)]
    hide_path: bool,
    #[arg(long, global = true, hide = true, num_args = 0..=1, require_equals = true)]
    log_to_file: Option<Option<bool>>,
    #[arg(long, global = true, hide = true)]
    config: Option<PathBuf>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourWhen {
    /// On a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How to tell what happens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EventFormat {
    /// Bars on a terminal, plain lines elsewhere
    #[default]
    Text,
    /// One JSON document a line
    Ndjson,
}

/// How to print a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    #[default]
    Table,
    /// One JSON document
    Json,
}
