//! `sealer app apply`, and `sealer app wait` for objects that somebody else has applied.

use super::super::Context;
use super::super::blocking::blocking;
use super::{access, print, reach};
use crate::args::{AppApply, AppWait};
use crate::failure::Failure;
use crate::output;
use sealer_model::Reference;
use sealer_release::{ImageNames, Settings, Work};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Applies, and says which revision it has become.
///
/// # Errors
/// When a file cannot be read, the cluster cannot be reached, somebody else has claimed an object or a field, or objects do not become ready.
pub(super) async fn apply(request: AppApply, context: &Context) -> Result<(), Failure> {
    let names = image_names(request.image_names.clone()).await?;
    let settings = Settings { image_names: names, ..settings(&request) };
    let paths = request.paths;
    let manifests = blocking(move || read(&paths)).await?;
    let (reached, name) = reach(&request.application, context).await?;
    let target = (reached.namespace.as_str(), name.as_str());
    let mut work = Work::of_manifests(&reached.cluster, target, &settings, &context.listener)?;
    print::revision(&work.apply(&manifests).await?)
}

fn settings(request: &AppApply) -> Settings {
    Settings {
        waits: request.wait,
        timeout: Duration::from_secs(request.timeout),
        creates_namespace: request.create_namespace,
        takes_over: request.take_over,
        most_revisions: request.history_max,
        forces: request.force_conflicts,
        ..Settings::default()
    }
}

/// The names of images that are to be written otherwise.
///
/// # Errors
/// When the file cannot be read, or says something else.
pub(super) async fn image_names(path: Option<PathBuf>) -> Result<ImageNames, Failure> {
    let Some(path) = path else { return Ok(ImageNames::default()) };
    blocking(move || {
        let text = fs::read_to_string(&path).map_err(|error| unreadable(&path, error))?;
        let names: BTreeMap<Reference, Reference> = serde_json::from_str(&text)
            .map_err(|error| Failure::of(error).within(format!("{} is no list of image names", path.display())))?;
        Ok(ImageNames::new(names))
    })
    .await
}

/// Waits, and says how many objects are ready.
///
/// # Errors
/// When a file cannot be read, the cluster cannot be reached, or objects do not become ready.
pub(super) async fn wait(request: AppWait, context: &Context) -> Result<(), Failure> {
    let paths = request.paths;
    let manifests = blocking(move || read(&paths)).await?;
    let reached = access::reach(&request.kubeconfig, context).await?;
    let limit = Duration::from_secs(request.timeout);
    let count = sealer_release::await_ready(&reached.cluster, &manifests, &reached.namespace, limit).await?;
    output::print(format!("{count} objects are ready\n"))
}

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The files with their texts, of folders those that kubectl would take.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
    let mut manifests = Vec::new();
    for path in paths {
        for file in files(path)? {
            let text = fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
            manifests.push((file.display().to_string(), text));
        }
    }
    Ok(manifests)
}

fn files(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, error))? {
        let file = entry.map_err(|error| unreadable(path, error))?.path();
        let ending = file.extension().and_then(|ending| ending.to_str());
        if ending.is_some_and(|ending| ENDINGS.contains(&ending)) && file.is_file() {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: std::io::Error) -> Failure {
    Failure::of(error).within(format!("cannot read {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_folder_the_files_that_kubectl_takes_are_read_in_order() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.yml", "a.yaml", "notes.txt", "c.json"] {
            fs::write(folder.path().join(name), name).unwrap();
        }
        fs::create_dir(folder.path().join("d.yaml")).unwrap();
        let texts =
            |paths: &[PathBuf]| -> Vec<String> { read(paths).unwrap().into_iter().map(|(_, text)| text).collect() };
        assert_eq!(texts(&[folder.path().to_owned()]), ["a.yaml", "b.yml", "c.json"]);
        assert_eq!(texts(&[folder.path().join("notes.txt")]), ["notes.txt"]);
        assert!(read(&[folder.path().join("gone.yaml")]).is_err());
    }
}
