//! The programs of a node: kubeadm, kubelet and kubectl as built, the container runtime and the network plugins from Debian's
//! packages.

use std::path::Path;

use crate::command::Program;
use crate::debian::packages::find_program;
use crate::error::Result;
use crate::folders;
use crate::parts::Workshop;

/// The packages that hold the container runtime and the network plugins.
pub(crate) const PACKAGES: &[&[&str]] = &[&["containerd", "runc", "containernetworking-plugins"]];

const KUBERNETES: [&str; 3] = ["kubeadm", "kubelet", "kubectl"];
const RUNTIME: [&str; 4] = ["containerd", "containerd-shim-runc-v2", "ctr", "runc"];
const PLUGINS: [&str; 5] = ["bridge", "host-local", "loopback", "portmap", "ptp"];

/// Makes `place/bin`, `place/cri` and `place/cni`.
pub(crate) fn place(workshop: &Workshop, place: &Path) -> Result<()> {
    let scratch = workshop.scratch()?;
    for packages in PACKAGES {
        workshop.extract(packages, scratch.path())?;
    }
    for program in KUBERNETES {
        copy(&workshop.kubernetes.join(program), &place.join("bin"))?;
    }
    for program in RUNTIME {
        copy(&find_program(scratch.path(), program)?, &place.join("cri"))?;
    }
    for plugin in PLUGINS {
        copy(&find_program(scratch.path(), plugin)?, &place.join("cni"))?;
    }
    Ok(())
}

fn copy(program: &Path, folder: &Path) -> Result<()> {
    folders::create(folder)?;
    Program::new("cp").arguments(["--dereference", "--reflink=auto"]).argument(program).argument(folder).output()?;
    Ok(())
}
