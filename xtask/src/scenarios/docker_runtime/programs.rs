//! docker's programs as this machine has them. Stand-in hosts are made of the same system, so that they run there, too.

use std::path::Path;

use crate::command::Program;
use crate::error::Result;
use crate::folders;

/// Programs of docker, from Debian's package.
const DOCKER: [&str; 4] = ["/usr/sbin/dockerd", "/usr/bin/docker", "/usr/bin/docker-init", "/usr/sbin/docker-proxy"];

/// What starts containers. The kubelet has docker protect its own ones from the kernel's killer and give privileged ones every capability;
/// stand-in hosts lack the one that the former takes, and unlike containerd docker cannot be told so.
const STARTER: &str = "#!/bin/sh\n\
    changes='s/\"oomScoreAdj\":-[0-9]*/\"oomScoreAdj\":0/; s/\"CAP_SYS_RESOURCE\",//g'\n\
    for word do\n\
    \x20   if [ \"$before\" = --bundle ]; then sed -i \"$changes\" \"$word/config.json\"; fi\n\
    \x20   before=$word\n\
    done\n\
    exec \"${0%/*}/runc-itself\" \"$@\"\n";

/// Makes a folder of them; `runtime` is that of the example's container runtime.
pub(super) fn place(folder: &Path, runtime: &Path) -> Result<()> {
    folders::create(folder)?;
    for program in DOCKER {
        Program::new("cp").argument("--dereference").argument(program).argument(folder).output()?;
    }
    Program::new("cp").argument(runtime.join("runc")).argument(folder.join("runc-itself")).output()?;
    folders::write(&folder.join("runc"), STARTER)?;
    folders::set_mode(&folder.join("runc"), 0o755)
}
