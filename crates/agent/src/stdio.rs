//! Standard input and output as streams that never block a thread: a reader that blocks would keep the process alive after
//! the delivering machine has gone.

use crate::error::{Error, Result};
use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};
use std::io::{self, IsTerminal as _};
use std::os::fd::{AsFd, OwnedFd};
use tokio::net::unix::pipe::{Receiver, Sender};

/// Takes over both. They must be pipes or sockets, which is what SSH servers give.
pub(crate) fn streams() -> Result<(Receiver, Sender)> {
    let (input, output) = (io::stdin(), io::stdout());
    if input.is_terminal() || output.is_terminal() {
        let reason = "the agent is started by sealer over SSH, not by hand";
        return Err(Error::Stdio(io::Error::other(reason)));
    }
    let input = not_blocking(input).and_then(Receiver::from_owned_fd_unchecked);
    let output = not_blocking(output).and_then(Sender::from_owned_fd_unchecked);
    Ok((input.map_err(Error::Stdio)?, output.map_err(Error::Stdio)?))
}

fn not_blocking(stream: impl AsFd) -> io::Result<OwnedFd> {
    let owned = stream.as_fd().try_clone_to_owned()?;
    fcntl_setfl(&owned, fcntl_getfl(&owned)? | OFlags::NONBLOCK)?;
    Ok(owned)
}
