//! Brings a snapshot of etcd from a master to this machine, into a file that has no name, and tells whether it came whole.

use super::{Snapshot, weigh};
use crate::blocking::blocking;
use crate::state::at;
use crate::{Error, Fleet};
use std::fs::File;
use std::io::Seek as _;
use std::net::IpAddr;
use std::path::Path;

/// The snapshot at a path of a master, in a file at its beginning that lies in `folder`; `named` is what errors name.
pub(crate) async fn fetch(
    fleet: &Fleet,
    (host, path): (IpAddr, &str),
    (folder, named): (&Path, &Path),
) -> Result<(Snapshot, File), Error> {
    let file = tempfile::tempfile_in(folder).map_err(at(named))?;
    let mut copy = tokio::fs::File::from_std(file.try_clone().map_err(at(named))?);
    let copied = fleet.agent(host)?.copy_file(path, &mut copy).await?;
    copied.ok_or_else(|| Error::Missing { host, path: path.to_owned() })?;
    let named = named.to_owned();
    blocking(move || weighed(file, &named)).await
}

fn weighed(mut file: File, named: &Path) -> Result<(Snapshot, File), Error> {
    file.rewind().map_err(at(named))?;
    let (size, digest, whole) = weigh(&mut file).map_err(at(named))?;
    if !whole {
        let reason = "etcd's snapshot did not come whole: its checksum does not fit".into();
        return Err(Error::Backup { path: named.to_owned(), reason });
    }
    file.rewind().map_err(at(named))?;
    Ok((Snapshot { size, digest }, file))
}
