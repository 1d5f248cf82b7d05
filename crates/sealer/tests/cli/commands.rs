//! `RUN`: commands of a Kubefile, in a rootfs that is made of this machine's own programs. They need root, or user namespaces, and a
//! file system that can hold the upper layer of an overlay.

use crate::surroundings::Surroundings;
use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const PROGRAMS: [&str; 12] =
    ["sh", "cat", "mkdir", "rm", "ln", "chmod", "sleep", "id", "hostname", "test", "mkfifo", "stat"];

/// A world whose context has a small operating system in `system/`; none where commands cannot run, which is said.
fn world(kubefile: &str) -> Option<Surroundings> {
    if !is_root() {
        tell("skipped: RUN is tested as root only");
        return None;
    }
    let world = Surroundings::new();
    for program in PROGRAMS {
        take(&world, &format!("/usr/bin/{program}"));
    }
    world.write("system/bin/sh", fs::read("/bin/sh").unwrap());
    executable(&world.work().join("system/bin/sh"));
    world.write("system/etc/gone", "lower");
    world.write("system/srv/old/one", "lower");
    world.write("Kubefile", format!("FROM scratch\nCOPY system/ /\n{kubefile}"));
    Some(world)
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn tell(text: &str) {
    eprintln!("{text}");
}

/// Puts a program of this machine into the context, with the libraries that it needs.
fn take(world: &Surroundings, program: &str) {
    let needed = Command::new("ldd").arg(program).output().unwrap();
    let needed = String::from_utf8(needed.stdout).unwrap();
    let libraries = needed.split_whitespace().filter(|word| word.starts_with('/'));
    for path in libraries.chain([program]).collect::<BTreeSet<&str>>() {
        let inside = format!("system{path}");
        if !world.work().join(&inside).exists() {
            world.write(&inside, fs::read(path).unwrap());
            executable(&world.work().join(&inside));
        }
    }
}

fn executable(path: &Path) {
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

const BUILD: [&str; 4] = ["build", "-t", "demo/run:v1", "."];

#[test]
fn a_command_sees_the_layers_below_and_its_changes_are_the_next_layer() {
    let Some(world) = world(
        "ARG NAME=x\nENV GREETING=\"hello world\"\n\
         RUN echo \"$GREETING $NAME $(hostname)\" > /etc/made && rm /etc/gone && rm -r /srv/old && mkdir /srv/old \
         && ln /etc/made /srv/old/same && ln -s made /etc/link\n\
         RUN [\"/usr/bin/test\", \"-e\", \"/etc/link\"]\n\
         RUN test ! -e /etc/gone && test ! -e /srv/old/one && cat /etc/link && test $(id -u) = 0 && ! echo x > /proc/sys/kernel/hostname\n",
    ) else {
        return;
    };
    let first = world.sealer(&BUILD).ended(0);
    assert!(first.stderr.contains("RUN | hello world x sealer-build\n"), "{}", first.stderr);
    assert_eq!(world.sealer(&["store", "verify"]).ended(0).code, Some(0));
    // the result is remembered, and made anew it is the same
    let again = world.sealer(&BUILD).ended(0);
    assert!(!again.stderr.contains("RUN |"), "{}", again.stderr);
    let anew = world.sealer(&[&BUILD[..], &["--no-cache"]].concat()).ended(0);
    assert!(anew.stderr.contains("RUN | hello world"), "{}", anew.stderr);
    assert_eq!((&again.stdout, &anew.stdout), (&first.stdout, &first.stdout));
    // another store, without anything unpacked, comes to the same
    fs::remove_dir_all(world.root()).unwrap();
    assert_eq!(world.sealer(&BUILD).ended(0).stdout, first.stdout);
    let rooms = fs::read_dir(world.root().join("images/build/rootfs")).unwrap();
    let left: Vec<String> = rooms.map(|room| room.unwrap().file_name().into_string().unwrap()).collect();
    assert!(!left.iter().any(|name| name.starts_with("run-") || name.starts_with("new-")), "{left:?}");
}

/// Whether a user without rights can have a user namespace here, with mounts of its own; said where not.
fn has_user_namespaces() -> bool {
    let words = [
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "unshare",
        "--user",
        "--map-root-user",
        "--mount",
        "true",
    ];
    let made = Command::new("setpriv").args(words).output().is_ok_and(|output| output.status.success());
    if !made {
        tell("skipped: RUN without root needs setpriv, unshare and user namespaces, which are not to be had here");
    }
    made
}

#[test]
fn without_root_a_command_is_root_of_its_own_and_makes_the_same_image() {
    let kubefile = "ARG NAME=x\n\
         RUN echo \"$(id -u) $NAME\" > /etc/made && chmod 600 /etc/made && rm /etc/gone && rm -r /srv/old && mkdir /srv/old\n\
         RUN test ! -e /etc/gone && test ! -e /srv/old/one && cat /etc/made && ! echo x > /proc/sys/kernel/hostname\n\
         RUN --network=none test -e /etc/made\n";
    let Some(of_root) = world(kubefile).filter(|_| has_user_namespaces()) else {
        return;
    };
    let nobody = world(kubefile).unwrap().of_nobody();
    let (first, second) = (of_root.sealer(&BUILD).ended(0), nobody.sealer(&BUILD).ended(0));
    assert!(second.stderr.contains("RUN | 0 x\n"), "{}", second.stderr);
    assert_eq!(second.stdout, first.stdout);
    let again = nobody.sealer(&BUILD).ended(0);
    assert!(again.stdout == first.stdout && !again.stderr.contains("RUN |"), "{}", again.stderr);
    // everything that was unpacked for it can be removed by whoever built
    let _ = nobody.sealer(&["prune"]).done();
    assert_eq!(nobody.sealer(&["store", "verify"]).ended(0).code, Some(0));
}

#[test]
fn texts_in_the_kubefile_are_files_and_scripts() {
    let Some(world) = world(
        "ARG NAME=x\nCOPY --chmod=0755 <<greet.sh <<'plain' srv/\n#!/bin/sh\n# $NAME\necho \"$NAME \\$1\"\ngreet.sh\n$NAME\nplain\n\
         RUN <<END\nset -e\ntest \"$(srv/greet.sh y)\" = 'x y'\n# a comment of the script\ntest \"$(cat srv/plain)\" = '$NAME'\nEND\n\
         RUN cat <<'END' > /etc/made\n$1\nEND\nRUN test \"$(cat /etc/made)\" = '$1' && test $(stat -c %a srv/greet.sh) = 755\n",
    ) else {
        return;
    };
    let first = world.sealer(&BUILD).ended(0);
    assert_eq!(world.sealer(&BUILD).ended(0).stdout, first.stdout);
}

#[test]
fn a_layer_above_a_command_and_one_below_it_keep_their_order() {
    let Some(world) = world(
        "RUN mkdir -p manifests && echo '{kind: Pod, spec: {containers: [{image: demo/none:v1}]}}' > manifests/a.yaml\n\
         RUN rm manifests/a.yaml\nCOPY over /etc/made\nRUN test $(cat /etc/made) = over\n",
    ) else {
        return;
    };
    world.write("over", "over\n");
    // what a command removed is not asked for
    world.sealer(&[&BUILD[..], &["--pull", "never"]].concat()).done();
    let kubefile = fs::read_to_string(world.work().join("Kubefile")).unwrap();
    world.write("Kubefile", kubefile.replace("RUN rm manifests/a.yaml\n", ""));
    let asked = world.sealer(&[&BUILD[..], &["--pull", "never"]].concat());
    assert!(asked.code != Some(0) && asked.stderr.contains("docker.io/demo/none:v1"), "{}", asked.stderr);
}

#[test]
fn a_command_that_fails_is_told_with_its_line_and_what_it_said() {
    for (run, message) in [
        ("RUN echo why >&2 && exit 7", "Kubefile:3:1: the command ended with exit code 7: echo why >&2 && exit 7"),
        ("RUN [\"/no/such\"]", "Kubefile:3:1: RUN: the rootfs has no /no/such that can be run"),
        ("RUN mkfifo /pipe", "Kubefile:3:1: RUN made pipe, which is neither a file"),
        ("RUN echo > /.wh.x", "Kubefile:3:1: RUN made .wh.x"),
        (
            "RUN --network=none cat /proc/net/dev | { read a; read b; read c d; test \"$c\" = lo: && exit 9; }",
            "exit code 9",
        ),
        ("RUN sh -c 'kill -9 $$'", "the command ended with exit code 137"),
    ] {
        let Some(world) = world(&format!("{run}\n")) else {
            return;
        };
        let failed = world.sealer(&BUILD).ended(1);
        assert!(failed.stderr.contains(message), "{run}: {}", failed.stderr);
        assert!(!run.contains("why") || failed.stderr.contains("\n  why\n"), "{}", failed.stderr);
        assert!(world.sealer(&["images"]).done().lines().count() <= 1, "a build that failed named an image");
    }
}

#[test]
fn a_rootfs_without_a_shell_is_told_so() {
    if !is_root() {
        return tell("skipped: RUN is tested as root only");
    }
    let world = Surroundings::new();
    world.write("Kubefile", "FROM scratch\nCOPY Kubefile etc/\nRUN true\n");
    let failed = world.sealer(&BUILD).ended(1);
    for text in ["Kubefile:3:1", "the rootfs has no /bin/sh that can be run", "RUN runs inside the rootfs"] {
        assert!(failed.stderr.contains(text), "{}", failed.stderr);
    }
}

#[test]
fn a_build_that_is_killed_takes_its_command_with_it_and_the_next_cleans_up() {
    let Some(world) = world("RUN echo begun && sleep 1234.5 && echo > /never\n") else {
        return;
    };
    for signal in ["-9", "-2"] {
        let mut child = world.command(&BUILD).stderr(std::process::Stdio::null()).spawn().unwrap();
        wait(|| sleeps() == 1);
        Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
        child.wait().unwrap();
        wait(|| sleeps() == 0);
    }
    let kubefile = fs::read_to_string(world.work().join("Kubefile")).unwrap();
    world.write("Kubefile", kubefile.replace(" && sleep 1234.5", ""));
    world.sealer(&BUILD).done();
    let rooms = fs::read_dir(world.root().join("images/build/rootfs")).unwrap();
    let left = rooms.filter(|room| room.as_ref().unwrap().file_name().to_string_lossy().starts_with("run-")).count();
    assert_eq!(left, 0);
}

/// How many processes run the command of the test above.
fn sleeps() -> usize {
    let processes = fs::read_dir("/proc").unwrap().map(|process| process.unwrap().path().join("cmdline"));
    processes.filter(|path| fs::read(path).is_ok_and(|words| words.ends_with(b"sleep\x001234.5\0"))).count()
}

/// Waits until something is so; a minute is more than it ever takes.
#[track_caller]
fn wait(is_so: impl Fn() -> bool) {
    for _ in 0..600 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("it did not come to that within a minute");
}

#[test]
fn what_is_unpacked_for_commands_goes_with_the_garbage() {
    let Some(world) = world("RUN true\n") else {
        return;
    };
    let first = world.sealer(&BUILD).done();
    assert!(world.root().join("images/build/rootfs/places").exists());
    world.sealer(&["prune"]).done();
    assert!(!world.root().join("images/build/rootfs").exists());
    assert_eq!(world.sealer(&[&BUILD[..], &["--no-cache"]].concat()).done(), first);
}
