//! containerd with `ctr`: a daemon of the test's own, which fetches content with the names that it was asked for, through a
//! `hosts.toml` as sealer writes it, so that the registry is asked with `?ns=`.

use super::programs::{Program, installed};
use super::{Secured, by_ipv6, secured};
use crate::client::Served;
use crate::fixtures::{cluster_image, image};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sealer_registry::Configuration;
use sealer_registry::configuration::Reads;
use std::fs;
use std::path::Path;
use tokio::process::{Child, Command};

struct Containerd {
    _process: Child,
    folder: tempfile::TempDir,
}

impl Containerd {
    /// Needs root; without it, or without the programs, the test says that it did not run.
    async fn start() -> Option<Self> {
        if !installed("containerd") || !installed("ctr") {
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            eprintln!("LEFT OUT: containerd needs root, so nothing was done with it");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let configuration = folder.path().join("config.toml");
        let text =
            "version = 2\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\", \"io.containerd.internal.v1.opt\"]\n";
        fs::write(&configuration, text).unwrap();
        let mut command = Command::new("containerd");
        for (option, name) in
            [("--config", "config.toml"), ("--root", "root"), ("--state", "state"), ("--address", "socket")]
        {
            command.arg(option).arg(folder.path().join(name));
        }
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let process = command.stdout(log.try_clone().unwrap()).stderr(log).kill_on_drop(true).spawn().unwrap();
        let mut containerd = Self { _process: process, folder };
        containerd.wait().await;
        Some(containerd)
    }

    async fn wait(&mut self) {
        let socket = self.folder.path().join("socket");
        while tokio::net::UnixStream::connect(&socket).await.is_err() {
            let ended = self._process.try_wait().unwrap();
            assert!(ended.is_none(), "{}", fs::read_to_string(self.folder.path().join("log")).unwrap());
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
    }

    fn ctr(&self, arguments: &[&str]) -> Program {
        let socket = self.folder.path().join("socket");
        Program::new("ctr").arguments(&["--address", socket.to_str().unwrap()]).arguments(arguments)
    }
}

/// Sends every name to one address; `more` is said of it, too.
fn hosts(folder: &Path, address: &str, more: &str) -> String {
    let default = folder.join("hosts/_default");
    fs::create_dir_all(&default).unwrap();
    let text = format!("[host.\"{address}\"]\n  capabilities = [\"pull\", \"resolve\"]\n{more}");
    fs::write(default.join("hosts.toml"), text).unwrap();
    folder.join("hosts").to_str().unwrap().to_owned()
}

#[tokio::test]
async fn containerd_fetches_unmodified_names_and_pushes() {
    let Some(containerd) = Containerd::start().await else {
        return;
    };
    let served = Served::new().await;
    let (redis, pause) = (image(&served.store, "redis"), image(&served.store, "pause"));
    let cluster = cluster_image(&served.store, "docker.io/library/redis:7", &redis);
    served.store.tag(&"guestbook:v1".parse().unwrap(), &cluster).unwrap();
    served.store.tag(&"registry.k8s.io/pause:3".parse().unwrap(), &pause).unwrap();
    let hosts = hosts(containerd.folder.path(), &format!("http://{}", served.address), "");
    let by_digest = format!("docker.io/library/redis@{}", redis.digest);
    for name in ["docker.io/library/redis:7", "registry.k8s.io/pause:3", &by_digest] {
        containerd.ctr(&["content", "fetch", "--hosts-dir", &hosts, name]).done().await;
    }
    containerd.ctr(&["content", "fetch", "--hosts-dir", &hosts, "quay.io/library/redis:7"]).fails().await;
    let images = containerd.ctr(&["images", "list"]).done().await;
    assert!(images.contains(redis.digest.as_str()) && images.contains(pause.digest.as_str()), "{images}");
    let target = format!("{}/pushed/redis:7", served.address);
    containerd.ctr(&["images", "push", "--plain-http", &target, "docker.io/library/redis:7"]).done().await;
    let stored = served.store.require(&"localhost/pushed/redis:7".parse().unwrap()).unwrap();
    assert_eq!(stored.digest, redis.digest);
}

/// A table for an address of IPv6 makes containerd 1.6 throw away the whole file; that is why hosts of the registry have names, too, where
/// their addresses are of IPv6. Another way to write the table is read by that version only, and will do for a test.
#[tokio::test]
async fn containerd_by_an_address_of_ipv6() {
    let kept = tempfile::tempdir().unwrap();
    let Some(served) = by_ipv6(kept.path()).await else { return };
    let Some(containerd) = Containerd::start().await else { return };
    let redis = image(&served.store, "redis");
    served.store.tag(&"docker.io/library/redis:7".parse().unwrap(), &redis).unwrap();
    let (name, address) = ("docker.io/library/redis:7", format!("http://{}", served.address));
    let folder = hosts(containerd.folder.path(), &address, "");
    let fetch = || containerd.ctr(&["content", "fetch", "--hosts-dir", &folder, name]);
    assert!(fetch().fails().await.contains("failed to parse TOML"));
    let text = format!("[host]\n\"{address}\" = {{ capabilities = [\"pull\", \"resolve\"] }}\n");
    fs::write(Path::new(&folder).join("_default/hosts.toml"), text).unwrap();
    fetch().done().await;
    let target = format!("{}/pushed/redis:7", served.address);
    containerd.ctr(&["images", "push", "--plain-http", &target, name]).done().await;
    let stored = served.store.require(&"localhost/pushed/redis:7".parse().unwrap()).unwrap();
    assert_eq!(stored.digest, redis.digest);
}

/// Where reads are free, the first request of a push that needs a user is the one with the manifest, and containerd 1.6 cannot
/// repeat that one. `ctr` speaks plain HTTP to whatever it pushes to on its own machine.
#[tokio::test]
async fn containerd_pushes_with_a_password() {
    let Some(containerd) = Containerd::start().await else {
        return;
    };
    let users = containerd.folder.path().join("htpasswd");
    fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    let served =
        Served::with(Configuration { users: Some(users), reads: Reads::Authenticated, ..Configuration::default() })
            .await;
    let redis = image(&served.store, "redis");
    served.store.tag(&"docker.io/library/redis:7".parse().unwrap(), &redis).unwrap();
    let hosts = hosts(containerd.folder.path(), &format!("http://{}", served.address), "");
    let name = "docker.io/library/redis:7";
    containerd.ctr(&["content", "fetch", "--hosts-dir", &hosts, "--user", "ann:secret", name]).done().await;
    let target = format!("{}/pushed/redis:7", served.address);
    let push = |user: &str| containerd.ctr(&["images", "push", "--plain-http", "--user", user, &target, name]);
    push("ann:wrong").fails().await;
    push("ann:secret").done().await;
    let stored = served.store.require(&"localhost/pushed/redis:7".parse().unwrap()).unwrap();
    assert_eq!(stored.digest, redis.digest);
}

#[tokio::test]
async fn containerd_pushes_with_a_password_over_tls() {
    let Some(containerd) = Containerd::start().await else {
        return;
    };
    let Secured { served, folder } = secured(Reads::Authenticated).await;
    let redis = image(&served.store, "redis");
    let name = "docker.io/library/redis:7";
    served.store.tag(&name.parse().unwrap(), &redis).unwrap();
    let hosts = folder.path().join("hosts/_default");
    fs::create_dir_all(&hosts).unwrap();
    let authority = folder.path().join("trusted/ca.crt");
    let text = format!(
        "[host.\"https://{}\"]\n  capabilities = [\"pull\", \"resolve\", \"push\"]\n  ca = \"{}\"\n",
        served.address,
        authority.display()
    );
    fs::write(hosts.join("hosts.toml"), text).unwrap();
    let hosts = folder.path().join("hosts").display().to_string();
    let options = ["--hosts-dir", &hosts, "--user", "ann:secret"];
    containerd.ctr(&["content", "fetch"]).arguments(&options).arguments(&[name]).done().await;
    let target = format!("{}/pushed/redis:7", served.address);
    containerd.ctr(&["images", "push"]).arguments(&options).arguments(&[&target, name]).done().await;
    let stored = served.store.require(&"localhost/pushed/redis:7".parse().unwrap()).unwrap();
    assert_eq!(stored.digest, redis.digest);
}

#[tokio::test]
async fn containerd_fetches_with_a_password_over_tls() {
    let Some(containerd) = Containerd::start().await else {
        return;
    };
    for reads in [Reads::Anonymous, Reads::Authenticated] {
        let Secured { served, folder } = secured(reads).await;
        let redis = image(&served.store, "redis");
        served.store.tag(&"docker.io/library/redis:7".parse().unwrap(), &redis).unwrap();
        let authority = folder.path().join("trusted/ca.crt").display().to_string();
        let hosts = hosts(folder.path(), &format!("https://{}", served.address), &format!("  ca = \"{authority}\"\n"));
        let name = "docker.io/library/redis:7";
        let fetch = |more: &[&str]| {
            let program = containerd.ctr(&["content", "fetch", "--hosts-dir", &hosts]);
            program.arguments(more).arguments(&[name])
        };
        match reads {
            Reads::Anonymous => drop(fetch(&[]).done().await),
            Reads::Authenticated => drop(fetch(&[]).fails().await),
        }
        fetch(&["--user", "ann:secret"]).done().await;
        // who the host is may stand in the file, too, so that nobody has to say it
        let said = |password: &str| {
            let proof = STANDARD.encode(format!("ann:{password}"));
            format!(
                "  ca = \"{authority}\"\n  [host.\"https://{0}\".header]\n    Authorization = [\"Basic {proof}\"]\n",
                served.address
            )
        };
        for (password, right) in [("wrong", false), ("secret", true)] {
            let folder = tempfile::tempdir().unwrap();
            let hosts = self::hosts(folder.path(), &format!("https://{}", served.address), &said(password));
            let fetch = containerd.ctr(&["content", "fetch", "--hosts-dir", &hosts, name]);
            if right { drop(fetch.done().await) } else { drop(fetch.fails().await) }
        }
    }
}
