//! The program is killed while it works, at several points of each verb. Whatever the point: what had a name before is whole,
//! nothing that is not whole has a name, and the same command again ends well.

use crate::registry::Registry;
use crate::surroundings::{Surroundings, same};
use sealer_image::Store;
use sealer_model::Platform;
use sealer_model::image::{Config, ConfigDetails, Descriptor, Manifest, RootFilesystem, media_type};
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Bytes of each of the layers.
const LAYER: usize = 3_000_000;
const LAYERS: usize = 3;
const ALL: u64 = (LAYER * LAYERS) as u64;

/// Places in an image's bytes: at its beginning, inside layers, and near its end.
const POINTS: [u64; 5] = [1, 10_000, ALL / 3, ALL / 2, ALL - 10_000];

/// The longest wait for a point; a program that is done before it comes was simply not killed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A layer's bytes, which no compression makes smaller.
fn noise(state: &mut u64) -> Vec<u8> {
    let next = || {
        *state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*state >> 56) as u8
    };
    std::iter::repeat_with(next).take(LAYER).collect()
}

/// A world with the image `name`, whose layers no compression makes smaller.
fn with_image(here: &Surroundings, name: &str) {
    let mut state = 1_u64;
    for layer in 0..LAYERS {
        here.write(&format!("context/{layer}"), noise(&mut state));
    }
    let copies: String = (0..LAYERS).map(|layer| format!("COPY {layer} bin/\n")).collect();
    here.write("context/Kubefile", format!("FROM scratch\n{copies}"));
    let _ = here.sealer(&["build", "-q", "-t", name, "context"]).done();
}

/// Everything in the store is what it should be.
#[track_caller]
fn assert_sound(here: &Surroundings) {
    let checked = here.sealer(&["store", "verify"]).done();
    assert!(checked.starts_with("checked "), "{checked}");
}

fn start(here: &Surroundings, words: &[&str]) -> Child {
    here.command(words).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Kills the process as soon as something is so, unless it is done before; says whether it was killed.
fn kill_when(mut process: Child, mut so: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !so() && process.try_wait().unwrap().is_none() {
        assert!(began.elapsed() < PATIENCE, "the point never came");
        thread::sleep(Duration::from_micros(200));
    }
    let _ = process.kill();
    // One that was killed has no exit code.
    process.wait().unwrap().code().is_none()
}

/// A way to a registry that counts what goes there and what comes back.
struct Way {
    address: String,
    forth: Arc<AtomicU64>,
    back: Arc<AtomicU64>,
}

fn way_to(registry: &str) -> Way {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let way = Way { address, forth: Arc::default(), back: Arc::default() };
    let (target, forth, back) = (registry.to_owned(), Arc::clone(&way.forth), Arc::clone(&way.back));
    thread::spawn(move || {
        for near in listener.incoming().map_while(Result::ok) {
            let Ok(far) = TcpStream::connect(&target) else { return };
            let (from, to) = (far.try_clone().unwrap(), near.try_clone().unwrap());
            let (forth, back) = (Arc::clone(&forth), Arc::clone(&back));
            thread::spawn(move || pass(from, to, &back));
            thread::spawn(move || pass(near, far, &forth));
        }
    });
    way
}

fn pass(mut from: TcpStream, mut to: TcpStream, count: &AtomicU64) {
    let mut piece = [0; 16 * 1024];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
        count.fetch_add(length as u64, Ordering::SeqCst);
    }
    let _ = to.shutdown(Shutdown::Both);
}

#[test]
fn a_push_that_was_killed_at_any_point_names_nothing_and_the_next_one_ends_well() {
    let registry = Registry::start();
    let here = Surroundings::new();
    with_image(&here, "large:v1");
    let mut killed = 0;
    for (number, point) in POINTS.into_iter().enumerate() {
        let way = way_to(&registry.address);
        let name = format!("{}/demo/large{number}:v1", way.address);
        let reached = || way.forth.load(Ordering::SeqCst) >= point;
        killed += usize::from(kill_when(start(&here, &["push", "large:v1", &name]), reached));
        assert_sound(&here);
        let there = Surroundings::new();
        let early = there.sealer(&["pull", &name]);
        let whole = early.code == Some(0);
        assert!(whole || early.stderr.contains("has no image"), "{point}: {}", early.stderr);
        let _ = here.sealer(&["push", "large:v1", &name]).done();
        let _ = there.sealer(&["pull", &name]).done();
        assert_sound(&there);
        let _ = there.sealer(&["inspect", &name]).done();
    }
    assert!(killed > 0, "every push was done before it could be killed");
}

#[test]
fn a_pull_goes_on_after_any_point() {
    let registry = Registry::start();
    let sender = Surroundings::new();
    let name = format!("{}/demo/large:v1", registry.address);
    with_image(&sender, &name);
    let _ = sender.sealer(&["push", &name]).done();
    let mut killed = 0;
    for point in POINTS {
        let (here, way) = (Surroundings::new(), way_to(&registry.address));
        let name = format!("{}/demo/large:v1", way.address);
        let reached = || way.back.load(Ordering::SeqCst) >= point;
        killed += usize::from(kill_when(start(&here, &["pull", &name]), reached));
        assert_sound(&here);
        let _ = here.sealer(&["pull", &name]).done();
        assert_sound(&here);
        let missing = here.sealer(&["inspect", &name]).done();
        assert!(missing.contains("sha256:"), "{point}: {missing}");
    }
    assert!(killed > 0, "every pull was done before it could be killed");
}

/// A plain image of noise in a registry, and its name there.
fn publish_container_image(sender: &Surroundings, registry: &str) {
    let store = Store::open(&sender.root().join("images")).unwrap();
    let layers: Vec<Descriptor> = (0..LAYERS)
        .map(|seed| store.put_document(media_type::LAYER_TAR, &noise(&mut (seed as u64 + 1))).unwrap())
        .collect();
    let platform = Platform::from_machine(std::env::consts::ARCH);
    let config = Config {
        created: None,
        architecture: platform.architecture,
        os: platform.os,
        variant: None,
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids: layers.iter().map(|it| it.digest.clone()).collect() },
        history: Vec::new(),
    };
    let config = store.put_json(media_type::CONFIG, &config).unwrap();
    let manifest = store.put_json(media_type::MANIFEST, &Manifest::new(config, layers)).unwrap();
    let name = format!("{registry}/demo/web:1");
    store.tag(&name.parse().unwrap(), &manifest).unwrap();
    let _ = sender.sealer(&["push", &name]).done();
}

#[test]
fn a_build_that_was_killed_while_it_pulled_goes_on_after_any_point() {
    let registry = Registry::start();
    publish_container_image(&Surroundings::new(), &registry.address);
    let mut killed = 0;
    for point in POINTS {
        let (here, way) = (Surroundings::new(), way_to(&registry.address));
        here.write("context/Kubefile", "FROM scratch\nCOPY imageList manifests/\n");
        here.write("context/imageList", format!("{}/demo/web:1\n", way.address));
        let build = ["build", "-q", "-t", "app:v1", "context"];
        let reached = || way.back.load(Ordering::SeqCst) >= point;
        killed += usize::from(kill_when(start(&here, &build), reached));
        assert_sound(&here);
        let named = here.sealer(&["images", "--json"]).done();
        let ended = here.sealer(&build).done();
        assert_sound(&here);
        let _ = here.sealer(&["save", "app:v1", "-o", "a.tar"]).done();
        std::fs::remove_dir_all(here.root()).unwrap();
        assert_eq!(here.sealer(&build).done(), ended, "{point}: another image than undisturbed");
        assert!(named == "[]\n" || named == here.sealer(&["images", "--json"]).done(), "{point}: {named}");
    }
    assert!(killed > 0, "every build was done before it could be killed");
}

/// Feeds a program so many bytes of an archive through a pipe and kills it while it waits for more.
fn feed_and_kill(here: &Surroundings, archive: &Path, point: u64) {
    let pipe = here.work().join("pipe");
    let _ = std::fs::remove_file(&pipe);
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let mut process = start(here, &["load", "-i", "pipe"]);
    let mut end = File::options().write(true).open(&pipe).unwrap();
    io::copy(&mut File::open(archive).unwrap().take(point), &mut end).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
}

#[test]
fn a_load_begins_again_after_any_point_and_names_nothing_before_its_end() {
    let sender = Surroundings::new();
    with_image(&sender, "large:v1");
    let _ = sender.sealer(&["save", "large:v1", "-o", "large.tar"]).done();
    let archive = sender.work().join("large.tar");
    let here = Surroundings::new();
    for point in POINTS {
        feed_and_kill(&here, &archive, point);
        assert_sound(&here);
        same("[]\n", &here.sealer(&["images", "--json"]).done());
    }
    let _ = here.sealer(&["load", "-i", archive.to_str().unwrap()]).done();
    assert_sound(&here);
    let list = |here: &Surroundings| here.sealer(&["images", "--json"]).done();
    same(&list(&sender), &list(&here));
}

#[test]
fn a_save_leaves_no_half_archive_under_its_name_and_the_next_one_none_at_all() {
    let here = Surroundings::new();
    with_image(&here, "large:v1");
    let _ = here.sealer(&["save", "large:v1", "-o", "whole.tar"]).done();
    let whole = std::fs::read(here.work().join("whole.tar")).unwrap();
    let folder = here.work().join("out");
    std::fs::create_dir(&folder).unwrap();
    let mut killed = 0;
    for point in POINTS {
        let grown = || {
            let entries = std::fs::read_dir(&folder).unwrap().filter_map(|entry| entry.unwrap().metadata().ok());
            entries.map(|metadata| metadata.len()).sum::<u64>() >= point
        };
        killed += usize::from(kill_when(start(&here, &["save", "large:v1", "-o", "out/a.tar"]), grown));
        let archive = folder.join("a.tar");
        assert!(!archive.exists() || std::fs::read(&archive).unwrap() == whole, "{point}: half an archive");
        let _ = here.sealer(&["save", "large:v1", "-o", "out/a.tar"]).done();
        assert!(std::fs::read(&archive).unwrap() == whole, "{point}: another archive");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "{point}: something was left behind");
        std::fs::remove_file(&archive).unwrap();
    }
    assert!(killed > 0, "every save was done before it could be killed");
    assert_sound(&here);
}

#[test]
fn a_prune_never_takes_what_a_name_needs() {
    let here = Surroundings::new();
    with_image(&here, "large:v1");
    let blobs = here.root().join("images/blobs/sha256");
    let mut killed = 0;
    for round in 0..4 {
        // Many, so that there is time to kill in.
        for number in 0..500 {
            let content = format!("{round} {number}");
            let digest = sealer_model::Digest::of(content.as_bytes());
            std::fs::write(blobs.join(digest.hex()), content).unwrap();
        }
        let before = std::fs::read_dir(&blobs).unwrap().count();
        let goal = before - [1, 50, 250, 450][round];
        killed +=
            usize::from(kill_when(start(&here, &["prune"]), || std::fs::read_dir(&blobs).unwrap().count() <= goal));
        assert_sound(&here);
        let _ = here.sealer(&["save", "large:v1", "-o", "a.tar"]).done();
    }
    assert!(killed > 0, "every prune was done before it could be killed");
    let _ = here.sealer(&["prune"]).done();
    let needed = LAYERS + 5;
    assert_eq!(std::fs::read_dir(&blobs).unwrap().count(), needed, "the image's layers and documents");
}

#[test]
fn a_build_that_was_killed_at_any_point_ends_as_if_nothing_had_been() {
    let undisturbed = Surroundings::new();
    with_image(&undisturbed, "large:v1");
    let list = |here: &Surroundings| here.sealer(&["images", "--json"]).done();
    let mut killed = 0;
    for point in POINTS {
        let here = Surroundings::new();
        for file in std::fs::read_dir(undisturbed.work().join("context")).unwrap() {
            let file = file.unwrap();
            let name = format!("context/{}", file.file_name().to_string_lossy());
            here.write(&name, std::fs::read(file.path()).unwrap());
        }
        let images = here.root().join("images");
        let written = || bytes_below(&images) >= point;
        killed += usize::from(kill_when(start(&here, &["build", "-t", "large:v1", "context"]), written));
        assert_sound(&here);
        let named = here.sealer(&["images", "--json"]).done();
        assert!(named == "[]\n" || named == list(&undisturbed), "{point}: half an image has a name: {named}");
        let _ = here.sealer(&["build", "-q", "-t", "large:v1", "context"]).done();
        assert_sound(&here);
        same(&list(&undisturbed), &list(&here));
    }
    assert!(killed > 0, "every build was done before it could be killed");
}

/// Bytes of all files below a folder, as far as they are there when they are looked at.
fn bytes_below(folder: &Path) -> u64 {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    let size = |entry: std::fs::DirEntry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => bytes_below(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    };
    entries.filter_map(Result::ok).map(size).sum()
}

#[test]
fn a_save_in_volumes_names_them_in_a_list_when_all_are_whole_and_the_next_one_leaves_nothing_behind() {
    let here = Surroundings::new();
    with_image(&here, "large:v1");
    let folder = here.work().join("out");
    std::fs::create_dir(&folder).unwrap();
    let words = ["save", "large:v1", "--split", "2MB", "-o", "out/a.tar"];
    let mut killed = 0;
    for point in POINTS {
        killed += usize::from(kill_when(start(&here, &words), || bytes_below(&folder) >= point));
        let there = Surroundings::new();
        let list = folder.join("a.tar.json");
        if list.exists() {
            let _ = there.sealer(&["load", "-i", list.to_str().unwrap()]).done();
        }
        let _ = here.sealer(&words).done();
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 6, "{point}: five volumes and their list");
        let _ = there.sealer(&["load", "-i", list.to_str().unwrap()]).done();
        assert_sound(&there);
        for entry in std::fs::read_dir(&folder).unwrap() {
            std::fs::remove_file(entry.unwrap().path()).unwrap();
        }
    }
    assert!(killed > 0, "every save was done before it could be killed");
    assert_sound(&here);
}

#[test]
fn a_mount_shows_all_files_or_none_and_the_next_one_clears_up() {
    let here = Surroundings::new();
    with_image(&here, "large:v1");
    let mounts = here.root().join("images/mounts");
    let mut killed = 0;
    for point in POINTS {
        killed += usize::from(kill_when(start(&here, &["mount", "large:v1"]), || bytes_below(&mounts) >= point));
        let listed = here.sealer(&["mount", "-o", "json"]).done();
        let mounted = here.sealer(&["mount", "large:v1"]).ended(0);
        let path = mounted.stdout.trim().replace("$HERE", here.root().parent().unwrap().to_str().unwrap());
        let sizes: Vec<u64> = (0..LAYERS)
            .map(|layer| std::fs::metadata(Path::new(&path).join(format!("bin/{layer}"))).map_or(0, |file| file.len()))
            .collect();
        let folders = std::fs::read_dir(&mounts).unwrap().count();
        let _ = here.sealer(&["umount", "--all"]).done();
        assert!(listed == "[]\n" || listed.contains("large:v1"), "{point}: {listed}");
        assert_eq!(sizes, [LAYER as u64; LAYERS], "{point}");
        assert_eq!(folders, 1, "{point}: something was left behind");
        assert_sound(&here);
    }
    assert!(killed > 0, "every mount was done before it could be killed");
}
