//! The way to registries: whose certificates are checked, and who we are there.

use super::Context;
use super::blocking::blocking;
use crate::args::Insecure;
use crate::failure::Failure;
use crate::settings::Environment;
use sealer_image::remote::{Client, Login, Options};
use sealer_model::Reference;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How one command wants to reach registries.
#[derive(Clone, Debug, Default)]
pub(super) struct Wishes {
    /// Registries that need not prove who they are, `HOST` or `HOST:PORT`.
    pub(super) insecure: Vec<String>,
    /// A file with credentials, before all others.
    pub(super) credentials: Option<PathBuf>,
    /// Files with certificates of authorities to believe, too.
    pub(super) authorities: Vec<PathBuf>,
    /// Who we are for certain repositories, whatever files say.
    pub(super) logins: BTreeMap<String, Login>,
}

impl Wishes {
    /// The registries that `--insecure-registry` names, and that of an image whose certificate is not to be checked.
    pub(super) fn insecure(named: &Insecure, unchecked: Option<&Reference>) -> Self {
        let unchecked = unchecked.map(|image| image.domain().to_owned());
        Self { insecure: named.hosts.iter().cloned().chain(unchecked).collect(), ..Self::default() }
    }
}

/// A client of registries.
///
/// # Errors
/// When a file with credentials cannot be understood.
pub(super) async fn client(wishes: Wishes, context: &Context) -> Result<Client, Failure> {
    let usual = credential_files(&context.environment, &context.settings.root);
    let options = Options {
        insecure_hosts: wishes.insecure,
        authorities: wishes.authorities,
        credential_files: wishes.credentials.into_iter().chain(usual).collect(),
        logins: wishes.logins,
        ..Options::default()
    };
    blocking(move || Ok(Client::new(options)?)).await
}

/// The authorities in a folder as docker and podman have them for a registry: `*.crt`. Blocks.
///
/// # Errors
/// When the folder cannot be read, or holds a client's own certificate, which is not sent.
pub(super) fn authorities(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let failed = |error: std::io::Error| Failure::of(error).within(format!("cannot read {}", folder.display()));
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("crt") => found.push(path),
            Some("cert" | "key") => {
                let path = path.display();
                return Err(Failure::usage(format!("{path} is a client's own certificate or key, which is not sent")));
            }
            _ => {}
        }
    }
    found.sort();
    Ok(found)
}

/// Where this program, podman and docker keep credentials, the nearest first.
pub(super) fn credential_files(environment: &Environment, root: &Path) -> Vec<PathBuf> {
    let runtime = environment.path("XDG_RUNTIME_DIR").map(|it| it.join("containers/auth.json"));
    let home = |path| environment.path("HOME").map(|home| home.join(path));
    let docker = environment.path("DOCKER_CONFIG").or_else(|| home(".docker"));
    let files = [
        Some(root.join("auth.json")),
        environment.path("REGISTRY_AUTH_FILE"),
        runtime,
        home(".sealer/auth.json"),
        docker.map(|folder| folder.join("config.json")),
    ];
    files.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_of_other_tools_are_found() {
        let environment = Environment::of(&[("HOME", "/h"), ("XDG_RUNTIME_DIR", "/run/user/1")]);
        let files = credential_files(&environment, "/root".as_ref());
        let expected =
            ["/root/auth.json", "/run/user/1/containers/auth.json", "/h/.sealer/auth.json", "/h/.docker/config.json"];
        assert_eq!(files, expected.map(PathBuf::from));
    }

    #[test]
    fn a_folder_of_certificates_holds_authorities_and_no_keys() {
        let folder = tempfile::tempdir().unwrap();
        for file in ["b.crt", "a.crt", "notes.txt"] {
            std::fs::write(folder.path().join(file), "").unwrap();
        }
        let found = authorities(folder.path()).unwrap();
        assert_eq!(found, ["a.crt", "b.crt"].map(|file| folder.path().join(file)));
        std::fs::write(folder.path().join("client.key"), "").unwrap();
        assert!(authorities(folder.path()).unwrap_err().causes[0].contains("client.key"));
        assert!(authorities(&folder.path().join("absent")).is_err());
    }
}
