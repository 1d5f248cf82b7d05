//! Ending processes by where their program lies or by the control group they are in: what a cluster leaves running.

use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process};
use sealer_model::agent::EndProcesses;
use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

/// How long processes have to end by themselves.
const GRACE: Duration = Duration::from_secs(10);

/// How long the kernel has to end them.
const FORCE: Duration = Duration::from_secs(5);

/// A process to end.
struct Target {
    pid: Pid,
    program: String,
}

/// What makes a process a target.
struct Search {
    folders: Vec<PathBuf>,
    groups: Vec<String>,
}

/// Asks the processes to end, waits, and ends those that do not. Blocks.
pub(crate) fn end(place: &Place, which: &EndProcesses) -> Result<()> {
    let folders = which.below.iter().map(|path| place.path(path)).collect::<Result<_>>()?;
    let search = Search { folders, groups: which.control_groups.clone() };
    if search.signal(Signal::TERM, GRACE)?.is_empty() {
        return Ok(());
    }
    let alive = search.signal(Signal::KILL, FORCE)?;
    if alive.is_empty() {
        return Ok(());
    }
    let alive: Vec<_> = alive.iter().map(|one| format!("{} {}", one.pid, one.program)).collect();
    Err(Error::Alive { processes: alive.join(", ") })
}

impl Search {
    /// Sends a signal to all targets, and to those that appear meanwhile; returns those that are left.
    fn signal(&self, signal: Signal, patience: Duration) -> Result<Vec<Target>> {
        let begun = Instant::now();
        let mut signalled: Vec<Pid> = Vec::new();
        loop {
            let targets = self.targets()?;
            if targets.is_empty() || begun.elapsed() > patience {
                return Ok(targets);
            }
            for target in targets.iter().filter(|target| !signalled.contains(&target.pid)) {
                send(target, signal)?;
            }
            signalled = targets.iter().map(|target| target.pid).collect();
            thread::sleep(Duration::from_millis(100));
        }
    }

    fn targets(&self) -> Result<Vec<Target>> {
        let list = Path::new("/proc");
        let own = std::process::id().cast_signed();
        let mut targets = Vec::new();
        for entry in fs::read_dir(list).at("read", list)? {
            let name = entry.at("read", list)?.file_name();
            let Some(number) = name.to_str().and_then(|name| name.parse::<i32>().ok()) else {
                continue;
            };
            // The first process is the system itself.
            if number > 1 && number != own {
                targets.extend(self.target(number));
            }
        }
        Ok(targets)
    }

    /// A process can end at any moment; then it is none.
    fn target(&self, number: i32) -> Option<Target> {
        let folder = PathBuf::from(format!("/proc/{number}"));
        if is_zombie(&fs::read_to_string(folder.join("stat")).ok()?) {
            return None;
        }
        // Threads of the kernel have no program.
        let program = fs::read_link(folder.join("exe")).ok()?;
        let groups = fs::read_to_string(folder.join("cgroup")).ok()?;
        let below = self.folders.iter().any(|folder| program.starts_with(folder));
        let inside = self.groups.iter().any(|group| is_inside(&groups, group));
        let pid = Pid::from_raw(number)?;
        (below || inside).then(|| Target { pid, program: program.display().to_string() })
    }
}

fn send(target: &Target, signal: Signal) -> Result<()> {
    match kill_process(target.pid, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(Error::io("end", Path::new(&target.program), error.into())),
    }
}

/// The state follows the name, which stands in parentheses and may hold any letter.
fn is_zombie(stat: &str) -> bool {
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with(['Z', 'X']))
}

/// Lines `number:controllers:/path`; systemd adds `.slice` to names.
fn is_inside(groups: &str, name: &str) -> bool {
    let paths = groups.lines().filter_map(|line| line.splitn(3, ':').nth(2));
    let mut parts = paths.flat_map(|path| path.split('/'));
    parts.any(|part| part == name || part.strip_suffix(".slice") == Some(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_groups_of_both_versions_are_understood() {
        let first = "3:cpu:/kubepods/besteffort/pod1/abc\n2:name=systemd:/user.slice\n";
        let second = "0::/kubepods.slice/kubepods-besteffort.slice/cri-containerd-abc.scope\n";
        assert!(is_inside(first, "kubepods"));
        assert!(is_inside(second, "kubepods"));
        assert!(!is_inside("0::/system.slice/mykubepods.service\n", "kubepods"));
        assert!(!is_inside("", "kubepods"));
    }

    #[test]
    fn a_zombie_is_known_whatever_its_name() {
        assert!(is_zombie("12 (a) S) Z 1 12"));
        assert!(!is_zombie("12 (Z) S 1 12"));
    }

    #[test]
    fn processes_are_ended_by_where_their_program_lies() {
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("sleeper");
        fs::copy("/bin/sleep", &program).unwrap();
        let mut child = std::process::Command::new(&program).arg("600").spawn().unwrap();
        let reaper = thread::spawn(move || child.wait().unwrap());
        let below = vec![folder.path().display().to_string()];
        let which = EndProcesses { below, control_groups: Vec::new() };
        end(&Place::new("/nowhere".into()), &which).unwrap();
        assert!(!reaper.join().unwrap().success());
    }

    #[test]
    fn a_program_that_was_moved_aside_and_removed_still_counts_by_the_folder_above() {
        let folder = tempfile::tempdir().unwrap();
        let (rootfs, former) = (folder.path().join("rootfs"), folder.path().join(".rootfs.part"));
        fs::create_dir(&rootfs).unwrap();
        fs::copy("/bin/sleep", rootfs.join("shim")).unwrap();
        let mut child = std::process::Command::new(rootfs.join("shim")).arg("600").spawn().unwrap();
        fs::rename(&rootfs, &former).unwrap();
        fs::remove_dir_all(&former).unwrap();
        let reaper = thread::spawn(move || child.wait().unwrap());
        let below = vec![folder.path().display().to_string()];
        end(&Place::new("/nowhere".into()), &EndProcesses { below, control_groups: Vec::new() }).unwrap();
        assert!(!reaper.join().unwrap().success());
    }
}
