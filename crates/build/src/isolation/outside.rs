//! The first process: namespaces, and the layers mounted over each other.

use super::order::{MERGED, UPPER, WORK};
use super::{Failure, Form, INSIDE, Order, WORDS};
use crate::options::Network;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_change};
use rustix::process::Signal;
use rustix::thread::UnshareFlags;
use std::ffi::CString;
use std::fs;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// Carries an order out and tells the exit code of its command.
pub(super) fn carry_out(folder: &Path, order: &Order) -> Result<u8, Failure> {
    if order.form == Form::User {
        become_root_of_own()?;
    }
    die_with_parent()?;
    unshare(namespaces(order.network)).map_err(Failure::to("make namespaces of its own"))?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change("/", private).map_err(Failure::to("keep mounts to itself"))?;
    let parent = folder.parent().unwrap_or(folder);
    std::env::set_current_dir(parent).map_err(Failure::to("enter the folder of the layers"))?;
    overlay(folder, order)?;
    let mut command = Command::new("/proc/self/exe");
    command.args(WORDS).arg(INSIDE).arg(folder).stdin(Stdio::null());
    let status = command.status().map_err(Failure::to("start the first process inside"))?;
    let killed = || u8::try_from(status.signal().unwrap_or(0)).unwrap_or(0).saturating_add(128);
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or_else(killed))
}

/// Dies when the process that started this one has gone, so that nothing runs on after a build was killed.
pub(super) fn die_with_parent() -> Result<(), Failure> {
    let doing = "be ended together with the build";
    rustix::process::set_parent_process_death_signal(Some(Signal::KILL)).map_err(Failure::to(doing))
}

fn namespaces(network: Network) -> UnshareFlags {
    let always = UnshareFlags::NEWNS | UnshareFlags::NEWPID | UnshareFlags::NEWIPC | UnshareFlags::NEWUTS;
    match network {
        Network::Host => always,
        Network::None => always | UnshareFlags::NEWNET,
    }
}

/// Makes a user namespace in which this user is root. Who is not root can have no other namespaces.
fn become_root_of_own() -> Result<(), Failure> {
    let (user, group) = (rustix::process::geteuid().as_raw(), rustix::process::getegid().as_raw());
    unshare(UnshareFlags::NEWUSER).map_err(Failure::to("make a user namespace (RUN needs root or user namespaces)"))?;
    let told = || {
        fs::write("/proc/self/setgroups", "deny")?;
        fs::write("/proc/self/uid_map", format!("0 {user} 1"))?;
        fs::write("/proc/self/gid_map", format!("0 {group} 1"))
    };
    told().map_err(Failure::to::<io::Error>("become root of its own user namespace"))
}

#[expect(deprecated, reason = "deprecated for UnshareFlags::FILES alone, which no caller here uses")]
fn unshare(flags: UnshareFlags) -> rustix::io::Result<()> {
    rustix::thread::unshare(flags)
}

/// Mounts the layers over each other. Names are relative, because the kernel takes a page of options and no more.
fn overlay(folder: &Path, order: &Order) -> Result<(), Failure> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let lowers = order.lowers.join(":");
    let mut options = format!("lowerdir={lowers},upperdir={name}/{UPPER},workdir={name}/{WORK}");
    // a layer must mean the same everywhere, so no marks that only this kernel follows
    options.push_str(match order.form {
        Form::Trusted => ",redirect_dir=off,metacopy=off,index=off",
        Form::User => ",userxattr",
    });
    if options.len() >= PAGE {
        let many = io::Error::other(format!("{} layers are more than the kernel takes", order.lowers.len()));
        return Err(Failure::to("mount the layers over each other")(many));
    }
    let options = CString::new(options).map_err(Failure::to("name the layers"))?;
    let failed = Failure::to(format!(
        "mount the layers over each other; the store must lie on a file system that can hold the upper layer of an overlay, \
         such as ext4 or xfs, and not on an overlay itself ({} layers)",
        order.lowers.len()
    ));
    mount("overlay", format!("{name}/{MERGED}"), "overlay", MountFlags::NODEV, options.as_c_str()).map_err(failed)
}

/// Bytes of options that a mount takes.
const PAGE: usize = 4096;
