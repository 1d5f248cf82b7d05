//! Messages about the etcd of a host.

use serde::{Deserialize, Serialize};

/// Take a member out of the etcd cluster that the etcd on this host belongs to, if it is in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RemoveEtcdMember {
    /// The address of the host whose member goes.
    pub address: std::net::IpAddr,
    /// The etcd of this host.
    pub etcd: EtcdAccess,
}

/// Write what etcd holds to a file on this host, unless the file is there. It appears whole and verified or not at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotEtcd {
    /// The cluster; the file is entered into its ledger.
    pub cluster: String,
    /// The etcd of this host.
    pub etcd: EtcdAccess,
    /// The file.
    pub path: String,
}

/// How the etcd on a host is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EtcdAccess {
    /// Where it listens: `https://127.0.0.1:2379`.
    pub endpoint: String,
    /// The file with the authority of etcd's certificates.
    pub authority: String,
    /// The file with a certificate that etcd lets in.
    pub certificate: String,
    /// The file with its key.
    pub key: String,
}
