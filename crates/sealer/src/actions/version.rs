//! `sealer version`.

use crate::args::{OutputFormat, Version};
use crate::failure::Failure;
use crate::output;
use sealer_model::Platform;
use serde::Serialize;

/// sealer's version, with the fields that the Go sealer prints too.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    major: &'static str,
    minor: &'static str,
    git_version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    git_commit: Option<&'static str>,
    platform: String,
}

/// Set by whoever makes a release.
const COMMIT: Option<&str> = option_env!("SEALER_COMMIT");

/// `v1.2.3`.
pub(crate) fn number() -> String {
    format!("v{}", env!("CARGO_PKG_VERSION"))
}

/// Prints the version.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) fn version(request: &Version) -> Result<(), Failure> {
    let report = Report {
        major: env!("CARGO_PKG_VERSION_MAJOR"),
        minor: env!("CARGO_PKG_VERSION_MINOR"),
        git_version: number(),
        git_commit: COMMIT,
        platform: Platform::from_machine(std::env::consts::ARCH).to_string(),
    };
    match request.output {
        _ if request.short => output::print(number() + "\n"),
        OutputFormat::Json => output::print_json(&report),
        OutputFormat::Table => {
            let commit = COMMIT.map(|commit| format!(" ({commit})")).unwrap_or_default();
            output::print(format!("sealer {}{commit} {}\n", report.git_version, report.platform))
        }
    }
}
