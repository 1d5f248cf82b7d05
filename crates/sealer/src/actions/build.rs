//! `sealer build`.

use super::Context;
use super::blocking::blocking;
use super::remote::{self, Wishes};
use super::store::open;
use super::version;
use crate::args::{Build, BuildMode, PullWhen};
use crate::failure::Failure;
use crate::output;
use crate::settings::Environment;
use sealer_build::{Mode, Options, PullPolicy};
use sealer_model::image_list::ImageList;
use sealer_model::{Platform, Reference};
use std::path::Path;

/// Builds an image and prints its name with its digest.
///
/// # Errors
/// When something in the Kubefile, the context or the images that they ask for is not as it should be.
pub(super) async fn build(request: Build, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let wishes = Wishes::insecure(&request.insecure, None);
    let options = options(request, &context.environment)?;
    let store = blocking(move || open(&folder)).await?;
    let client = remote::client(wishes, context).await?;
    let built = sealer_build::build(&store, &client, options, context.listener.clone()).await?;
    output::print(format!("{}@{}\n", built.name, built.descriptor.digest))
}

fn options(request: Build, environment: &Environment) -> Result<Options, Failure> {
    let here = Platform::from_machine(std::env::consts::ARCH);
    Ok(Options {
        kubefile: request.file.unwrap_or_else(|| request.context.join("Kubefile")),
        context: request.context,
        tag: request.tag,
        platforms: if request.platform.is_empty() { vec![here] } else { request.platform },
        image_type: request.image_type,
        build_args: request.build_arg.into_iter().collect(),
        labels: request.label.into_iter().collect(),
        annotations: request.annotation.into_iter().collect(),
        image_lists: request.image_list,
        ignored_images: request.ignored_image_list.as_deref().map_or(Ok(Vec::new()), names)?,
        mode: match request.build_mode {
            BuildMode::All => Mode::All,
            BuildMode::Lite => Mode::Lite,
        },
        allow_missing: request.allow_missing,
        pull_policy: match request.pull {
            PullWhen::Always => PullPolicy::Always,
            PullWhen::Missing => PullPolicy::Missing,
            PullWhen::Never => PullPolicy::Never,
            PullWhen::IfNewer => PullPolicy::IfNewer,
        },
        source_date_epoch: source_date_epoch(environment)?,
        sealer_version: version::number(),
    })
}

/// The images of a list.
fn names(list: &Path) -> Result<Vec<Reference>, Failure> {
    let text = std::fs::read_to_string(list)
        .map_err(|error| Failure::of(error).within(format!("cannot read {}", list.display())))?;
    let list = ImageList::parse(&list.display().to_string(), &text)?;
    Ok(list.entries.into_iter().map(|entry| entry.name).collect())
}

/// The time of the image's files, as <https://reproducible-builds.org> has it.
fn source_date_epoch(environment: &Environment) -> Result<Option<u64>, Failure> {
    let Some(text) = environment.text("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let invalid = |_| Failure::usage(format!("SOURCE_DATE_EPOCH is \"{text}\", which is no number of seconds"));
    text.parse().map(Some).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_an_image_comes_from_the_environment() {
        let read = |text| source_date_epoch(&Environment::of(&[("SOURCE_DATE_EPOCH", text)]));
        assert_eq!(read("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(read("").unwrap(), None);
        assert!(read("yesterday").is_err());
    }
}
