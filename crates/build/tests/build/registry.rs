//! Container images from a real registry: Debian's `docker-registry`, filled by `skopeo`.

use crate::fixture::{Layout, Workshop, amd64};
use sealer_build::{Error, Lock, Options, PullPolicy};
use sealer_model::Platform;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A registry process that ends with its test.
struct Registry {
    process: Child,
    address: String,
    _folder: tempfile::TempDir,
}

impl Registry {
    /// A registry, or nothing where the programs are not installed, and then it says so.
    fn start() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        drop(listener);
        let data = folder.path().join("data");
        let text = format!(
            "version: 0.1\nhttp: {{addr: '{address}'}}\nstorage: {{filesystem: {{rootdirectory: {}}}}}\n",
            data.display()
        );
        let configuration = folder.path().join("config.yml");
        std::fs::write(&configuration, text).unwrap();
        let mut command = Command::new("docker-registry");
        let command = command.arg("serve").arg(&configuration);
        let started = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let skopeo = Command::new("skopeo").arg("--version").output();
        let (Ok(process), Ok(_)) = (started, skopeo) else {
            eprintln!("left out: docker-registry and skopeo are needed to pull for real");
            return None;
        };
        let registry = Self { process, address, _folder: folder };
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

    /// Puts an image for two platforms there, `team/web:1`, with this text in its layers.
    fn fill(&self, workshop: &Workshop, text: &str) {
        let folder = workshop.context().join("made");
        let _ = std::fs::remove_dir_all(&folder);
        let mut layout = Layout::new(&folder);
        let images = [amd64(), Platform::linux("arm64")].map(|platform| layout.image(&platform, text));
        let index = layout.index_of(images.to_vec());
        layout.name("web", &index);
        let output = Command::new("skopeo")
            .args(["copy", "--all", "--preserve-digests", "--dest-tls-verify=false"])
            .arg(format!("oci:{}:web", folder.display()))
            .arg(format!("docker://{}/team/web:1", self.address))
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A workshop whose image list asks for the registry's image.
fn workshop(registry: &Registry) -> Workshop {
    let list = format!("{}/team/web:1", registry.address);
    let mut workshop =
        Workshop::new(&[("Kubefile", "FROM scratch\nCOPY manifests manifests/"), ("manifests/imageList", &list)]);
    workshop.registries.push(registry.address.clone());
    workshop
}

#[test]
fn images_are_pulled_and_an_unreachable_registry_is_no_hindrance_to_the_next_build() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    registry.fill(&workshop, "one");
    let built = workshop.build("demo/app:v1");
    let carried = &workshop.catalog(&built).container_images[0];
    assert_eq!(carried.name.to_string(), format!("{}/team/web:1", registry.address));
    assert!(carried.original_index.is_some());
    assert_eq!(workshop.store.missing(&built.descriptor).unwrap(), []);
    drop(registry);
    let again = workshop.build("demo/app:v1");
    assert_eq!(again.descriptor, built.descriptor);
    let warnings = workshop.warnings.lock().unwrap().clone();
    assert!(warnings[0].contains("is taken as the store has it"), "{warnings:?}");
    let always = Options { pull_policy: PullPolicy::Always, ..workshop.options("demo/app:v1") };
    assert!(matches!(workshop.build_with(always), Err(Error::Missing(_))));
}

#[test]
fn a_newer_image_is_taken_unless_the_policy_says_otherwise() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    registry.fill(&workshop, "one");
    let digest = |policy| {
        let options = Options { pull_policy: policy, ..workshop.options("demo/app:v1") };
        let built = workshop.build_with(options).unwrap();
        workshop.catalog(&built).container_images[0].digest.clone()
    };
    let first = digest(PullPolicy::IfNewer);
    registry.fill(&workshop, "two");
    assert_eq!(digest(PullPolicy::Missing), first);
    assert_eq!(digest(PullPolicy::Never), first);
    assert_ne!(digest(PullPolicy::IfNewer), first);
}

#[test]
fn a_locked_build_takes_what_was_there_then_and_nothing_else() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    let path = workshop.context().join("Kubefile.lock");
    let locked =
        |workshop: &Workshop| Options { locked: Some(Lock::read(&path).unwrap()), ..workshop.options("demo/app:v1") };
    workshop.write("Kubefile", "FROM scratch\nCOPY Kubefile etc/");
    workshop.build("demo/base:v1");
    workshop.write("Kubefile", "FROM demo/base:v1\nCOPY manifests manifests/\nCOPY --from=demo/base:v1 etc/ copied/");
    registry.fill(&workshop, "one");
    let options = Options { lock: Some(path.clone()), ..workshop.options("demo/app:v1") };
    let first = workshop.build_with(options).unwrap().descriptor;
    let text = std::fs::read_to_string(&path).unwrap();
    for kind in ["\"base\"", "\"copied-from\"", "\"container-image\""] {
        assert_eq!(text.matches(kind).count(), 1, "{text}");
    }
    // the tag leads elsewhere now, and the former image is taken nevertheless
    registry.fill(&workshop, "two");
    assert_ne!(workshop.build("demo/app:v1").descriptor, first);
    let images = text.replace("team/web:1", "team/web:2");
    assert_eq!(workshop.build_with(locked(&workshop)).unwrap().descriptor, first);
    workshop.store.collect_garbage().unwrap();
    // another base than the locked one, of which nothing is left, is no base
    workshop.write("Kubefile", "FROM scratch\nCOPY manifests etc/");
    workshop.build("demo/base:v1");
    workshop.write("Kubefile", "FROM demo/base:v1\nCOPY manifests manifests/");
    workshop.build("demo/app:v1");
    workshop.store.collect_garbage().unwrap();
    let never = Options { pull_policy: PullPolicy::Never, ..locked(&workshop) };
    assert!(workshop.refused(never).contains("the base image docker.io/demo/base:v1 is not in the store"));
    // and what the lock does not name is not chosen anew
    std::fs::write(&path, images).unwrap();
    workshop.write("Kubefile", "FROM scratch\nCOPY manifests manifests/");
    let refused = workshop.refused(locked(&workshop));
    assert!(refused.contains("team/web:1 for linux/amd64 is not in the lock"), "{refused}");
}
