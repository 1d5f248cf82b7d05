//! `sealer app wait`: for objects that somebody else has applied.

use super::super::Context;
use super::super::blocking::blocking;
use super::access;
use crate::args::AppWait;
use crate::failure::Failure;
use crate::output;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Waits, and says how many objects are ready.
///
/// # Errors
/// When a file cannot be read, the cluster cannot be reached, or objects do not become ready.
pub(super) async fn wait(request: AppWait, context: &Context) -> Result<(), Failure> {
    let paths = request.paths;
    let manifests = blocking(move || manifests(&paths)).await?;
    let reached = access::reach(&request.kubeconfig, context).await?;
    let limit = Duration::from_secs(request.timeout);
    let count = sealer_release::await_ready(&reached.cluster, &manifests, &reached.namespace, limit).await?;
    output::print(format!("{count} objects are ready\n"))
}

const ENDINGS: [&str; 3] = ["yaml", "yml", "json"];

/// The files with their texts, of folders those that kubectl would take.
fn manifests(paths: &[PathBuf]) -> Result<Vec<(String, String)>, Failure> {
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
        let texts = |paths: &[PathBuf]| -> Vec<String> {
            manifests(paths).unwrap().into_iter().map(|(_, text)| text).collect()
        };
        assert_eq!(texts(&[folder.path().to_owned()]), ["a.yaml", "b.yml", "c.json"]);
        assert_eq!(texts(&[folder.path().join("notes.txt")]), ["notes.txt"]);
        assert!(manifests(&[folder.path().join("gone.yaml")]).is_err());
    }
}
