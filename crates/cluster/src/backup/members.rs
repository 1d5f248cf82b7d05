//! What the static pod of etcd on a master says about its member: its name, its address among members, its image and its folder.

use sealer_model::etcd::EtcdVersion;
use std::fmt::Write as _;

/// Where kubeadm writes the static pod of etcd.
pub(super) const MANIFEST: &str = "/etc/kubernetes/manifests/etcd.yaml";

/// One member of etcd.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EtcdMember {
    /// Its name.
    pub(crate) name: String,
    /// Where other members reach it: `https://10.0.0.1:2380`.
    pub(crate) peer: String,
    /// The container image.
    pub(crate) image: String,
    /// Its folder on the host.
    pub(crate) folder: String,
}

impl EtcdMember {
    /// Reads a static pod as kubeadm writes it: one argument of etcd a line.
    pub(crate) fn of_manifest(text: &str) -> Option<Self> {
        let lines = || text.lines().map(|line| line.trim().trim_start_matches("- "));
        let value = |prefix: &str| lines().find_map(|line| line.strip_prefix(prefix)).map(unquoted);
        Some(Self {
            name: value("--name=")?,
            peer: value("--initial-advertise-peer-urls=")?,
            image: value("image: ")?,
            folder: value("--data-dir=")?,
        })
    }

    /// The program of the image that restores: `etcdutl` since 3.5, which has to be told the same as `etcdctl` before.
    pub(crate) fn program(&self) -> &'static str {
        if self.version() >= Some(EtcdVersion { major: 3, minor: 5 }) { "etcdutl" } else { "etcdctl" }
    }

    /// Its version, where its image's tag says it.
    pub(crate) fn version(&self) -> Option<EtcdVersion> {
        EtcdVersion::of_tag(self.image.rsplit_once(':')?.1)
    }
}

/// All members in the words of etcd: `a=https://10.0.0.1:2380,b=...`.
pub(crate) fn initial_cluster<'a>(members: impl Iterator<Item = &'a EtcdMember>) -> String {
    members.fold(String::new(), |mut all, member| {
        let comma = if all.is_empty() { "" } else { "," };
        write!(all, "{comma}{}={}", member.name, member.peer).expect("writing to a String cannot fail");
        all
    })
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['"', '\'']).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(image: &str) -> String {
        format!(
            "spec:\n  containers:\n  - command:\n    - etcd\n    - --data-dir=/var/lib/etcd\n    \
             - --initial-advertise-peer-urls=https://10.0.0.1:2380\n    - --name=m-1\n    image: {image}\n"
        )
    }

    #[test]
    fn a_member_is_what_its_static_pod_says() {
        let member = EtcdMember::of_manifest(&manifest("k8s.gcr.io/etcd:3.4.13-0")).unwrap();
        let other = EtcdMember { name: "m-2".into(), peer: "https://[fd00::2]:2380".into(), ..member.clone() };
        assert_eq!((member.folder.as_str(), member.image.as_str()), ("/var/lib/etcd", "k8s.gcr.io/etcd:3.4.13-0"));
        let all = initial_cluster([&member, &other].into_iter());
        assert_eq!(all, "m-1=https://10.0.0.1:2380,m-2=https://[fd00::2]:2380");
        assert_eq!(EtcdMember::of_manifest("kind: Pod\n"), None);
    }

    #[test]
    fn the_program_follows_the_version() {
        for (image, program) in [
            ("k8s.gcr.io/etcd:3.4.13-0", "etcdctl"),
            ("registry.k8s.io/etcd:3.5.15-0", "etcdutl"),
            ("sea.hub:5000/etcd:v3.6.1", "etcdutl"),
            ("etcd:4.0", "etcdutl"),
            ("etcd:latest", "etcdctl"),
            ("sea.hub:5000/etcd", "etcdctl"),
        ] {
            assert_eq!(EtcdMember::of_manifest(&manifest(image)).unwrap().program(), program, "{image}");
        }
    }
}
