//! Real registries as upstreams: Debian's `docker-registry`, each with users of its own, and skopeo through ours.

use super::tokens::Tokens;
use super::{before, upstream};
use crate::client::Served;
use crate::clients::programs::{Program, installed};
use crate::fixtures::image;
use sealer_image::Store;
use sealer_model::Digest;
use sealer_registry::configuration::Upstream;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A private registry with one image, `a/web:v1`, for one user.
struct Private {
    process: Child,
    address: SocketAddr,
    digest: Digest,
    user: &'static str,
    folder: TempDir,
}

impl Private {
    /// One that has a file of users; the content of the image is the password, too.
    async fn start(user: &'static str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let users = folder.path().join("htpasswd");
        std::fs::write(&users, format!("{user}:{}\n", bcrypt::hash(content, 4).unwrap())).unwrap();
        let door = format!("htpasswd: {{realm: private, path: {}}}", users.display());
        Self::behind(&door, folder, user, content).await
    }

    /// One that believes what a server of tokens signs, as Harbor's does.
    async fn with_tokens(tokens: &Tokens, user: &'static str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::behind(&tokens.door(folder.path()), folder, user, content).await
    }

    async fn behind(door: &str, folder: TempDir, user: &'static str, content: &str) -> Self {
        std::fs::write(folder.path().join("password"), content).unwrap();
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let configuration = folder.path().join("config.yml");
        let text = format!(
            "version: 0.1\nhttp: {{addr: '{address}'}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n\
             auth: {{{door}}}\n",
            folder.path().join("data").display(),
        );
        std::fs::write(&configuration, text).unwrap();
        let mut command = Command::new("docker-registry");
        let command = command.arg("serve").arg(&configuration);
        let process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while tokio::net::TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        let store = Store::open(&folder.path().join("layout")).unwrap();
        let made = image(&store, content);
        store.tag(&"docker.io/a/web:v1".parse().unwrap(), &made).unwrap();
        let private = Self { process, address, digest: made.digest, user, folder };
        private.fill().await;
        private
    }

    async fn fill(&self) {
        let password = std::fs::read_to_string(self.folder.path().join("password")).unwrap();
        let from = format!("oci:{}:docker.io/a/web:v1", self.folder.path().join("layout").display());
        let credentials = format!("--dest-creds={}:{password}", self.user);
        let to = format!("docker://{}/a/web:v1", self.address);
        let options = ["--insecure-policy", "copy", "--preserve-digests", "--dest-tls-verify=false"];
        let program = Program::new("skopeo").arguments(&options).arguments(&[&credentials, &from, &to]);
        program.home(self.folder.path()).done().await;
    }

    fn upstream(&self, domain: &str) -> Upstream {
        Upstream {
            username: Some(self.user.to_owned()),
            password_file: Some(self.folder.path().join("password")),
            ..upstream(domain, self.address)
        }
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
    }
}

async fn pull(served: &Served, name: &str) -> Digest {
    let folder = tempfile::tempdir().unwrap();
    let options = ["--insecure-policy", "copy", "--preserve-digests", "--src-tls-verify=false"];
    let from = format!("docker://{}/{name}", served.address);
    let to = format!("oci:{}:docker.io/x/y:v1", folder.path().join("pulled").display());
    let program = Program::new("skopeo").arguments(&options).arguments(&[&from, &to]);
    program.home(folder.path()).done().await;
    let pulled = Store::open(&folder.path().join("pulled")).unwrap();
    let found = pulled.require(&"docker.io/x/y:v1".parse().unwrap()).unwrap();
    assert_eq!(pulled.missing(&found).unwrap(), []);
    found.digest
}

#[tokio::test]
async fn two_private_registries_behind_one_address_and_then_without_them() {
    if !installed("docker-registry") || !installed("skopeo") {
        return;
    }
    let (one, two) = (Private::start("ann", "first").await, Private::start("bob", "second").await);
    let served = before(vec![one.upstream("one.corp.example"), two.upstream("*.corp.example")]).await;
    assert_eq!(pull(&served, "one.corp.example/a/web:v1").await, one.digest);
    assert_eq!(pull(&served, "two.corp.example/a/web:v1").await, two.digest);
    let by_namespace = "/v2/a/web/manifests/v1?ns=two.corp.example";
    let answer = served.get(by_namespace).await.expect(200);
    assert_eq!((answer.header("docker-content-digest"), answer.header("warning")), (two.digest.as_str(), ""));
    let absent = served.get("/v2/one.corp.example/a/web/manifests/v2").await;
    assert_eq!(absent.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
    let usage = sealer_registry::upkeep::usage(&served.store).unwrap();
    assert_eq!((usage.cached_blobs, usage.blobs), (6, 0));
    drop(two);
    let answer = served.get(by_namespace).await.expect(200);
    assert!(answer.header("warning").starts_with("110 sealer \"from the cache"), "{answer:?}");
    assert_eq!(pull(&served, "two.corp.example/a/web:v1").await.as_str(), answer.header("docker-content-digest"));
    let absent = served.get("/v2/two.corp.example/a/web/manifests/v2").await;
    assert_eq!(absent.refusal(), (502, "UNAVAILABLE".to_owned()));
    assert!(String::from_utf8_lossy(&absent.body).contains("is not in the cache"), "{absent:?}");
}

#[tokio::test]
async fn a_registry_that_wants_tokens_gets_one_for_what_is_pulled() {
    if !installed("docker-registry") || !installed("skopeo") {
        return;
    }
    let tokens = Tokens::serve("robot$site", "first").await;
    let private = Private::with_tokens(&tokens, "robot$site", "first").await;
    let served = before(vec![private.upstream("one.corp.example")]).await;
    assert_eq!(pull(&served, "one.corp.example/a/web:v1").await, private.digest);
    assert_eq!(tokens.given().last().map(String::as_str), Some("repository:a/web:pull"));
    std::fs::write(private.folder.path().join("password"), "guessed").unwrap();
    let served = before(vec![private.upstream("one.corp.example")]).await;
    let answer = served.get("/v2/one.corp.example/a/web/manifests/v1").await;
    let said = String::from_utf8_lossy(&answer.body).into_owned();
    assert!(
        !answer.status.is_success() && said.contains("does not accept the password") && !said.contains("guessed"),
        "{answer:?}"
    );
}
