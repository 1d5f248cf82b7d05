//! Gives hosts the names that the site wants for them, before they become nodes under these names. The former name comes back when the host
//! leaves the cluster.

use crate::delivery::Delivery;
use crate::step::{Answer, Changes, On, everywhere};
use crate::steps::registry::file;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;

/// Give hosts their names.
pub(crate) struct SetHostName;

/// Where a host finds its name after a boot.
const KEPT: &str = "/etc/hostname";

impl Changes for SetHostName {
    fn id(&self) -> &'static str {
        "set-host-name"
    }

    fn title(&self) -> &'static str {
        "Give hosts their names"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster).into_iter().filter(|it| cluster.site.host_names.contains_key(&it.address)).collect()
    }

    fn touches(&self, _: &Cluster, _: &Extension) -> Vec<String> {
        vec![KEPT.into()]
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move { Ok(changes(on.cluster(), on.member)) })
    }
}

/// The name after a boot, and now.
fn changes(cluster: &Cluster, member: &Member) -> Vec<Change> {
    let Some(name) = cluster.site.host_names.get(&member.address) else { return Vec::new() };
    let now = Change::Sysctl { key: "kernel.hostname".into(), value: name.clone() };
    vec![file(KEPT.into(), 0o644, &format!("{name}\n")), now]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;

    #[test]
    fn only_hosts_that_get_a_name_are_touched() {
        let mut cluster = cluster(&["10.0.0.1"], &["10.0.0.2"]);
        assert!(Changes::hosts(&SetHostName, &cluster).is_empty());
        cluster.site.host_names.insert("10.0.0.2".parse().unwrap(), "till-1".into());
        let hosts = Changes::hosts(&SetHostName, &cluster);
        assert_eq!(hosts, [cluster.members[1].clone()]);
        let wanted = [
            file("/etc/hostname".into(), 0o644, "till-1\n"),
            Change::Sysctl { key: "kernel.hostname".into(), value: "till-1".into() },
        ];
        assert_eq!(changes(&cluster, &hosts[0]), wanted);
        assert!(changes(&cluster, &cluster.members[0]).is_empty());
    }
}
