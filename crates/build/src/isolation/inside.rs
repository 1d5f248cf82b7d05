//! The second process, number one of its PID namespace: the layers become its root, and it becomes the command.

use super::order::{FILES, MERGED};
use super::outside::die_with_parent;
use super::rights::give_up_rights;
use super::{Failure, Order};
use rustix::fs::Mode;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_change, mount_remount, unmount,
};
use std::convert::Infallible;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// Devices that programs expect.
const DEVICES: [&str; 6] = ["null", "zero", "full", "random", "urandom", "tty"];
const LINKS: [(&str, &str); 4] = [
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
];
/// Parts of `/proc` through which root could change the machine, and those that tell what is none of the command's business.
const READ_ONLY: [&str; 5] = ["sys", "sysrq-trigger", "irq", "bus", "fs"];
const HIDDEN: [&str; 4] = ["kcore", "keys", "timer_list", "sched_debug"];

/// Becomes the order's command; comes back only when it cannot.
pub(super) fn become_command(folder: &Path, order: &Order) -> Result<Infallible, Failure> {
    die_with_parent()?;
    rustix::system::sethostname(b"sealer-build").map_err(Failure::to("set its host name"))?;
    enter(folder)?;
    execute(order)
}

/// Makes the layers the root. The old root stays the working folder until everything is mounted from it: a relative path begins
/// there, an absolute one, with every link on its way, in the new root.
fn enter(folder: &Path) -> Result<(), Failure> {
    let old = File::open("/").map_err(Failure::to("open its root"))?;
    std::env::set_current_dir(folder.join(MERGED)).map_err(Failure::to("enter its new root"))?;
    rustix::process::pivot_root(".", ".").map_err(Failure::to("change its root"))?;
    rustix::process::fchdir(&old).map_err(Failure::to("go back to its old root"))?;
    let private = MountPropagationFlags::PRIVATE | MountPropagationFlags::REC;
    mount_change(".", private).map_err(Failure::to("keep its old root to itself"))?;
    processes().map_err(Failure::to("arrange /proc"))?;
    devices().map_err(Failure::to("arrange /dev"))?;
    let own = folder.strip_prefix("/").unwrap_or(folder);
    for (name, path) in FILES {
        let target = Path::new("/").join(path);
        mount_bind(own.join(name), &target).map_err(Failure::to(format!("bring its own {}", target.display())))?;
    }
    unmount(".", UnmountFlags::DETACH).map_err(Failure::to("leave its old root"))?;
    std::env::set_current_dir("/").map_err(Failure::to("enter its root"))
}

/// What every file system of the kernel is mounted with.
const SAFE: MountFlags = MountFlags::NOSUID.union(MountFlags::NODEV).union(MountFlags::NOEXEC);

fn processes() -> io::Result<()> {
    mount("proc", "/proc", "proc", SAFE, None)?;
    for name in READ_ONLY {
        let path = Path::new("/proc").join(name);
        if path.exists() {
            mount_bind(&path, &path)?;
            mount_remount(&path, MountFlags::BIND | MountFlags::RDONLY | SAFE, "")?;
        }
    }
    for name in HIDDEN {
        let path = Path::new("/proc").join(name);
        if path.exists() {
            mount_bind("dev/null", &path)?;
        }
    }
    Ok(())
}

fn devices() -> io::Result<()> {
    let flags = MountFlags::NOSUID | MountFlags::NOEXEC;
    mount("tmpfs", "/dev", "tmpfs", flags, c"mode=755,size=65536k")?;
    for name in DEVICES {
        let path = Path::new("/dev").join(name);
        File::create(&path)?;
        mount_bind(Path::new("dev").join(name), &path)?;
    }
    for (name, target) in LINKS {
        symlink(target, Path::new("/dev").join(name))?;
    }
    fs::create_dir("/dev/shm")?;
    rustix::fs::chmod("/dev/shm", Mode::from_raw_mode(0o1777))?;
    Ok(())
}

fn execute(order: &Order) -> Result<Infallible, Failure> {
    let Some((program, arguments)) = order.arguments.split_first() else {
        return Err(Failure::to("run it")(io::Error::other("there is no command")));
    };
    // neither a terminal nor a umask of whoever builds reaches the command
    rustix::process::setsid().map_err(Failure::to("begin a session"))?;
    rustix::process::umask(Mode::from_raw_mode(0o022));
    give_up_rights(order.form)?;
    let mut command = Command::new(program);
    let error = command.args(arguments).env_clear().envs(&order.environment).exec();
    Err(Failure::to_run(program, error))
}
