//! The arrows between the rooms point down only. This check reads what each crate really depends on and compares it with the drawing in
//! `docs/architecture.md`, so that the drawing stays true.

use std::path::Path;

use serde::Deserialize;

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::Folders;

/// A room, the rooms it may use, and why no others. `*` allows all.
const ROOMS: [(&str, &[&str], &str); 12] = [
    ("model", &[], "the model says what things are; it stands under everything"),
    ("image", &["model"], "images are moved without knowing what moves them"),
    ("template", &[], "a template is text and values; it knows no chart and no image"),
    ("chart", &["model", "template"], "a chart is rendered from text and values alone"),
    ("registry", &["model", "image"], "the registry serves the store and knows no cluster"),
    ("tailor", &["model", "template"], "what a site changes in an image's files is decided from texts alone"),
    (
        "build",
        &["model", "image", "template", "chart", "tailor"],
        "building needs no host, no cluster and no registry of ours",
    ),
    ("host", &["model"], "a host is reached without knowing what Kubernetes or an image is"),
    (
        "cluster",
        &["model", "host", "template", "tailor"],
        "a cluster gets a bundle's description and an address, never a store",
    ),
    ("agent", &["model", "image", "registry"], "the agent runs on hosts: the shortest list of all"),
    (
        "release",
        &["model", "template", "chart"],
        "a release is a chart and a cluster's API; it knows no host and no image",
    ),
    ("sealer", &["*"], "the product joins the rooms"),
];

#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: String,
    dependencies: Vec<Dependency>,
}

#[derive(Debug, Deserialize)]
struct Dependency {
    name: String,
    path: Option<String>,
    kind: Option<String>,
}

/// Fails with every arrow that may not be.
pub(crate) fn check(folders: &Folders) -> Result<()> {
    let cargo = Program::new(crate::dist::cargo()).arguments(["metadata", "--no-deps", "--format-version", "1"]);
    let text = cargo.folder(&folders.repository).output()?;
    let metadata: Metadata = serde_json::from_str(&text).map_err(Error::json("cargo metadata"))?;
    let wrong: Vec<String> = metadata.packages.iter().flat_map(forbidden).collect();
    if !wrong.is_empty() {
        return Err(Error::unmet(wrong.join("\n")));
    }
    println!("    {} crates, every arrow points down", metadata.packages.len());
    Ok(())
}

/// The complaints about one crate's dependencies. Those for tests alone are not in the drawing.
fn forbidden(package: &Package) -> Vec<String> {
    let Some(from) = room(&package.manifest_path) else {
        return Vec::new();
    };
    let manifest = &package.manifest_path;
    let Some((_, allowed, reason)) = ROOMS.iter().find(|(name, ..)| *name == from) else {
        return vec![format!("{manifest}: {from} ({}) is not in the drawing; add it there and here", package.name)];
    };
    let real = package.dependencies.iter().filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    let rooms = real.filter_map(|dependency| Some((dependency, room_of_folder(dependency.path.as_deref()?)?)));
    let crossed = rooms.filter(|(_, to)| !allowed.contains(&"*") && !allowed.contains(&to.as_str()));
    let explain = |(dependency, to): (&Dependency, String)| {
        let may = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        format!("{manifest}: {from} -> {to} ({}) is forbidden; {from} may use {may}: {reason}", dependency.name)
    };
    crossed.map(explain).collect()
}

/// The room of a manifest `.../crates/NAME/Cargo.toml`; none for what is no room.
fn room(manifest: &str) -> Option<String> {
    room_of_folder(Path::new(manifest).parent()?.to_str()?)
}

fn room_of_folder(folder: &str) -> Option<String> {
    let folder = Path::new(folder);
    let in_crates = folder.parent()?.file_name()? == "crates";
    in_crates.then(|| folder.file_name()?.to_str().map(str::to_owned)).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, to: &str, kind: Option<&str>) -> Package {
        let path = Some(format!("/checkout/crates/{to}"));
        let dependency = Dependency { name: format!("sealer-{to}"), path, kind: kind.map(str::to_owned) };
        Package {
            name: format!("sealer-{name}"),
            manifest_path: format!("/checkout/crates/{name}/Cargo.toml"),
            dependencies: vec![dependency],
        }
    }

    #[test]
    fn an_arrow_that_points_up_is_named_with_its_file_and_reason() {
        assert_eq!(
            forbidden(&package("cluster", "image", None)),
            [
                "/checkout/crates/cluster/Cargo.toml: cluster -> image (sealer-image) is forbidden; cluster may use model, host, template, tailor: \
              a cluster gets a bundle's description and an address, never a store"
            ]
        );
    }

    #[test]
    fn allowed_arrows_and_those_for_tests_are_fine() {
        assert_eq!(forbidden(&package("agent", "registry", None)), Vec::<String>::new());
        assert_eq!(forbidden(&package("sealer", "cluster", None)), Vec::<String>::new());
        assert_eq!(forbidden(&package("model", "image", Some("dev"))), Vec::<String>::new());
    }

    #[test]
    fn a_crate_outside_the_drawing_is_refused() {
        assert_eq!(forbidden(&package("helpers", "model", None)).len(), 1);
    }
}
