//! What a stand-in host is made of: Debian's smallest system with systemd, sshd and a shell, and nothing else. The root
//! filesystem is made once and kept as a tar file outside the checkout; the engine imports it when it has forgotten it.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::debian::{release, sources};
use crate::error::Result;
use crate::folders::{self, Folders};
use crate::hosts::engine::Engine;

/// Everything on a host beside the essential packages.
const PACKAGES: &str = "systemd-sysv,dbus,openssh-server";
/// The script that runs at each boot of a host, and its unit.
const BOOT: &str = include_str!("stand-in");
const UNIT: &str = include_str!("stand-in.service");
/// Root may log in with a password: what a freshly installed machine at a customer's site allows.
const SSHD: &str = "PermitRootLogin yes\nPasswordAuthentication yes\nUseDNS no\n";

/// Makes sure that the engine has the image, and returns its name.
/// `programs` are packages besides the usual ones, with commas between.
pub(crate) fn ensure(folders: &Folders, engine: &Engine, programs: &str) -> Result<String> {
    let packages = if programs.is_empty() { PACKAGES.to_owned() } else { format!("{PACKAGES},{programs}") };
    let key = crate::digest::short(&[&packages, BOOT, UNIT, SSHD, include_str!("image.rs")]);
    let name = format!("stand-in-host:{key}");
    if engine.docker(&["image", "inspect", &name]).attempt()?.success() {
        return Ok(name);
    }
    let archive = folders.cache.join(format!("hosts/root-{key}.tar"));
    if !archive.exists() {
        make(folders, &packages, &archive)?;
    }
    engine.docker(&["import", "--change", r#"CMD ["/sbin/init"]"#]).argument(&archive).argument(&name).output()?;
    Ok(name)
}

fn make(folders: &Folders, packages: &str, archive: &Path) -> Result<()> {
    let folder = folders.cache.join("hosts");
    folders::create(&folder)?;
    let scratch = tempfile::tempdir_in(&folder).map_err(crate::error::Error::file("create a folder in", &folder))?;
    let root = scratch.path().join("root");
    bootstrap(scratch.path(), packages, &root)?;
    finish(&root)?;
    let packed = scratch.path().join("root.tar");
    let tar = Program::new("tar").arguments(["--create", "--numeric-owner", "--xattrs", "--one-file-system", "--file"]);
    tar.argument(&packed).argument("--directory").argument(&root).argument(".").output()?;
    folders::publish(&packed, archive)
}

fn bootstrap(scratch: &Path, packages: &str, root: &Path) -> Result<()> {
    let codename = release::codename()?;
    let list = scratch.join("machine.list");
    let lines: String = sources::of_machine(&codename)?.iter().map(|source| source.line("deb") + "\n").collect();
    folders::write(&list, lines)?;
    let log = scratch.join("mmdebstrap.log");
    let program = Program::new("mmdebstrap").arguments(["--mode=root", "--variant=minbase", "--format=directory"]);
    let program =
        program.arguments([&format!("--include={packages}"), "--aptopt=Acquire::Check-Valid-Until \"false\""]);
    let program =
        program.arguments(["--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*"]);
    program.argument(&codename).argument(root).argument(&list).logged(&log)
}

/// What every host has to have of its own goes (keys, machine id); what makes a container a host comes.
fn finish(root: &Path) -> Result<()> {
    for entry in ["ssh_host_rsa_key", "ssh_host_ecdsa_key", "ssh_host_ed25519_key"] {
        folders::remove(&root.join("etc/ssh").join(entry))?;
        folders::remove(&root.join("etc/ssh").join(format!("{entry}.pub")))?;
    }
    // where there is a kernel there is this folder
    folders::create(&root.join("usr/lib/modules"))?;
    folders::write(&root.join("etc/machine-id"), "")?;
    folders::remove(&root.join("var/lib/dbus/machine-id"))?;
    for empty in ["etc/hosts", "etc/resolv.conf", "etc/hostname"] {
        folders::remove(&root.join(empty))?;
        folders::write(&root.join(empty), "")?;
    }
    folders::write(&root.join("etc/ssh/sshd_config.d/stand-in.conf"), SSHD)?;
    folders::write(&root.join("usr/lib/stand-in"), BOOT)?;
    folders::set_mode(&root.join("usr/lib/stand-in"), 0o755)?;
    folders::write(&root.join("etc/systemd/system/stand-in.service"), UNIT)?;
    let link: PathBuf = root.join("etc/systemd/system/basic.target.wants/stand-in.service");
    folders::create(&root.join("etc/systemd/system/basic.target.wants"))?;
    std::os::unix::fs::symlink("../stand-in.service", &link).map_err(crate::error::Error::file("link", &link))
}
