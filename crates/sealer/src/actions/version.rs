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

/// What tells a build that takes this very file into an image which version it is: a program for another processor cannot be asked.
const MARK: &str = concat!("<sealer-program v", env!("CARGO_PKG_VERSION"), ">");

/// `v1.2.3`.
pub(crate) fn number() -> String {
    // read from the mark, so that no optimization leaves that out of the program
    let mark = std::hint::black_box(MARK);
    mark.trim_end_matches('>').rsplit(' ').next().unwrap_or_default().to_owned()
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

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::program_file::VersionSearch;

    #[test]
    fn the_version_is_found_in_the_mark() {
        let mut search = VersionSearch::default();
        search.take(MARK.as_bytes());
        assert_eq!(search.finish().unwrap(), number());
        assert_eq!(number(), concat!("v", env!("CARGO_PKG_VERSION")));
    }
}
