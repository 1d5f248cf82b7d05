//! Debian is where every part comes from that is not ours: binary packages to install or to extract, and one source package to
//! build. All of it goes through the machine's own apt configuration, so a site's mirror is used without being told.

pub(crate) mod foreign;
pub(crate) mod packages;
pub(crate) mod release;
pub(crate) mod source_package;
pub(crate) mod sources;
