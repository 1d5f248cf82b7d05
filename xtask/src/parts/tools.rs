//! Programs that Kubernetes calls on a host and a bare host may lack: the iptables family, conntrack and a few more. Each comes
//! with its own libraries and dynamic linker behind a wrapper, so that it runs on any distribution whatever its C library.

use std::path::Path;

use crate::debian::packages::find_program;
use crate::error::{Error, Result};
use crate::folders;
use crate::parts::{Workshop, elf};

/// The packages that hold the tools.
pub(crate) const PACKAGES: &[&[&str]] = &[&["iptables", "conntrack", "iproute2", "ethtool", "socat"]];

/// The real programs, and the names by which each is called.
const TOOLS: [(&str, &[&str]); 6] = [
    (
        "xtables-nft-multi",
        &[
            "iptables",
            "iptables-save",
            "iptables-restore",
            "ip6tables",
            "ip6tables-save",
            "ip6tables-restore",
            "ebtables",
        ],
    ),
    ("xtables-legacy-multi", &["iptables-legacy", "iptables-legacy-save", "ip6tables-legacy", "ip6tables-legacy-save"]),
    ("conntrack", &["conntrack"]),
    ("ip", &["ip"]),
    ("ethtool", &["ethtool"]),
    ("socat", &["socat"]),
];

/// Makes `place/root` with the programs and their libraries, and `place/bin` with the wrappers.
pub(crate) fn place(workshop: &Workshop, place: &Path) -> Result<()> {
    let scratch = workshop.scratch()?;
    let tree = scratch.path();
    for packages in PACKAGES {
        workshop.extract(packages, tree)?;
    }
    let (programs, libraries, wrappers) = (place.join("root/bin"), place.join("root/lib"), place.join("bin"));
    folders::create(&programs)?;
    folders::create(&wrappers)?;
    for (program, names) in TOOLS {
        let real = find_program(tree, program)?;
        std::fs::copy(&real, programs.join(program)).map_err(Error::file("copy", &real))?;
        elf::copy_libraries(tree, &real, &libraries)?;
        names.iter().try_for_each(|name| write_wrapper(&wrappers.join(name), program, name))?;
    }
    copy_extensions(&tree.join("usr/lib/x86_64-linux-gnu/xtables"), &libraries.join("xtables"))
}

/// `$0` is the wrapper's own path when the kernel starts it, so everything is found relative to that.
fn write_wrapper(path: &Path, program: &str, name: &str) -> Result<()> {
    let text = format!(
        "#!/bin/sh\n\
         # {name} with its own libraries: runs whatever the host's C library is\n\
         root=${{0%/*}}/../root\n\
         XTABLES_LIBDIR=$root/lib/xtables export XTABLES_LIBDIR\n\
         exec \"$root/lib/{linker}\" --library-path \"$root/lib\" --argv0 {name} \"$root/bin/{program}\" \"$@\"\n",
        linker = elf::LINKER,
    );
    folders::write(path, text)?;
    folders::set_mode(path, 0o755)
}

/// The matches and targets that iptables loads by name.
fn copy_extensions(from: &Path, to: &Path) -> Result<()> {
    folders::create(to)?;
    for entry in std::fs::read_dir(from).map_err(Error::file("list", from))? {
        let path = entry.map_err(Error::file("list", from))?.path();
        if let Some(name) = path.file_name() {
            std::fs::copy(&path, to.join(name)).map_err(Error::file("copy", &path))?;
        }
    }
    Ok(())
}
