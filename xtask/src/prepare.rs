//! Installs what the other chores need from Debian's packages. Each package is named with its reason before it is installed, and
//! what is there already is left alone.

use crate::command::Program;
use crate::error::{Error, Result};

/// Every package, and what needs it.
const PACKAGES: [(&str, &str); 23] = [
    ("docker.io", "runs the stand-in hosts, under a daemon of our own"),
    ("iptables", "shows what a cluster left in a host's firewall"),
    ("mmdebstrap", "makes the root filesystem of the stand-in hosts"),
    ("golang-go", "builds Kubernetes"),
    ("rsync", "is called by Kubernetes' own build"),
    ("jq", "is called by Kubernetes' own build"),
    ("make", "is called by Kubernetes' own build"),
    ("dpkg-dev", "unpacks Debian's source package of Kubernetes"),
    ("gcc", "compiles the pause container"),
    ("libc6-dev", "is linked into the pause container"),
    ("pkg-config", "tells the build of runc where its C library lies"),
    ("iproute2", "shows what a cluster left in a host's network"),
    ("skopeo", "writes image archives, and is a peer in the tests"),
    ("docker-registry", "is a peer in the tests"),
    ("wrk", "is the load in the registry's bench"),
    ("nginx-light", "is the peer of the registry's bench"),
    ("podman", "is a client in the registry's tests"),
    ("buildah", "is a client in the registry's tests"),
    ("containerd", "has ctr, a client in the registry's tests"),
    ("python3-venv", "gives the registry's tests Python clients"),
    ("openssh-server", "is a peer in the tests"),
    ("openssh-client", "has scp and an agent for keys, peers in the tests and the bench of deliveries"),
    ("chromium", "opens the report in a test"),
];

/// Tells tests which programs must be there, so that none of them is left out on a machine that was prepared.
pub(crate) const EXPECTED: (&str, &str) =
    ("SEALER_TEST_EXPECTS", "docker-registry,skopeo,podman,buildah,containerd,ctr,docker,dockerd");

/// Installs the packages that are missing; needs root only when some are.
pub(crate) fn run() -> Result<()> {
    let mut missing = Vec::new();
    for (package, reason) in PACKAGES {
        if !installed(package)? {
            missing.push((package, reason));
        }
    }
    if missing.is_empty() {
        println!("    all {} packages are installed", PACKAGES.len());
        return Ok(());
    }
    println!("    to be installed from Debian:");
    missing.iter().for_each(|(package, reason)| println!("      {package}: {reason}"));
    if !is_root() {
        let names: Vec<&str> = missing.iter().map(|(package, _)| *package).collect();
        return Err(Error::unmet(format!("installing needs root; as root: apt-get install {}", names.join(" "))));
    }
    install(&missing)
}

/// Whether this process may do what only root may.
pub(crate) fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

fn installed(package: &str) -> Result<bool> {
    let query =
        Program::new("dpkg-query").arguments(["--show", "--showformat=${db:Status-Status}", package]).attempt()?;
    Ok(query.success() && query.stdout == "installed")
}

/// Tries with the package lists that are there, and once more with new ones: a fresh machine has none.
fn install(missing: &[(&str, &str)]) -> Result<()> {
    let names = missing.iter().map(|(package, _)| *package);
    let arguments = ["install", "--yes", "--quiet", "--no-install-recommends"];
    let install = apt_get().arguments(arguments).arguments(names);
    if install.clone().attempt()?.success() {
        return Ok(());
    }
    apt_get().arguments(["update", "--quiet"]).output()?;
    install.output().map(drop)
}

fn apt_get() -> Program {
    Program::new("apt-get").variable("DEBIAN_FRONTEND", "noninteractive").variable("LC_ALL", "C")
}
