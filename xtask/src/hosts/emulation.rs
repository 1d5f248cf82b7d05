//! Lets the kernel run programs of the other processor by an emulator, in stand-in hosts, too. What was set up is undone at the end; what
//! somebody else has set up is used and stays.

use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::cross;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};

/// Where the kernel is told of formats of programs.
const PLACE: &str = "/proc/sys/fs/binfmt_misc";

/// The name under which ours is known.
const NAME: &str = "sealer-arm64";

/// The first twenty bytes of a program for arm64, and which of their bits count: all but what tells the kinds of executables apart.
const MAGIC: &str = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00";
const MASK: &str = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff";

/// Programs of the other processor run for as long as this lives.
#[derive(Debug)]
pub(crate) struct Emulation {
    mounted: bool,
    registered: bool,
}

impl Emulation {
    /// Sets it up, and sees that `program`, which is for the other processor, runs.
    pub(crate) fn start(folders: &Folders, program: &Path) -> Result<Self> {
        let mut emulation = Self { mounted: false, registered: false };
        if !control("register").exists() {
            Program::new("mount").arguments(["-t", "binfmt_misc", "none", PLACE]).output()?;
            emulation.mounted = true;
        }
        if !runs(program) {
            // the kernel opens the emulator now ("F"), so that it also runs where its file is not to be seen
            let emulator = cross::emulator(folders)?;
            folders::write(&control("register"), format!(":{NAME}:M::{MAGIC}:{MASK}:{}:F", emulator.display()))?;
            emulation.registered = true;
        }
        if runs(program) {
            return Ok(emulation);
        }
        Err(Error::unmet(format!("{} does not run on this machine, not even by an emulator", program.display())))
    }
}

impl Drop for Emulation {
    fn drop(&mut self) {
        if self.registered
            && let Err(error) = folders::write(&control(NAME), "-1")
        {
            println!("    {NAME} stays known to the kernel: {}", error.chain());
        }
        if self.mounted
            && let Err(error) = Program::new("umount").argument(PLACE).output()
        {
            println!("    {PLACE} stays mounted: {}", error.chain());
        }
    }
}

fn control(name: &str) -> PathBuf {
    Path::new(PLACE).join(name)
}

fn runs(program: &Path) -> bool {
    Program::new(program).argument("version").attempt().is_ok_and(|outcome| outcome.success())
}
