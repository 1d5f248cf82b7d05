//! Real clients, each from a package: what they push comes back as it was, by tag and by digest, with a password and over TLS.
//! A client that is not installed is left out, and the test says so.

mod containerd;
mod docker;
pub(crate) mod programs;
mod python;

use crate::client::Served;
use crate::connections::certificate;
use crate::fixtures::image;
use programs::{Program, installed};
use sealer_image::Store;
use sealer_image::remote::{Client, Options};
use sealer_model::Digest;
use sealer_model::event::Listener;
use sealer_registry::Configuration;
use sealer_registry::configuration::Reads;
use std::fs;
use std::path::Path;
use tempfile::TempDir;

/// A registry with TLS and a user, and what a client needs to trust it.
struct Secured {
    served: Served,
    folder: TempDir,
}

async fn secured(reads: Reads) -> Secured {
    let (folder, tls, _) = certificate(&["localhost", "127.0.0.1"]);
    let users = folder.path().join("htpasswd");
    fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    let certificates = folder.path().join("trusted");
    fs::create_dir(&certificates).unwrap();
    fs::copy(&tls.certificate, certificates.join("ca.crt")).unwrap();
    let configuration = Configuration { tls: Some(tls), users: Some(users), reads, ..Configuration::default() };
    Secured { served: Served::with(configuration).await, folder }
}

/// A layer that clients can unpack.
const EMPTY_TAR: &str = match std::str::from_utf8(&[0; 1024]) {
    Ok(zeros) => zeros,
    Err(_) => "",
};

/// A folder with an image in it that clients of the containers family read: `oci:<folder>:web`.
fn layout() -> (TempDir, Digest) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    let made = image(&store, EMPTY_TAR);
    store.tag(&"docker.io/demo/web:v1".parse().unwrap(), &made).unwrap();
    (folder, made.digest)
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn skopeo_lists_and_deletes_by_tag_and_by_digest() {
    if !installed("skopeo") {
        return;
    }
    let (served, folder) = (Served::new().await, tempfile::tempdir().unwrap());
    let skopeo = |arguments: &[&str]| Program::new("skopeo").arguments(arguments).home(folder.path());
    let repository = format!("docker://{}/a/seed", served.address);
    seed(&served);
    let tags = async || skopeo(&["list-tags", "--tls-verify=false", &repository]).done().await;
    assert!(tags().await.contains("\"v1\""));
    let digest = served.store.require(&"localhost/a/seed:v1".parse().unwrap()).unwrap().digest;
    for name in [format!("{repository}:v1"), format!("{repository}@{digest}")] {
        seed(&served);
        skopeo(&["delete", "--tls-verify=false", &name]).done().await;
        skopeo(&["inspect", "--tls-verify=false", &format!("{repository}:v1")]).fails().await;
    }
}

/// A registry at an address of IPv6, where the machine has any; else the test says that it did not run.
async fn by_ipv6(folder: &Path) -> Option<Served> {
    if std::net::TcpListener::bind("[::1]:0").is_err() {
        eprintln!("LEFT OUT: this machine has no [::1]");
        return None;
    }
    Some(Served::at("[::1]:0".parse().unwrap(), folder, Configuration::default()).await)
}

/// Addresses of IPv6 stand in brackets, in names of images as well; skopeo 1.9 takes those for no names.
#[tokio::test]
async fn our_own_client_by_an_address_of_ipv6() {
    let kept = tempfile::tempdir().unwrap();
    let Some(served) = by_ipv6(kept.path()).await else { return };
    let (layout, digest) = layout();
    let store = Store::open(layout.path()).unwrap();
    let local = "docker.io/demo/web:v1".parse().unwrap();
    let remote = format!("{}/a/web:v1", served.address);
    let client = Client::new(Options::default()).unwrap();
    sealer_image::push(&store, &client, &local, &remote.parse().unwrap(), &Listener::deaf()).await.unwrap();
    let stored = served.store.require(&"localhost/a/web:v1".parse().unwrap()).unwrap();
    assert_eq!(stored.digest, digest);
    let namespaced = format!("/v2/a/web/manifests/v1?ns={}", served.address);
    served.get(&namespaced).await.expect(200);
    let there = tempfile::tempdir().unwrap();
    let pulled = Store::open(there.path()).unwrap();
    let found = sealer_image::pull(&pulled, &client, &remote.parse().unwrap(), None, &Listener::deaf()).await;
    assert_eq!(found.unwrap().digest, digest);
}

#[tokio::test]
async fn skopeo_with_a_password_over_tls() {
    if !installed("skopeo") {
        return;
    }
    for reads in [Reads::Anonymous, Reads::Authenticated] {
        let Secured { served, folder } = secured(reads).await;
        let certificates = folder.path().join("trusted");
        let (layout, digest) = layout();
        let remote = format!("docker://{}/a/web:v1", served.address);
        let from = format!("oci:{}:docker.io/demo/web:v1", text(layout.path()));
        let skopeo = |arguments: &[&str]| {
            let program = Program::new("skopeo").arguments(&["--insecure-policy"]).arguments(arguments);
            program.home(folder.path())
        };
        let trusted = format!("--dest-cert-dir={}", text(&certificates));
        let refused = skopeo(&["copy", &trusted, &from, &remote]).fails().await;
        assert!(refused.contains("authentication") || refused.contains("unauthorized"), "{refused}");
        let wrong = skopeo(&["copy", &trusted, "--dest-creds=ann:wrong", &from, &remote]).fails().await;
        assert!(!wrong.contains("wrong:"), "{wrong}");
        skopeo(&["copy", "--preserve-digests", &trusted, "--dest-creds=ann:secret", &from, &remote]).done().await;
        let trusted = format!("--cert-dir={}", text(&certificates));
        let by_digest = format!("docker://{}/a/web@{digest}", served.address);
        for name in [&remote, &by_digest] {
            let told = skopeo(&["inspect", &trusted, "--creds=ann:secret", name]).done().await;
            assert!(told.contains(digest.as_str()), "{told}");
        }
        let anonymous = skopeo(&["inspect", &trusted, "--no-creds", &remote]);
        match reads {
            Reads::Anonymous => drop(anonymous.done().await),
            Reads::Authenticated => drop(anonymous.fails().await),
        }
        let repository = format!("docker://{}/a/web", served.address);
        let tags = skopeo(&["list-tags", &trusted, "--creds=ann:secret", &repository]).done().await;
        assert!(tags.contains("\"v1\""), "{tags}");
        skopeo(&["delete", &trusted, "--creds=ann:secret", &remote]).done().await;
        skopeo(&["inspect", &trusted, "--creds=ann:secret", &remote]).fails().await;
    }
}

/// podman and buildah are one family; each has its own storage below a folder of the test's. Neither can delete in a registry.
struct Family<'a> {
    client: &'a str,
    storage: &'a Path,
    /// How the registry is reached.
    reached: Vec<String>,
}

impl Family<'_> {
    fn run(&self, verb: &str, arguments: &[&str]) -> Program {
        let (root, run) = (self.storage.join("root"), self.storage.join("run"));
        let options = ["--root", text(&root), "--runroot", text(&run), "--storage-driver", "vfs", verb];
        let reached: Vec<&str> = self.reached.iter().map(String::as_str).collect();
        let program = Program::new(self.client).arguments(&options).arguments(&reached);
        program.arguments(arguments).home(self.storage)
    }

    /// Without options, which not every verb knows.
    fn plainly(&self, verb: &str, arguments: &[&str]) -> Program {
        Family { client: self.client, storage: self.storage, reached: Vec::new() }.run(verb, arguments)
    }

    /// Pulls what is there, pushes it under another name, and pulls that by tag and by digest.
    async fn there_and_back(&self, served: &Served) {
        let (from, remote) = (format!("{}/a/seed:v1", served.address), format!("{}/a/web:v1", served.address));
        let id = self.run("pull", &["--quiet", &from]).done().await;
        self.run("push", &[id.trim(), &format!("docker://{remote}")]).done().await;
        let stored = served.store.require(&"localhost/a/web:v1".parse().unwrap()).unwrap();
        self.plainly("rmi", &["--force", id.trim()]).done().await;
        let by_digest = format!("{}/a/web@{}", served.address, stored.digest);
        for name in [&remote, &by_digest] {
            let pulled = self.run("pull", &["--quiet", name]).done().await;
            assert_eq!(pulled.trim(), id.trim(), "{} {name}", self.client);
        }
    }
}

fn seed(served: &Served) {
    let seed = image(&served.store, EMPTY_TAR);
    served.store.tag(&"localhost/a/seed:v1".parse().unwrap(), &seed).unwrap();
}

#[tokio::test]
async fn podman_and_buildah_push_and_pull() {
    for client in ["podman", "buildah"] {
        if !installed(client) {
            continue;
        }
        let (served, storage) = (Served::new().await, tempfile::tempdir().unwrap());
        seed(&served);
        let family = Family { client, storage: storage.path(), reached: vec!["--tls-verify=false".to_owned()] };
        family.there_and_back(&served).await;
        if client == "podman" {
            let repository = format!("{}/a/web", served.address);
            let tags = family.run("search", &["--list-tags", &repository]).done().await;
            assert!(tags.contains("v1"), "{tags}");
        }
    }
}

#[tokio::test]
async fn podman_and_buildah_with_a_password_over_tls() {
    for client in ["podman", "buildah"] {
        if !installed(client) {
            continue;
        }
        let Secured { served, folder } = secured(Reads::Authenticated).await;
        let storage = tempfile::tempdir().unwrap();
        seed(&served);
        let trusted = format!("--cert-dir={}", text(&folder.path().join("trusted")));
        let family = |more: Option<&str>| {
            let reached = std::iter::once(trusted.clone()).chain(more.map(str::to_owned)).collect();
            Family { client, storage: storage.path(), reached }
        };
        let from = format!("{}/a/seed:v1", served.address);
        family(None).run("pull", &["--quiet", &from]).fails().await;
        family(Some("--creds=ann:wrong")).run("pull", &["--quiet", &from]).fails().await;
        family(Some("--creds=ann:secret")).there_and_back(&served).await;
        let password = folder.path().join("password");
        fs::write(&password, "secret").unwrap();
        let address = served.address.to_string();
        let login = ["--username=ann", "--password-stdin", &address];
        family(None).run("login", &login).input(&password).done().await;
        family(None).there_and_back(&served).await;
    }
}
