//! A program that is lent to a host: the one that shows the packet filter's rules, with its libraries. Stand-in hosts are made of the same
//! system as this machine, and have none of it themselves.

use crate::command::Program;
use crate::error::Result;
use crate::hosts::engine::Engine;
use crate::hosts::host::Host;

/// This machine's program; it is whatever it is called.
const PROGRAM: &str = "/usr/sbin/xtables-nft-multi";
/// Where it lies on the host.
const FOLDER: &str = "/opt/lent";
/// How the host finds it.
const NAME: &str = "/usr/local/sbin/iptables-save";
const WRAPPER: &str = "mkdir -p /opt/lent && printf '#!/bin/sh\\nLD_LIBRARY_PATH=/opt/lent exec /opt/lent/iptables-save \"$@\"\\n' \
     >/usr/local/sbin/iptables-save && chmod 755 /usr/local/sbin/iptables-save";

/// Lends it.
pub(super) fn lend(engine: &Engine, host: &Host) -> Result<()> {
    host.run(engine, &["sh", "-c", WRAPPER])?;
    let needed = Program::new("ldd").argument(PROGRAM).output()?;
    let paths = needed.lines().filter_map(|line| line.split_once("=> ")?.1.split_whitespace().next());
    for path in paths.filter(|path| !path.contains("/libc.so")) {
        engine.docker(&["cp", "--follow-link", path, &format!("{}:{FOLDER}/", host.name)]).output()?;
    }
    engine.docker(&["cp", PROGRAM, &format!("{}:{FOLDER}/iptables-save", host.name)]).output().map(drop)
}

/// Takes it back.
pub(super) fn take_back(engine: &Engine, host: &Host) -> Result<()> {
    host.run(engine, &["rm", "-rf", FOLDER, NAME]).map(drop)
}
