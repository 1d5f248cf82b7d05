//! `sealer inspect`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{Inspect, InspectFormat};
use crate::failure::Failure;
use crate::output::{self, Format};
use sealer_image::{ContainerImage, Error, Inspection, PlainInspection, Store};
use sealer_model::Reference;
use serde::Serialize;
use serde_json::Value;

/// An image of this machine, described.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged)]
enum Found {
    Cluster(Box<Inspection>),
    Plain(Box<PlainInspection>),
}

/// Prints what an image is made of, or the container images that it carries.
///
/// # Errors
/// When it is not there, or container images are wanted of what is no cluster image.
pub(super) async fn inspect(request: Inspect, context: &Context) -> Result<(), Failure> {
    let wants_images = request.images || request.output == Some(InspectFormat::Table);
    let (folder, image) = (context.settings.store(), request.image.clone());
    let found = blocking(move || find(&open(&folder)?, &image, wants_images)).await?;
    if let Some(format) = &request.format {
        let text = Format::new(format).text(vec![fields(&found)?], Value::Null)?;
        return output::print(text);
    }
    match (&found, request.output) {
        (Found::Cluster(found), None | Some(InspectFormat::Table)) if wants_images => {
            output::print(table(&found.container_images))
        }
        (Found::Cluster(found), _) if wants_images => output::print_json(&found.container_images),
        _ => output::print_json(&found),
    }
}

fn find(store: &Store, asked: &Reference, wants_images: bool) -> Result<Found, Failure> {
    let name = store.name_of(asked)?;
    match sealer_image::inspect(store, &name) {
        Err(Error::NotAClusterImage { .. }) if !wants_images => {
            Ok(Found::Plain(Box::new(sealer_image::inspect_plain(store, &name)?)))
        }
        found => Ok(Found::Cluster(Box::new(found?))),
    }
}

/// The fields of the JSON. Those of a cluster image itself go by the Go sealer's names, too.
fn fields(found: &Found) -> Result<Value, Failure> {
    let mut fields = serde_json::to_value(found)?;
    if let Value::Object(fields) = &mut fields {
        let former = [
            ("ID", "digest"),
            ("Name", "name"),
            ("Digest", "digest"),
            ("ImageExtension", "imageExtension"),
            ("ContainerImageList", "containerImages"),
        ];
        for (name, field) in former {
            if let Some(value) = fields.get(field).cloned() {
                fields.insert(name.to_owned(), value);
            }
        }
    }
    Ok(fields)
}

/// One line for each place that asks for an image.
fn table(images: &[ContainerImage]) -> String {
    let mut rows = vec![["IMAGE", "PLATFORM", "APPLICATION", "ASKED FOR BY"].map(str::to_owned)];
    for image in images {
        let (name, platform) = (image.name.to_string(), image.platform.to_string());
        if image.demands.is_empty() {
            rows.push([name.clone(), platform.clone(), String::new(), "-".to_owned()]);
        }
        for demand in &image.demands {
            let application = demand.application.clone().unwrap_or_else(|| "-".to_owned());
            rows.push([name.clone(), platform.clone(), application, demand.to_string()]);
        }
    }
    output::table(&rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::Demand;
    use sealer_model::{Digest, Platform};

    #[test]
    fn every_image_comes_with_everyone_who_asks_for_it() {
        let demand = |application: Option<&str>| Demand {
            application: application.map(str::to_owned),
            file: "f".into(),
            field: "x".into(),
            ..Demand::default()
        };
        let image = |name: &str, demands| ContainerImage {
            name: name.parse().unwrap(),
            digest: Digest::of(b""),
            original_index: None,
            platform: Platform::linux("amd64"),
            demands,
        };
        let text = table(&[image("r.io/a:1", vec![demand(Some("web")), demand(None)]), image("r.io/b:1", Vec::new())]);
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split_whitespace().collect()).collect();
        assert_eq!(
            lines[1..],
            [
                vec!["r.io/a:1", "linux/amd64", "web", "f,", "x"],
                vec!["r.io/a:1", "linux/amd64", "-", "f,", "x"],
                vec!["r.io/b:1", "linux/amd64", "-"],
            ]
        );
    }
}
