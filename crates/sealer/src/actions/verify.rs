//! `sealer verify`.

use super::Context;
use super::blocking::blocking;
use super::store::open;
use crate::args::{OutputFormat, VerifyImage};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_build::{Completeness, Leaving, completeness};
use std::fmt::Write;

/// Looks for names that an image asks for and does not carry, and prints what it found.
///
/// # Errors
/// When the image is not there, is no cluster image, or is damaged.
pub(super) async fn verify(request: VerifyImage, context: &Context) -> Result<Exit, Failure> {
    let folder = context.settings.store();
    let found = blocking(move || Ok(completeness(&open(&folder)?, &request.image)?)).await?;
    match request.output {
        OutputFormat::Json => output::print_json(&found)?,
        OutputFormat::Table => output::print(report(&found))?,
    }
    Ok(if found.is_complete() { Exit::Done } else { Exit::ProblemsFound })
}

fn report(found: &Completeness) -> String {
    let mut text = String::new();
    found.leaving.iter().for_each(|leaving| line(&mut text, "leaves the site", leaving));
    found.allowed.iter().for_each(|leaving| line(&mut text, "allowed to be missing", leaving));
    for file in &found.unsearched {
        let _ = writeln!(text, "cannot be searched: {file}");
    }
    for file in &found.allowed_unsearched {
        let _ = writeln!(text, "allowed not to be searched: {file}");
    }
    let Completeness { image, digest, asked_for, leaving, allowed, unsearched, .. } = found;
    let (leaving, allowed, unsearched) = (leaving.len(), allowed.len(), unsearched.len());
    let _ = writeln!(
        text,
        "{image}@{digest} asks for {asked_for} images: {leaving} leave the site, {allowed} are allowed to be missing, \
         {unsearched} files cannot be searched"
    );
    text
}

fn line(text: &mut String, what: &str, Leaving { name, platform, demands }: &Leaving) {
    let _ = writeln!(text, "{what}: {name} for {platform}");
    for demand in demands {
        let _ = writeln!(text, "    asked for by {demand}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::Demand;
    use sealer_model::{Digest, Platform};

    #[test]
    fn every_name_is_told_with_who_asks_for_it() {
        let demand = Demand { file: "manifests/p.yaml".into(), field: "spec.image".into(), ..Demand::default() };
        let leaving =
            Leaving { name: "r.io/a:1".parse().unwrap(), platform: Platform::linux("amd64"), demands: vec![demand] };
        let found = Completeness {
            image: "demo:v1".parse().unwrap(),
            digest: Digest::of(b""),
            asked_for: 2,
            leaving: vec![leaving],
            allowed: Vec::new(),
            unsearched: Vec::new(),
            allowed_unsearched: Vec::new(),
        };
        let text = report(&found);
        let start = "leaves the site: r.io/a:1 for linux/amd64\n    asked for by manifests/p.yaml, spec.image\n";
        assert!(text.starts_with(start), "{text}");
        assert!(text.ends_with(
            "asks for 2 images: 1 leave the site, 0 are allowed to be missing, 0 files cannot be searched\n"
        ));
    }
}
