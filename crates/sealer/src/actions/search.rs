//! `sealer search`.

use super::Context;
use super::remote::{self, Wishes};
use crate::args::{OutputFormat, Search, Searched};
use crate::failure::Failure;
use crate::output;
use sealer_image::remote::Names;
use sealer_model::Reference;
use serde::Serialize;

/// One name that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Found {
    /// The full name, with the tag where there is one.
    name: String,
    repository: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<String>,
}

/// Lists repositories and tags of registries.
///
/// # Errors
/// When a registry cannot be reached, does not let us in, or does not have what is asked for.
pub(super) async fn search(request: Search, context: &Context) -> Result<(), Failure> {
    let mut found = Vec::new();
    for searched in &request.names {
        let wishes = Wishes::insecure(&request.insecure, request.skip_tls_verify.then_some(place(searched)));
        let client = remote::client(wishes, context).await?;
        let names = match searched {
            Searched::Repositories { registry, prefix } => client.repositories(registry, prefix, request.limit).await,
            Searched::Tags { repository, prefix } => client.tags(repository, prefix, request.limit).await,
        };
        let names = names.map_err(|error| Failure::of(error).within(format!("cannot search {}", told(searched))))?;
        if names.more {
            let limit = request.limit;
            context.listener.warn(format!("{} has more than {limit} names: see --limit", told(searched)));
        }
        found.extend(entries(searched, names));
    }
    match request.output {
        OutputFormat::Json => output::print_json(&found),
        OutputFormat::Table => output::print(found.iter().map(|it| format!("{}\n", it.name)).collect::<String>()),
    }
}

fn place(searched: &Searched) -> &Reference {
    match searched {
        Searched::Repositories { registry, .. } => registry,
        Searched::Tags { repository, .. } => repository,
    }
}

fn told(searched: &Searched) -> String {
    match searched {
        Searched::Repositories { registry, prefix } => format!("{}/{prefix}", registry.domain()),
        Searched::Tags { repository, .. } => repository.repository(),
    }
}

fn entries(searched: &Searched, names: Names) -> Vec<Found> {
    let entry = |name: String| match searched {
        Searched::Repositories { registry, .. } => {
            let name = format!("{}/{name}", registry.domain());
            Found { repository: name.clone(), name, tag: None }
        }
        Searched::Tags { repository, .. } => {
            let repository = repository.repository();
            Found { name: format!("{repository}:{name}"), repository, tag: Some(name) }
        }
    };
    names.names.into_iter().map(entry).collect()
}
