//! The programs of a node: kubeadm, kubelet and kubectl, the container runtime and the network plugins, all static.

use std::path::Path;

use crate::command::Program;
use crate::error::Result;
use crate::folders;
use crate::parts::Workshop;

const KUBERNETES: [&str; 3] = ["kubeadm", "kubelet", "kubectl"];
const RUNTIME: [&str; 4] = ["containerd", "containerd-shim-runc-v2", "ctr", "runc"];
const PLUGINS: [&str; 5] = ["bridge", "host-local", "loopback", "portmap", "ptp"];

/// Makes `place/bin`, `place/cri` and `place/cni`.
pub(crate) fn place(workshop: &Workshop, place: &Path) -> Result<()> {
    for program in KUBERNETES {
        copy(&workshop.kubernetes.join(program), &place.join("bin"))?;
    }
    for program in RUNTIME {
        copy(&workshop.runtime.join(program), &place.join("cri"))?;
    }
    for plugin in PLUGINS {
        copy(&workshop.runtime.join(plugin), &place.join("cni"))?;
    }
    Ok(())
}

fn copy(program: &Path, folder: &Path) -> Result<()> {
    folders::create(folder)?;
    Program::new("cp").argument("--reflink=auto").argument(program).argument(folder).output()?;
    Ok(())
}
