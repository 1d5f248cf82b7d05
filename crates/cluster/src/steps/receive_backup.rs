//! Puts what the former masters knew on the first of new ones, before kubeadm makes the rest of it a master: the authorities and keys that
//! all masters share, and etcd's data with this host as its only member. No API answers before both are there, so that no node ever sees
//! a cluster without its pods.

use crate::Error;
use crate::backup::{Backup, EtcdMember};
use crate::delivery::Delivery;
use crate::step::On;
use crate::steps::etcd_data::pull;
use crate::steps::join_master::{PKI, SHARED};
use crate::steps::registry::file;
use crate::steps::restore_etcd::from_backup;
use sealer_model::agent::Change;
use std::net::{IpAddr, SocketAddr};

const STEP: &str = "init";

/// Where members of etcd reach one another.
const PEER_PORT: u16 = 2380;

/// Puts it there.
pub(super) async fn receive(on: &On<'_, Delivery>, backup: &Backup) -> Result<(), Error> {
    let Some((former, member)) = backup.members()?.into_iter().next() else {
        return Err(Error::Backup { path: backup.path().to_owned(), reason: "it is of no master".into() });
    };
    on.change(shared(backup, former)?, false).await?;
    let host = on.address();
    let own = of_host(member, on.fleet().facts_of(host)?.hostname.clone(), host);
    on.fleet().run(host, STEP, pull(on.cluster(), &own.image)).await?;
    let began = jiff::Timestamp::now().as_second().to_string();
    from_backup(on, STEP, (backup, &began), &[(host, own)]).await
}

/// What masters share, as one of the former ones had it.
fn shared(backup: &Backup, former: IpAddr) -> Result<Vec<Change>, Error> {
    let found = |(name, mode): &(&str, u32)| {
        let path = format!("{PKI}/{name}");
        let saved = backup.files_of(former).find(|it| it.saved.path == path);
        let reason = || format!("{path} of {former} is not in it");
        let missing = || Error::Backup { path: backup.path().to_owned(), reason: reason() };
        Ok(file(path.clone(), *mode, &saved.ok_or_else(missing)?.text))
    };
    SHARED.iter().map(found).collect()
}

/// The member of etcd that takes the place of a former one.
fn of_host(former: EtcdMember, name: String, host: IpAddr) -> EtcdMember {
    EtcdMember { name, peer: format!("https://{}", SocketAddr::new(host, PEER_PORT)), ..former }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_new_member_has_the_place_of_the_former_and_a_name_and_address_of_its_own() {
        let former = EtcdMember {
            name: "m-1".into(),
            peer: "https://10.0.0.1:2380".into(),
            image: "etcd:3.4.23".into(),
            folder: "/data/etcd".into(),
        };
        let own = of_host(former.clone(), "n-1".into(), "fd00::9".parse().unwrap());
        assert_eq!((own.name.as_str(), own.peer.as_str()), ("n-1", "https://[fd00::9]:2380"));
        assert_eq!((own.image, own.folder), (former.image, former.folder));
    }
}
