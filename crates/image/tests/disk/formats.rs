//! The forms that an image is saved in, as other programs read them and as they write them.

use crate::made::{Made, Wanted, cluster_image, image, name, store};
use sealer_image::{SaveOptions, import, load, save, save_docker_archive, save_folder};
use sealer_model::Platform;
use sealer_model::event::Listener;
use sealer_model::image::{Descriptor, Index, media_type};
use sealer_model::image_list::{ImageSource, SourceForm};
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

#[test]
fn skopeo_reads_what_we_save_and_our_store_itself() {
    if !skopeo_is_here() {
        return;
    }
    let made = store();
    let descriptor = image(&made.store, b"content");
    made.store.tag(&name("a:v1"), &descriptor).unwrap();
    let file = made.folder.path().join("a.tar");
    save(&made.store, &name("a:v1"), &SaveOptions::default(), &file, &Listener::deaf()).unwrap();
    let folder = made.store.root().display();
    for source in [format!("oci-archive:{}", file.display()), format!("oci:{folder}:docker.io/library/a:v1")] {
        let text = skopeo(&["inspect", &source]);
        assert!(text.contains(descriptor.digest.as_str()), "{source}: {text}");
    }
}

#[test]
fn a_layout_in_a_folder_is_what_the_archive_holds() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, b"content");
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let folder = here.folder.path().join("layout");
    save_folder(&here.store, &name("a:v1"), &SaveOptions::default(), &folder, &Listener::deaf()).unwrap();
    let source = ImageSource { form: SourceForm::OciDirectory, path: "layout".into(), reference: None };
    let platforms = [Platform::linux("amd64")];
    let read = import(&there.store, &source, here.folder.path(), &name("a:v1"), &platforms).unwrap();
    assert_eq!(read[0].descriptor.digest, descriptor.digest);
    let again = save_folder(&here.store, &name("a:v1"), &SaveOptions::default(), &folder, &Listener::deaf());
    let error = sealer_model::causes::chain(&again.unwrap_err());
    assert!(error.contains("something is there already"), "{error}");
}

#[test]
fn a_docker_archive_is_read_as_the_same_content() {
    let (here, there) = (store(), store());
    let descriptor = image(&here.store, b"content");
    here.store.tag(&name("a:v1"), &descriptor).unwrap();
    let file = here.folder.path().join("a.tar");
    save_docker_archive(&here.store, &name("a:v1"), &[], &file, &Listener::deaf()).unwrap();
    let source = ImageSource { form: SourceForm::DockerArchive, path: "a.tar".into(), reference: None };
    let platforms = [Platform::linux("amd64")];
    let read = import(&there.store, &source, here.folder.path(), &name("a:v1"), &platforms).unwrap();
    let [ours, theirs] = [(&here, &descriptor), (&there, &read[0].descriptor)].map(|(made, image)| {
        let manifest = made.store.manifest(image).unwrap();
        (made.store.read_document(&manifest.config).unwrap(), manifest.layers.len())
    });
    assert_eq!(ours, theirs);
    if skopeo_is_here() {
        let (from, to) = (format!("docker-archive:{}", file.display()), here.folder.path().join("copied"));
        skopeo(&["--insecure-policy", "copy", "--quiet", &from, &format!("oci:{}:a", to.display())]);
    }
}

#[test]
fn what_a_docker_archive_cannot_hold_is_said() {
    let made = store();
    let wanted = Wanted { architectures: &["amd64"], layers: &[&[("a", "b")]], ..Wanted::default() };
    let cluster = cluster_image(&made.store, &wanted);
    made.store.tag(&name("site:v1"), &cluster).unwrap();
    let file = made.folder.path().join("a.tar");
    let save = |text: &str| {
        let saved = save_docker_archive(&made.store, &name(text), &[], &file, &Listener::deaf());
        saved.unwrap_err().to_string()
    };
    assert!(save("site:v1").contains("docker.io/library/site:v1 is a cluster image"), "{}", save("site:v1"));
    let plain =
        |architecture: &str| image(&made.store, architecture.as_bytes()).for_platform(Platform::linux(architecture));
    let index = Index::new(vec![plain("amd64"), plain("arm64")]);
    let index = made.store.put_json(media_type::INDEX, &index).unwrap();
    made.store.tag(&name("two:v1"), &index).unwrap();
    assert!(save("two:v1").contains("is for several platforms"), "{}", save("two:v1"));
    let platforms = [Platform::linux("amd64")];
    save_docker_archive(&made.store, &name("two:v1"), &platforms, &file, &Listener::deaf()).unwrap();
}

fn skopeo_is_here() -> bool {
    let here = Path::new("/usr/bin/skopeo").exists();
    if !here {
        std::io::stderr().write_all(b"LEFT OUT: skopeo is not installed\n").unwrap();
    }
    here
}

fn skopeo(words: &[&str]) -> String {
    let output = Command::new("/usr/bin/skopeo").args(words).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A cluster image for two platforms with container images for both.
fn site(made: &Made) -> Descriptor {
    let wanted = Wanted {
        architectures: &["amd64", "arm64"],
        layers: &[&[("bin/kubelet", "kubelet for ARCH")], &[("etc/a", "1")]],
        container_images: &["r.io/pause:1", "r.io/web:1"],
        ..Wanted::default()
    };
    let image = cluster_image(&made.store, &wanted);
    made.store.tag(&name("site:v1"), &image).unwrap();
    image
}

#[test]
fn skopeo_copies_a_whole_cluster_image_out_of_our_archive_and_we_load_the_archive_that_it_writes() {
    if !skopeo_is_here() {
        return;
    }
    let (here, there) = (store(), store());
    let image = site(&here);
    let path = |file: &str| here.folder.path().join(file).display().to_string();
    save(&here.store, &name("site:v1"), &SaveOptions::default(), Path::new(&path("ours.tar")), &Listener::deaf())
        .unwrap();
    let copy = |from: &str, to: &str| skopeo(&["--insecure-policy", "copy", "--quiet", "--all", from, to]);
    copy(&format!("oci-archive:{}", path("ours.tar")), &format!("oci:{}:site", path("layout")));
    let index: Index = serde_json::from_slice(&fs::read(path("layout/index.json")).unwrap()).unwrap();
    assert_eq!(index.manifests[0].digest, image.digest, "skopeo changed the image");
    for part in here.store.reachable(&image).unwrap() {
        let blob = Path::new(&path("layout/blobs/sha256")).join(part.digest.hex());
        assert_eq!(fs::metadata(&blob).map(|blob| blob.len()).ok(), Some(part.size), "{} is not there", part.digest);
    }
    let theirs = path("theirs.tar");
    copy(&format!("oci:{}:site", path("layout")), &format!("oci-archive:{theirs}:docker.io/library/site:v2"));
    let names = load(&there.store, fs::File::open(&theirs).unwrap(), Path::new(&theirs), &Listener::deaf()).unwrap();
    assert_eq!(names, [name("site:v2")]);
    assert_eq!(there.store.require(&name("site:v2")).unwrap().digest, image.digest);
    assert_eq!(there.store.verify(&Listener::deaf()).unwrap().faults, []);
}
