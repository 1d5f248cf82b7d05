//! Who works on this host: one deliverer at a time, for as long as its agent runs. The lock is the kernel's, so it is free the moment the
//! agent is gone, however that happened; what the agent had started and could not end any more is ended by the next one before it begins.
//! An agent whose deliverer is cut off notices only after a minute: that deliverer's next process need not wait for it.

use crate::durable;
use crate::error::{Error, IoContext as _, Result};
use crate::place::Place;
use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use sealer_model::agent::Claim;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// In sealer's folder: who it is, and what it started.
const FILE: &str = "claim";

/// How long an agent that was told to end may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// This agent's claim on the host, once it has one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claimed(Arc<Mutex<Option<File>>>);

impl Claimed {
    /// Claims the host. Blocks.
    pub(crate) fn claim(&self, place: &Place, claim: &Claim) -> Result<()> {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.is_some() {
            return Ok(());
        }
        let path = place.root().join(FILE);
        fs::create_dir_all(place.root()).at("make", place.root())?;
        let mut file = open(&path)?;
        let former = read(&mut file, &path)?;
        if !lock(&file, &path)? {
            if !(claim.take_over || former.deliverer == claim.deliverer) {
                return Err(Error::Claimed { owner: former.owner });
            }
            former.end_agent(place)?;
            wait(&file, &path, &former.owner)?;
        }
        // whoever had it may have started more meanwhile
        read(&mut file, &path)?.end_programs();
        file.set_len(0).and_then(|()| file.rewind()).at("write", &path)?;
        let (deliverer, owner) = (claim.deliverer.replace(char::is_whitespace, ""), claim.owner.replace('\n', " "));
        writeln!(file, "{} {deliverer} {owner}", std::process::id()).at("write", &path)?;
        *held = Some(file);
        Ok(())
    }

    /// Remembers a program that was started as the leader of a group, for whoever comes after this agent.
    pub(crate) fn started(&self, leader: u32) {
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let (Some(file), Some(begun)) = (held.as_mut(), begun(leader)) {
            // a program that is forgotten here is only not ended for sure when this agent is killed
            let _unremembered = writeln!(file, "{leader} {begun}");
        }
    }
}

/// Removes the file from a host that is left for good; whoever has the claim keeps it to its end.
pub(crate) fn forget(place: &Place) -> Result<()> {
    durable::remove(&place.root().join(FILE))
}

/// What a claim's file says.
#[derive(Debug, Default)]
struct Former {
    agent: Option<u32>,
    deliverer: String,
    owner: String,
    /// Leaders of groups, and when each began.
    programs: Vec<(u32, String)>,
}

impl Former {
    fn parse(text: &str) -> Self {
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        let (agent, who) = lines.next().unwrap_or_default();
        let (deliverer, owner) = who.split_once(' ').unwrap_or_default();
        let programs = lines.filter_map(|(leader, begun)| Some((leader.parse().ok()?, begun.to_owned()))).collect();
        Self { agent: agent.parse().ok(), deliverer: deliverer.to_owned(), owner: owner.to_owned(), programs }
    }

    /// Ends the agent that has the claim. Only a program of ours is ended: the number may be somebody else's by now.
    fn end_agent(&self, place: &Place) -> Result<()> {
        let ours = |agent: &u32| {
            let program = fs::read_link(format!("/proc/{agent}/exe")).unwrap_or_default();
            program.starts_with(place.root().join("bin"))
        };
        match self.agent.filter(ours).and_then(pid) {
            Some(agent) => kill_process(agent, Signal::KILL)
                .map_err(|error| Error::io("end", Path::new("the agent"), error.into())),
            None => Ok(()),
        }
    }

    /// Ends what a former agent started and nobody ended.
    fn end_programs(&self) {
        for (leader, then) in &self.programs {
            if begun(*leader).as_ref() == Some(then)
                && let Some(group) = pid(*leader)
            {
                // one that ends by itself in this moment is as good
                let _gone = kill_process_group(group, Signal::KILL);
            }
        }
    }
}

fn pid(number: u32) -> Option<Pid> {
    i32::try_from(number).ok().and_then(Pid::from_raw)
}

/// When a process began, in the kernel's own words: with its number it is one process and no other.
fn begun(process: u32) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // the name of the program may have spaces and brackets in it
    let (_, fields) = text.rsplit_once(')')?;
    fields.split_whitespace().nth(19).map(str::to_owned)
}

fn open(path: &PathBuf) -> Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path).at("open", path)
}

fn read(file: &mut File, path: &Path) -> Result<Former> {
    let mut text = String::new();
    file.rewind().and_then(|()| file.read_to_string(&mut text)).at("read", path)?;
    Ok(Former::parse(&text))
}

fn lock(file: &File, path: &Path) -> Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(Error::io("lock", path, error.into())),
    }
}

fn wait(file: &File, path: &Path, owner: &str) -> Result<()> {
    let begun = Instant::now();
    while !lock(file, path)? {
        if begun.elapsed() > PATIENCE {
            return Err(Error::Claimed { owner: owner.to_owned() });
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::process::CommandExt as _;
    use std::process::Command;

    fn claim(owner: &str, take_over: bool) -> Claim {
        Claim { deliverer: owner[..3].into(), owner: owner.into(), take_over }
    }

    #[test]
    fn the_second_deliverer_is_told_who_the_first_one_is() {
        let system = tempfile::tempdir().unwrap();
        let place = Place::below(system.path().to_owned());
        let first = Claimed::default();
        first.claim(&place, &claim("ann on build-1", false)).unwrap();
        first.claim(&place, &claim("ann on build-1", false)).unwrap();
        let second = Claimed::default();
        let refused = second.claim(&place, &claim("bob", false)).unwrap_err();
        assert!(refused.to_string().contains("ann on build-1"), "{refused}");
        drop(first);
        second.claim(&place, &claim("bob", false)).unwrap();
    }

    #[test]
    fn what_an_agent_left_running_is_ended_by_the_next() {
        let system = tempfile::tempdir().unwrap();
        let place = Place::below(system.path().to_owned());
        let first = Claimed::default();
        first.claim(&place, &claim("ann", false)).unwrap();
        let mut left = Command::new("sleep").arg("1000").process_group(0).spawn().unwrap();
        first.started(left.id());
        drop(first);
        Claimed::default().claim(&place, &claim("bob", false)).unwrap();
        assert!(!left.wait().unwrap().success());
    }

    #[test]
    fn a_number_that_belongs_to_another_process_by_now_is_left_alone() {
        let former = Former::parse("7 abc ann on build-1\n1 0\nnonsense\n");
        assert_eq!((former.agent, former.owner.as_str()), (Some(7), "ann on build-1"));
        assert_eq!(former.programs, [(1, "0".to_owned())]);
        assert_ne!(begun(1).as_deref(), Some("0"));
        assert_eq!(Former::parse("").programs, []);
    }
}
