//! `configMapGenerator` and `secretGenerator`: what they put into data may be manifests that an operator applies.

use super::manifest::{Generator, Kustomization};
use super::{Problem, Resource, text};
use crate::discovery::tree::{Tree, folder_of, resolved};
use serde_json::{Map, Value, json};

/// The documents that a kustomization generates.
pub(super) fn made(tree: Tree<'_>, file: &str, kustomization: &Kustomization) -> Result<Vec<Resource>, Problem> {
    let maps = kustomization.config_map_generator.iter().map(|generator| (generator, "ConfigMap", "data"));
    let secrets = kustomization.secret_generator.iter().map(|generator| (generator, "Secret", "stringData"));
    maps.chain(secrets)
        .map(|(generator, kind, field)| {
            let data = data(tree, file, generator)?;
            let value = json!({"apiVersion": "v1", "kind": kind, "metadata": {"name": generator.name}, field: data});
            Ok(Resource::new(value, file))
        })
        .collect()
}

fn data(tree: Tree<'_>, file: &str, generator: &Generator) -> Result<Value, Problem> {
    let mut data = Map::new();
    let read = |path: &str| {
        let reason = || Problem { file: file.to_owned(), reason: format!("{path} leads out of the rootfs") };
        text(tree, file, &resolved(folder_of(file), path).ok_or_else(reason)?)
    };
    for named in &generator.files {
        let (key, path) = named.split_once('=').unwrap_or_else(|| (named.rsplit('/').next().unwrap_or(named), named));
        data.insert(key.to_owned(), read(path)?.into());
    }
    let mut pairs: Vec<String> = generator.literals.clone();
    for path in generator.envs.iter().chain(&generator.env) {
        pairs.extend(read(path)?.lines().filter(|line| !line.starts_with('#')).map(str::to_owned));
    }
    for (key, value) in pairs.iter().filter_map(|pair| pair.split_once('=')) {
        data.insert(key.to_owned(), value.trim_matches(['"', '\'']).into());
    }
    Ok(Value::Object(data))
}
