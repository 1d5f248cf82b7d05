//! `sealer images`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::Images;
use crate::failure::Failure;
use crate::output::{self, Format};
use crate::settings::Verbosity;
use sealer_image::{NamedImage, Store, summary};
use sealer_model::{Digest, Reference};
use serde::Serialize;
use serde_json::{Value, json};
use std::path::Path;

/// One image of the list.
#[derive(Clone, Debug, Serialize)]
struct Listed {
    name: Reference,
    repository: String,
    tag: Option<String>,
    digest: Digest,
    created: Option<String>,
    /// None where something of the image is missing.
    size: Option<u64>,
}

/// Lists the images of this machine.
///
/// # Errors
/// When the store cannot be read.
pub(super) async fn images(request: Images, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let images = blocking(move || list(&folder)).await?;
    if request.wants_json() {
        return output::print_json(&images);
    }
    if let Some(format) = &request.format {
        let now = jiff::Timestamp::now();
        let fields = images.iter().map(|image| fields(image, request.no_trunc, now)).collect();
        return output::print(Format::new(format).text(fields, headings())?);
    }
    if context.settings.verbosity == Verbosity::Quiet {
        let lines = images.iter().map(|it| identifier(&it.digest, request.no_trunc) + "\n");
        return output::print(lines.collect::<String>());
    }
    output::print(table(&images, &request))
}

fn list(folder: &Path) -> Result<Vec<Listed>, Failure> {
    let store = open(folder)?;
    Ok(store.images()?.into_iter().map(|image| listed(&store, image)).collect())
}

fn listed(store: &Store, image: NamedImage) -> Listed {
    let NamedImage { name, descriptor } = image;
    // One image that is not whole is no reason not to see the others.
    let summary = summary(store, &descriptor).ok();
    Listed {
        repository: name.repository(),
        tag: name.tag().map(str::to_owned),
        size: summary.as_ref().map(|summary| summary.size),
        created: summary.and_then(|summary| summary.created),
        digest: descriptor.digest,
        name,
    }
}

/// An image in the words that docker and podman have for it.
fn fields(image: &Listed, whole: bool, now: jiff::Timestamp) -> Value {
    let [repository, tag, digest, id, created, size] = row(image, whole, now);
    json!({
        "Repository": repository, "Tag": tag, "Digest": digest, "ID": id, "CreatedSince": created, "Size": size,
        "CreatedAt": image.created, "Name": image.name, "SizeBytes": image.size,
    })
}

/// What stands above these in a table.
fn headings() -> Value {
    json!({
        "Repository": "REPOSITORY", "Tag": "TAG", "Digest": "DIGEST", "ID": "IMAGE ID", "CreatedSince": "CREATED",
        "Size": "SIZE", "CreatedAt": "CREATED AT", "Name": "NAME", "SizeBytes": "SIZE",
    })
}

fn table(images: &[Listed], request: &Images) -> String {
    let head = ["REPOSITORY", "TAG", "DIGEST", "IMAGE ID", "CREATED", "SIZE"].map(str::to_owned);
    let head = (!request.noheading).then_some(head);
    let now = jiff::Timestamp::now();
    let rows = images.iter().map(|image| row(image, request.no_trunc, now));
    let rows: Vec<[String; 6]> = head.into_iter().chain(rows).collect();
    if request.digests {
        return output::table(&rows);
    }
    let without_digest = rows.into_iter().map(|[name, tag, _, id, created, size]| [name, tag, id, created, size]);
    output::table(&without_digest.collect::<Vec<_>>())
}

fn row(image: &Listed, whole: bool, now: jiff::Timestamp) -> [String; 6] {
    [
        image.repository.clone(),
        image.tag.clone().unwrap_or_else(|| "<none>".to_owned()),
        image.digest.to_string(),
        identifier(&image.digest, whole),
        created(image.created.as_deref(), now),
        image.size.map_or_else(|| "incomplete".to_owned(), output::size),
    ]
}

fn identifier(digest: &Digest, whole: bool) -> String {
    if whole { digest.to_string() } else { digest.short().to_owned() }
}

/// Reproducible images say that they are from 1970, which tells nobody anything.
fn created(time: Option<&str>, now: jiff::Timestamp) -> String {
    let time = time.and_then(|time| time.parse::<jiff::Timestamp>().ok());
    match time.map(|time| time.as_second()) {
        None | Some(..=0) => "-".to_owned(),
        Some(seconds) => output::age(now.as_second() - seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_without_an_honest_time_has_no_age() {
        let now = jiff::Timestamp::from_second(1_700_000_000).unwrap();
        assert_eq!(created(None, now), "-");
        assert_eq!(created(Some("1970-01-01T00:00:00Z"), now), "-");
        assert_eq!(created(Some("yesterday"), now), "-");
        assert_eq!(created(Some("2023-11-13T22:13:20Z"), now), "1 day ago");
    }
}
