//! docker with a daemon of the test's own: it asks mirrors in Docker Hub's words, without any namespace, and everybody else by
//! their address.

use super::programs::{Program, installed};
use super::{EMPTY_TAR, Secured, by_ipv6, certificate, secured};
use crate::client::Served;
use crate::fixtures::image;
use rustix::process::{Pid, Signal, kill_process};
use sealer_registry::Configuration;
use sealer_registry::configuration::Reads;
use std::fs;
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

struct Docker {
    daemon: Child,
    folder: tempfile::TempDir,
}

impl Docker {
    /// Needs root; without it, or without the programs, the test says that it did not run.
    async fn start(options: &[&str]) -> Option<Self> {
        Self::start_with(options, &[]).await
    }

    async fn start_with(options: &[&str], variables: &[(&str, &str)]) -> Option<Self> {
        if !installed("dockerd") || !installed("docker") {
            return None;
        }
        if !rustix::process::geteuid().is_root() {
            eprintln!("LEFT OUT: dockerd needs root, so nothing was done with docker");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("daemon.json"), "{}").unwrap();
        let mut command = Command::new("dockerd");
        command.envs(variables.iter().copied());
        command.args([
            "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--ip-masq=false",
        ]);
        command.args(["--userland-proxy=false", "--storage-driver=vfs"]).args(options);
        for (option, name) in
            [("data-root", "data"), ("exec-root", "exec"), ("pidfile", "pid"), ("config-file", "daemon.json")]
        {
            command.arg(format!("--{option}={}", at(name)));
        }
        let log = fs::File::create(at("log")).unwrap();
        let command = command.arg(format!("--host=unix://{}", at("socket")));
        let command = command.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
        let mut docker = Self { daemon: command.spawn().unwrap(), folder };
        docker.wait().await;
        Some(docker)
    }

    async fn wait(&mut self) {
        let socket = self.folder.path().join("socket");
        while tokio::net::UnixStream::connect(&socket).await.is_err() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap();
            assert!(self.daemon.try_wait().unwrap().is_none(), "{log}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    fn run(&self, arguments: &[&str]) -> Program {
        let host = format!("unix://{}", self.folder.path().join("socket").display());
        let logins = self.folder.path().join("logins").display().to_string();
        Program::new("docker").arguments(&["--host", &host, "--config", &logins]).arguments(arguments)
    }

    async fn has(&self, name: &str) -> bool {
        !self.run(&["images", "--quiet", name]).done().await.trim().is_empty()
    }

    /// Pushes what is there under a name, and pulls it by tag and by digest when it is gone.
    async fn there_and_back(&self, id: &str, remote: &str, digest: impl Fn() -> String) {
        self.run(&["tag", id, remote]).done().await;
        self.run(&["push", "--quiet", remote]).done().await;
        let (repository, _) = remote.rsplit_once(':').unwrap();
        for name in [remote.to_owned(), format!("{repository}@{}", digest())] {
            self.run(&["image", "rm", "--force", id]).done().await;
            self.run(&["pull", "--quiet", &name]).done().await;
            assert_eq!(self.run(&["image", "inspect", "--format", "{{.Id}}", &name]).done().await.trim(), id);
        }
    }
}

impl Drop for Docker {
    fn drop(&mut self) {
        // It ends its own containerd only when it is asked kindly.
        kill_process(Pid::from_child(&self.daemon), Signal::TERM).unwrap();
        self.daemon.wait().unwrap();
    }
}

#[tokio::test]
async fn docker_finds_docker_hubs_names_at_its_mirror_and_pushes_by_address() {
    let served = Served::new().await;
    let nginx = image(&served.store, EMPTY_TAR);
    served.store.tag(&"docker.io/library/nginx:1".parse().unwrap(), &nginx).unwrap();
    served.store.tag(&"quay.io/team/app:1".parse().unwrap(), &nginx).unwrap();
    let mirror = format!("--registry-mirror=http://{}", served.address);
    let Some(docker) = Docker::start(&[&mirror]).await else {
        return;
    };
    for name in ["nginx:1".to_owned(), format!("nginx@{}", nginx.digest)] {
        docker.run(&["pull", "--quiet", &name]).done().await;
    }
    let id = docker.run(&["image", "inspect", "--format", "{{.Id}}", "docker.io/library/nginx:1"]).done().await;
    let remote = format!("{}/a/web:v1", served.address);
    let stored = || served.store.require(&"localhost/a/web:v1".parse().unwrap()).unwrap().digest.to_string();
    docker.there_and_back(id.trim(), &remote, stored).await;
    let by_address = format!("{}/quay.io/team/app:1", served.address);
    docker.run(&["pull", "--quiet", &by_address]).done().await;
    assert!(docker.has(&by_address).await);
}

/// A mirror may be at an address of IPv6. In names of images docker takes none, and neither do skopeo, podman and buildah.
#[tokio::test]
async fn docker_finds_a_mirror_by_an_address_of_ipv6() {
    let kept = tempfile::tempdir().unwrap();
    let Some(served) = by_ipv6(kept.path()).await else { return };
    let nginx = image(&served.store, EMPTY_TAR);
    served.store.tag(&"docker.io/library/nginx:1".parse().unwrap(), &nginx).unwrap();
    let Some(docker) = Docker::start(&[&format!("--registry-mirror=http://{}", served.address)]).await else {
        return;
    };
    docker.run(&["pull", "--quiet", "nginx:1"]).done().await;
    assert!(docker.has("nginx:1").await);
}

#[tokio::test]
async fn docker_with_a_password_over_tls() {
    let Some(docker) = Docker::start(&[]).await else {
        return;
    };
    for reads in [Reads::Anonymous, Reads::Authenticated] {
        let Secured { served, folder } = secured(reads).await;
        let seed = image(&served.store, EMPTY_TAR);
        served.store.tag(&"localhost/a/seed:v1".parse().unwrap(), &seed).unwrap();
        let address = served.address.to_string();
        let from = format!("{address}/a/seed:v1");
        let password = folder.path().join("password");
        fs::write(&password, "secret").unwrap();
        let anonymous = docker.run(&["pull", "--quiet", &from]);
        match reads {
            Reads::Anonymous => drop(anonymous.done().await),
            Reads::Authenticated => drop(anonymous.fails().await),
        }
        let login = docker.run(&["login", "--username", "ann", "--password-stdin", &address]);
        login.input(&password).done().await;
        docker.run(&["pull", "--quiet", &from]).done().await;
        let id = docker.run(&["image", "inspect", "--format", "{{.Id}}", &from]).done().await;
        let stored = || served.store.require(&"localhost/a/web:v1".parse().unwrap()).unwrap().digest.to_string();
        docker.there_and_back(id.trim(), &format!("{address}/a/web:v1"), stored).await;
        docker.run(&["logout", &address]).done().await;
        docker.run(&["push", "--quiet", &format!("{address}/a/web:v1")]).fails().await;
    }
}

/// Leads whoever wants to get anywhere to one address, as a tunnel on a host does with the domains that a registry stands for.
async fn tunnel(to: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                assert!(head.starts_with(b"CONNECT "), "{}", String::from_utf8_lossy(&head));
                let mut registry = TcpStream::connect(to).await.unwrap();
                client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").await.unwrap();
                let _ended = tokio::io::copy_bidirectional(&mut client, &mut registry).await;
            });
        }
    });
    address
}

/// A stock daemon asks every domain but Docker Hub at its own name. A registry that stands for it answers, with a certificate for it.
#[tokio::test]
async fn docker_is_led_to_a_registry_that_stands_for_the_domains_of_images() {
    let domains = ["apps.example", "*.corp.example"];
    let (folder, tls, _) = certificate(&domains);
    let trusted = folder.path().join("trusted");
    fs::create_dir(&trusted).unwrap();
    fs::copy(&tls.certificate, trusted.join("ca.crt")).unwrap();
    let stands_for = domains.map(str::to_owned).to_vec();
    let served = Served::with(Configuration { tls: Some(tls), stands_for, ..Configuration::default() }).await;
    let image = image(&served.store, EMPTY_TAR);
    let names = ["apps.example/team/app:1", "eu.corp.example/app:1"];
    names.iter().for_each(|name| served.store.tag(&name.parse().unwrap(), &image).unwrap());
    let proxy = format!("http://{}", tunnel(served.address).await);
    let variables = [("HTTPS_PROXY", proxy.as_str()), ("SSL_CERT_DIR", trusted.to_str().unwrap())];
    let Some(docker) = Docker::start_with(&[], &variables).await else {
        return;
    };
    for name in names {
        docker.run(&["pull", "--quiet", name]).done().await;
        assert!(docker.has(name).await, "{name}");
    }
    // another image of that name is nobody's, whatever domain it is asked for in
    docker.run(&["pull", "--quiet", "apps.example/app:1"]).fails().await;
    // neither believed nor stood for
    docker.run(&["pull", "--quiet", "other.example/team/app:1"]).fails().await;
}
