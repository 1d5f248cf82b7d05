//! containerd with `ctr`: a daemon of the test's own, which fetches content with the names that it was asked for, through a
//! `hosts.toml` as sealer writes it, so that the registry is asked with `?ns=`.

use super::programs::{Program, installed};
use crate::client::Served;
use crate::fixtures::{cluster_image, image};
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

fn hosts(folder: &Path, served: &Served) -> String {
    let default = folder.join("hosts/_default");
    fs::create_dir_all(&default).unwrap();
    let address = format!("http://{}", served.address);
    fs::write(default.join("hosts.toml"), format!("[host.\"{address}\"]\n  capabilities = [\"pull\", \"resolve\"]\n"))
        .unwrap();
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
    let hosts = hosts(containerd.folder.path(), &served);
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
