//! A real registry: Debian's `docker-registry`, which writes down what it is asked, filled by `skopeo`.

use crate::fixture::{Layout, Workshop, amd64};
use sealer_model::Platform;
use sealer_model::image::Descriptor;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The one user of a registry that lets in nobody else.
pub(crate) const USER: &str = "engineer";
pub(crate) const PASSWORD: &str = "s3cret";
const HASH: &str = "$2b$04$hAX7k2yStJLSPOoZz0DZ1.S8MtG.p8ThUXc8wpdQ7AoA.ghFv40uO";

/// A registry process that ends with its test.
pub(crate) struct Registry {
    process: Child,
    pub(crate) address: String,
    guarded: bool,
    folder: tempfile::TempDir,
    /// Lines of its record that were read already.
    read: std::sync::Mutex<usize>,
}

impl Registry {
    /// A registry, or nothing where the programs are not installed, and then it says so.
    pub(crate) fn start() -> Option<Self> {
        Self::run(false)
    }

    /// A registry that wants a password.
    pub(crate) fn guarded() -> Option<Self> {
        Self::run(true)
    }

    fn run(guarded: bool) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let (data, users) = (folder.path().join("data"), folder.path().join("users"));
        std::fs::write(&users, format!("{USER}:{HASH}\n")).unwrap();
        let mut text = format!(
            "version: 0.1\nhttp: {{addr: '{address}'}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n",
            data.display()
        );
        if guarded {
            text += &format!("auth: {{htpasswd: {{realm: test, path: {}}}}}\n", users.display());
        }
        let configuration = folder.path().join("config.yml");
        std::fs::write(&configuration, text).unwrap();
        let record = std::fs::File::create(folder.path().join("record")).unwrap();
        let mut command = Command::new("docker-registry");
        let command = command.arg("serve").arg(&configuration);
        let started = command.stdout(record).stderr(Stdio::null()).spawn();
        let skopeo = Command::new("skopeo").arg("--version").output();
        let (Ok(process), Ok(_)) = (started, skopeo) else {
            eprintln!("left out: docker-registry and skopeo are needed to pull for real");
            return None;
        };
        let registry = Self { process, address, guarded, folder, read: std::sync::Mutex::default() };
        registry.wait();
        Some(registry)
    }

    fn wait(&self) {
        let began = Instant::now();
        while TcpStream::connect(&self.address).is_err() {
            assert!(began.elapsed() < Duration::from_secs(30), "the registry does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// What was asked for since the last time, as `HEAD /v2/team/web/manifests/1`, without what begins a conversation: whether
    /// somebody is there, and whether he wants a password.
    pub(crate) fn asked(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("record")).unwrap();
        let request = |line: &str| Some(line.split('"').nth(1)?.strip_suffix(" HTTP/1.1")?.to_owned());
        let is_answer = |line: &&str| !line.starts_with("time=") && !line.contains("\" 401 ");
        let all: Vec<String> = text.lines().filter(is_answer).filter_map(request).collect();
        let mut read = self.read.lock().unwrap();
        let new = all[*read..].iter().filter(|request| *request != "GET /v2/").cloned().collect();
        *read = all.len();
        new
    }

    /// Puts an image for two platforms there, `team/web:1`, with this text in its layers.
    pub(crate) fn fill(&self, workshop: &Workshop, text: &str) {
        self.put(workshop, "team/web:1", |layout| {
            let images = [amd64(), Platform::linux("arm64")].map(|platform| layout.image(&platform, text));
            layout.index_of(images.to_vec())
        });
    }

    /// Puts what is made in a layout there.
    pub(crate) fn put(&self, workshop: &Workshop, name: &str, make: impl FnOnce(&Layout) -> Descriptor) {
        let folder = workshop.context().join("made");
        let _ = std::fs::remove_dir_all(&folder);
        let mut layout = Layout::new(&folder);
        let top = make(&layout);
        layout.name("image", &top);
        self.copy(&folder, name);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    fn copy(&self, folder: &std::path::Path, name: &str) {
        let mut command = Command::new("skopeo");
        command.args(["copy", "--all", "--preserve-digests", "--dest-tls-verify=false"]);
        if self.guarded {
            command.arg(format!("--dest-creds={USER}:{PASSWORD}"));
        }
        let output = command
            .arg(format!("oci:{}:image", folder.display()))
            .arg(format!("docker://{}/{name}", self.address))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
