//! `sealer search`.

use super::{Insecure, OutputFormat};
use clap::Args;
use sealer_model::Reference;

/// List what a registry has
///
/// HOST/ lists its repositories, HOST/team/ those that begin with team/; anything else is a repository, and its tags are listed.
#[derive(Debug, Args)]
pub(crate) struct Search {
    /// HOST/, HOST/FOLDER/ or the name of a repository
    #[arg(value_name = "NAME", required = true, value_parser = searched)]
    pub(crate) names: Vec<Searched>,
    /// The most names to list of each
    #[arg(long, value_name = "NUMBER", default_value_t = 1000)]
    pub(crate) limit: usize,
    /// How to print
    #[arg(long, short, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: OutputFormat,
    /// Do not check the registry's certificate, and speak plain HTTP to a registry that has none
    #[arg(long)]
    pub(crate) skip_tls_verify: bool,
    #[command(flatten)]
    pub(crate) insecure: Insecure,
}

/// What to list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Searched {
    /// Repositories of a registry.
    Repositories {
        /// Any name in the registry.
        registry: Reference,
        /// What they begin with.
        prefix: String,
    },
    /// Tags of a repository.
    Tags {
        /// The repository.
        repository: Reference,
        /// What they begin with.
        prefix: String,
    },
}

/// Where the Go sealer looks for names that say nothing else.
const DEFAULT_FOLDER: &str = "docker.io/sealerio";

fn searched(text: &str) -> Result<Searched, String> {
    let parse = |text: &str| -> Result<Reference, String> {
        text.parse().map_err(|error: sealer_model::reference::InvalidReference| error.to_string())
    };
    let (host, rest) = text.split_once('/').unwrap_or((text, ""));
    if text.ends_with('/') || (rest.is_empty() && is_host(host)) {
        let registry = parse(&format!("{host}/any"))?;
        if registry.domain() != host {
            return Err(format!("{host} is no host: a name of a repository does not end with a slash"));
        }
        return Ok(Searched::Repositories { registry, prefix: rest.to_owned() });
    }
    let name = if text.contains('/') { text.to_owned() } else { format!("{DEFAULT_FOLDER}/{text}") };
    let repository = parse(&name)?;
    let is_tagged = text.rsplit('/').next().is_some_and(|last| last.contains(':'));
    let prefix = repository.tag().filter(|_| is_tagged).unwrap_or_default().to_owned();
    Ok(Searched::Tags { repository, prefix })
}

/// Whether a word alone is a host and no short name of an image.
fn is_host(word: &str) -> bool {
    let name = word.split(':').next().unwrap_or_default();
    name == "localhost" || name.contains('.') || word.starts_with('[')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_and_folders_are_told_from_repositories() {
        let told = |text: &str| match searched(text) {
            Ok(Searched::Repositories { registry, prefix }) => {
                format!("repositories of {} {prefix}", registry.domain())
            }
            Ok(Searched::Tags { repository, prefix }) => format!("tags of {} {prefix}", repository.repository()),
            Err(_) => "nothing".to_owned(),
        };
        let cases = [
            ("registry.example", "repositories of registry.example "),
            ("127.0.0.1:5000", "repositories of 127.0.0.1:5000 "),
            ("localhost:5000", "repositories of localhost:5000 "),
            ("myhost:5000/", "repositories of myhost:5000 "),
            ("registry.example/team/", "repositories of registry.example team/"),
            ("registry.example/team/app", "tags of registry.example/team/app "),
            ("registry.example/team/app:v1", "tags of registry.example/team/app v1"),
            ("kubernetes", "tags of docker.io/sealerio/kubernetes "),
            ("kubernetes:v1.2", "tags of docker.io/sealerio/kubernetes v1.2"),
            ("library/nginx", "tags of docker.io/library/nginx "),
            ("nohost/", "nothing"),
            ("team/UPPER", "nothing"),
        ];
        for (text, expected) in cases {
            assert_eq!(told(text), expected, "{text}");
        }
    }
}
