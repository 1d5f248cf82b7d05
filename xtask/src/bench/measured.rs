//! One command with what it cost: its time, the bytes that it caused to be written to the disk, and the most memory it held.
//! The kernel counts all three for the process itself, so other work on the machine does not get into the last two.

use std::fs::File;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};

use crate::command::Program;
use crate::error::{Error, Result};

/// How often a process is asked for its memory. The kernel keeps the highest mark, so only what comes after the last look is
/// missed.
const LOOK: Duration = Duration::from_millis(2);

/// What one command cost.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measured {
    /// From start to end.
    pub(crate) seconds: f64,
    /// Bytes of file pages that it made the disk write.
    pub(crate) written: f64,
    /// The most physical memory it held at once, in bytes.
    pub(crate) peak: f64,
}

/// Runs a program to its end, with the disk quiet before it; what it says goes to a file that the error quotes.
pub(crate) fn measured(program: Program, log: &Path) -> Result<Measured> {
    rustix::fs::sync();
    let output = File::create(log).map_err(Error::file("create", log))?;
    let began = Instant::now();
    let mut command = program.command();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(output);
    let mut child = command.spawn().map_err(|source| program.cannot_start(source))?;
    let (peak, seconds) = watch(child.id(), began)?;
    // An ended process keeps its counters until somebody asks how it ended.
    let written = written(child.id());
    let status = child.wait().map_err(|source| program.cannot_start(source))?;
    if !status.success() {
        return Err(program.failed(&status.to_string(), &crate::folders::read(log)?));
    }
    Ok(Measured { seconds, written: written?, peak })
}

/// Waits for the end and notes the highest memory until then.
fn watch(process: u32, began: Instant) -> Result<(f64, f64)> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut peak = 0.0;
            while !over.load(Ordering::Relaxed) {
                peak = field(process, "status", "VmHWM:").map_or(peak, |kilobytes| kilobytes * 1024.0);
                thread::sleep(LOOK);
            }
            peak
        });
        let ended = ended(process);
        let seconds = began.elapsed().as_secs_f64();
        over.store(true, Ordering::Relaxed);
        let peak = watcher.join().map_err(|_| Error::unmet("nobody watched the memory"))?;
        ended.map(|()| (peak, seconds))
    })
}

fn ended(process: u32) -> Result<()> {
    let process = i32::try_from(process).ok().and_then(Pid::from_raw);
    let process = process.ok_or_else(|| Error::unmet("a process has no number"))?;
    let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT;
    let ended = waitid(WaitId::Pid(process), options);
    ended.map(drop).map_err(|error| Error::unmet(format!("cannot wait for a process: {error}")))
}

/// What was dirtied less what was deleted before it reached the disk.
fn written(process: u32) -> Result<f64> {
    let count = |name| {
        field(process, "io", name).ok_or_else(|| Error::unmet(format!("the kernel does not count {name} of a process")))
    };
    Ok(count("write_bytes:")? - count("cancelled_write_bytes:")?)
}

/// A number that the kernel tells of a process.
fn field(process: u32, file: &str, name: &str) -> Option<f64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/{file}")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_writes_is_counted() -> Result<()> {
        // the folder for temporary files may be memory, and nothing is written to a disk there
        let here = std::env::current_dir().map_err(Error::file("find", Path::new(".")))?;
        let folder = tempfile::tempdir_in(&here).map_err(Error::file("create a folder in", &here))?;
        let (target, log) = (folder.path().join("target"), folder.path().join("log"));
        let program = Program::new("dd").arguments(["if=/dev/zero", "bs=64k", "count=64"]);
        let cost = measured(program.argument(format!("of={}", target.display())), &log)?;
        assert!((4_194_304.0..4_400_000.0).contains(&cost.written), "{cost:?}");
        assert!(cost.seconds > 0.0, "{cost:?}");
        Ok(())
    }

    #[test]
    fn a_program_that_fails_is_an_error_with_its_words() -> Result<()> {
        let folder = tempfile::tempdir().map_err(Error::file("create a folder in", Path::new("/tmp")))?;
        let outcome = measured(Program::new("ls").argument("/no/such/folder"), &folder.path().join("log"));
        assert!(outcome.is_err_and(|error| error.to_string().contains("/no/such/folder")));
        Ok(())
    }
}
