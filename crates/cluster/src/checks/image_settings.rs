//! What the image and the site ask of hosts by their kubeadm documents: when the kubelet counts a host as full, whether it
//! starts beside swap, which addresses pods and services will have.

use crate::Error;
use sealer_model::bundle::{Bundle, KUBEADM_FILE};
use sealer_model::cluster::{Cluster, Secrets};
use sealer_model::facts::Subnet;
use sealer_model::kubeadm::{Arguments, Documents, InvalidDocument};
use sealer_tailor::tailor;
use serde_json::{Map, Value};

/// What the image and the site ask of hosts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ImageSettings {
    /// When the kubelet's own file system counts as full.
    pub(super) node_disk: Option<Threshold>,
    /// When the file system of container images counts as full.
    pub(super) image_disk: Option<Threshold>,
    /// When there are too few files left.
    pub(super) node_files: Option<Threshold>,
    /// When memory counts as short.
    pub(super) memory: Option<Threshold>,
    /// Whether the kubelet refuses to start beside swap.
    pub(super) fails_beside_swap: bool,
    /// Whether the kubelet refuses to start when kernel settings are not as it wants them.
    pub(super) protects_kernel_settings: bool,
    /// Addresses of pods.
    pub(super) pods: Vec<Subnet>,
    /// The prefix of each node's part of the pods' IPv4 range; none where nodes get no parts.
    pub(super) node_prefix: Option<u8>,
    /// Addresses of services.
    pub(super) services: Vec<Subnet>,
    /// Whether the cluster gets a name service that passes questions on to the hosts' own.
    pub(super) name_service: bool,
    /// The minor version of Kubernetes.
    pub(super) minor: u32,
}

/// How little may be left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Threshold {
    /// Of the whole.
    Percent(f64),
    /// Bytes.
    Bytes(f64),
}

impl Threshold {
    /// Reads `15%`, `100Mi`, `1G`.
    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        if let Some(percent) = text.strip_suffix('%') {
            return percent.parse().ok().map(Self::Percent);
        }
        let split = text.find(|letter: char| letter.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(split);
        let factor = match unit {
            "" => 1.0,
            "Ki" => 1024.0,
            "Mi" => 1024.0 * 1024.0,
            "Gi" => 1024.0 * 1024.0 * 1024.0,
            "Ti" => 1024.0 * 1024.0 * 1024.0 * 1024.0,
            "k" | "K" => 1e3,
            "M" => 1e6,
            "G" => 1e9,
            "T" => 1e12,
            _ => return None,
        };
        number.parse::<f64>().ok().map(|number| Self::Bytes(number * factor))
    }

    /// The amount below which a whole of this size counts as used up.
    pub(super) fn of(self, total: u64) -> f64 {
        match self {
            Self::Percent(percent) => total as f64 * percent / 100.0,
            Self::Bytes(bytes) => bytes,
        }
    }
}

/// Where nothing else is said, the kubelet takes these.
const USUAL: [(&str, &str); 4] = [
    ("memory.available", "100Mi"),
    ("nodefs.available", "10%"),
    ("nodefs.inodesFree", "5%"),
    ("imagefs.available", "15%"),
];

/// The image's file as the first master will have it; empty where there is none.
fn kubeadm_text(cluster: &Cluster, bundle: &Bundle) -> Result<String, Error> {
    let Some(rootfs) = bundle.rootfs.first() else { return Ok(String::new()) };
    // no setting is a secret
    let secrets = Secrets::stand_ins(cluster);
    let tailored = tailor(cluster, &bundle.extension, cluster.first_master()?, &rootfs.files, &secrets)?;
    if let Some(file) = tailored.into_iter().find(|file| file.path == KUBEADM_FILE) {
        return Ok(file.text);
    }
    let original = rootfs.files.get(KUBEADM_FILE).map(|file| file.bytes.as_slice()).unwrap_or_default();
    Ok(String::from_utf8_lossy(original).into_owned())
}

/// What the image brings with the site's own fields over it, as the first master will have it.
fn documents(cluster: &Cluster, bundle: &Bundle) -> Result<Documents, Error> {
    let documents = Documents::read(&kubeadm_text(cluster, bundle)?).map_err(invalid)?;
    documents.overridden(&cluster.site.kubeadm).map_err(invalid)
}

fn invalid(source: InvalidDocument) -> Error {
    Error::Kubeadm { path: KUBEADM_FILE.into(), source }
}

/// Refuses flags with which the image's programs would not start.
pub(crate) fn check_flags(cluster: &Cluster, bundle: &Bundle) -> Result<(), Error> {
    documents(cluster, bundle)?.check_flags(bundle.kubernetes_version()?).map_err(invalid)
}

impl ImageSettings {
    /// Reads what the image brings with the site's own fields over it.
    ///
    /// # Errors
    /// When the image's file cannot be read or a field of the site does not fit.
    pub fn of(cluster: &Cluster, bundle: &Bundle) -> Result<Self, Error> {
        let documents = documents(cluster, bundle)?;
        let skipped = [documents.skipped_phases(), bundle.skipped_phases()].concat();
        let kubelet = documents.kubelet.unwrap_or_default();
        let flag = |name: &str| kubelet.get(name).and_then(Value::as_bool);
        let networking = &documents.cluster.networking;
        Ok(Self {
            node_disk: threshold(&kubelet, "nodefs.available"),
            image_disk: threshold(&kubelet, "imagefs.available"),
            node_files: threshold(&kubelet, "nodefs.inodesFree"),
            memory: threshold(&kubelet, "memory.available"),
            fails_beside_swap: flag("failSwapOn").unwrap_or(true),
            protects_kernel_settings: flag("protectKernelDefaults").unwrap_or(false),
            pods: subnets(&networking.pod_subnet, ""),
            node_prefix: node_prefix(&documents.cluster.controller_manager.extra_args),
            services: subnets(&networking.service_subnet, "10.96.0.0/12"),
            name_service: !skipped.iter().any(|phase| phase == "addon/coredns"),
            minor: bundle.kubernetes_version().map_or(0, |version| version.minor),
        })
    }
}

/// What the controller manager is told of nodes' parts; it gives /24 of IPv4 to each by itself.
fn node_prefix(arguments: &Arguments) -> Option<u8> {
    let told = |name: &str| arguments.get(name).and_then(|prefix| prefix.parse().ok());
    if arguments.get("allocate-node-cidrs") == Some("false") {
        return None;
    }
    told("node-cidr-mask-size-ipv4").or_else(|| told("node-cidr-mask-size")).or(Some(24))
}

/// A kubelet that is told any threshold takes none of its own for the others.
fn threshold(kubelet: &Map<String, Value>, name: &str) -> Option<Threshold> {
    match kubelet.get("evictionHard").and_then(Value::as_object) {
        Some(told) => match told.get(name)? {
            Value::String(text) => Threshold::read(text),
            other => Threshold::read(&other.to_string()),
        },
        None => USUAL.iter().find(|(usual, _)| *usual == name).and_then(|(_, text)| Threshold::read(text)),
    }
}

/// One range, or two with a comma between where pods have addresses of both families.
fn subnets(text: &str, otherwise: &str) -> Vec<Subnet> {
    let text = if text.is_empty() { otherwise } else { text };
    text.split(',').filter_map(Subnet::read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checks::before::tests::{bundle_with, cluster};

    fn settings(kubeadm: &str) -> ImageSettings {
        ImageSettings::of(&cluster(), &bundle_with(kubeadm)).unwrap()
    }

    #[test]
    fn the_kubelets_own_thresholds_count_only_where_the_image_sets_none() {
        let usual = settings("");
        assert_eq!(usual.image_disk, Some(Threshold::Percent(15.0)));
        assert!(usual.fails_beside_swap && usual.name_service);
        assert_eq!(usual.services, [Subnet::read("10.96.0.0/12").unwrap()]);
        let told = settings("kind: KubeletConfiguration\nfailSwapOn: false\nevictionHard: {nodefs.available: 1Gi}\n");
        assert_eq!(told.node_disk, Some(Threshold::Bytes(1024.0 * 1024.0 * 1024.0)));
        assert_eq!((told.image_disk, told.fails_beside_swap), (None, false));
    }

    #[test]
    fn amounts_are_read_as_kubernetes_writes_them() {
        assert_eq!(Threshold::read("5%").unwrap().of(1000), 50.0);
        assert_eq!(Threshold::read("100Mi").unwrap().of(0), 104_857_600.0);
        assert_eq!(Threshold::read("1G").unwrap().of(0), 1e9);
        assert_eq!(Threshold::read("lots"), None);
    }
}
