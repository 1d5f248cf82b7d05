//! Stand-in hosts: containers with systemd and sshd that look to sealer like bare machines on a network without internet. They
//! run under a docker daemon of our own, so that neither a running docker nor the machine's firewall is touched.

pub(crate) mod engine;
pub(crate) mod fleet;
pub(crate) mod host;
pub(crate) mod image;
