//! A small system in a temporary folder, with a stand-in for systemd that keeps its state in files.

use crate::changes::make;
use crate::error::Result;
use crate::place::Place;
use crate::removal;
use sealer_model::agent::{Batch, Change, Changed};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// The cluster of every change.
pub(super) const CLUSTER: &str = "my-cluster";

/// A small system. Keeps units in `/units`: a file `NAME.enabled`, a file `NAME.active`; logs requests in `/systemctl.log`.
pub(super) struct System {
    folder: TempDir,
    pub(super) place: Place,
}

const SYSTEMCTL: &str = r#"#!/bin/sh
units=${0%/usr/bin/systemctl}/units
echo "$*" >> "$units/../systemctl.log"
for name do :; done
case $1 in
is-enabled) if [ -e "$units/$name.enabled" ]; then echo enabled; else echo disabled; exit 1; fi ;;
is-active) if [ -e "$units/$name.active" ]; then echo active; else echo inactive; exit 3; fi ;;
enable) : > "$units/$name.enabled" ;;
disable) rm "$units/$name.enabled" ;;
restart) if [ -e "$units/$name.broken" ]; then exit 1; fi; : > "$units/$name.active" ;;
show)
    echo Type=simple
    if [ -e "$units/$name.dying" ]; then echo ActiveState=activating; echo SubState=auto-restart
    else echo ActiveState=active; echo SubState=running; fi ;;
stop) rm "$units/$name.active" ;;
esac
"#;

impl System {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let system = Self { place: Place::below(folder.path().to_owned()), folder };
        for made in ["etc", "usr/bin", "units", "var/lib", "proc/sys/net/ipv4"] {
            fs::create_dir_all(system.path(made)).unwrap();
        }
        system.program("systemctl", SYSTEMCTL);
        system.program("journalctl", "#!/bin/sh\necho 'last words'\n");
        system
    }

    pub(super) fn program(&self, name: &str, text: &str) {
        // written by another process: a process that another test starts meanwhile would inherit a file that is open for writing here, and
        // as long as anybody has it open it cannot be started
        let write = ["-c", r#"printf %s "$2" >"$1" && chmod 755 "$1""#, "sh"];
        let path = self.path(&format!("usr/bin/{name}"));
        assert!(Command::new("sh").args(write).arg(path).arg(text).status().unwrap().success());
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path.trim_start_matches('/'))
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        fs::write(self.path(path), text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }

    pub(super) fn batch(&self, changes: &[Change], dry_run: bool) -> Result<Vec<Changed>> {
        let changes = changes.to_vec();
        make(&self.place, &Batch { cluster: CLUSTER.into(), dry_run, changes })
    }

    /// Makes changes, makes sure that a second time changes nothing, and returns what the first time did.
    pub(super) fn make(&self, changes: &[Change]) -> Vec<Changed> {
        let answers = self.batch(changes, false).unwrap();
        assert_eq!(self.batch(changes, false).unwrap(), vec![Changed::No; changes.len()]);
        answers
    }

    pub(super) fn remove(&self) -> Result<Changed> {
        removal::remove(&self.place, CLUSTER, &mut |_| ())
    }

    /// Every path with its mode and content.
    pub(super) fn picture(&self) -> BTreeMap<String, String> {
        let mut picture = BTreeMap::new();
        paint(self.folder.path(), self.folder.path(), &mut picture);
        picture.remove("systemctl.log");
        picture
    }

    pub(super) fn requests(&self) -> String {
        self.read("systemctl.log")
    }
}

fn paint(root: &Path, folder: &Path, picture: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = path.symlink_metadata().unwrap();
        let content = if metadata.is_symlink() {
            format!("-> {}", fs::read_link(&path).unwrap().display())
        } else if metadata.is_dir() {
            paint(root, &path, picture);
            "folder".to_owned()
        } else {
            fs::read_to_string(&path).unwrap()
        };
        let name = path.strip_prefix(root).unwrap().display().to_string();
        picture.insert(name, format!("{:o} {content}", metadata.mode()));
    }
}
