//! The form that a version wants. Some things are said in other places by older API versions than by v1beta4, which the model follows:
//! they are moved there when a document is read, and back when it is written for an older one.

use super::lifetimes::{LeftOut, trim};
use super::{ApiVersion, Documents, InvalidVersion, KubernetesVersion, arguments, document};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A file for kubeadm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationFile {
    /// YAML documents.
    pub text: String,
    /// What this version of Kubernetes does not know.
    pub left_out: Vec<LeftOut>,
}

/// The one algorithm that older versions have a feature gate for.
const ECDSA: &str = "ECDSA-P256";
const ECDSA_GATE: &str = "PublicKeysECDSA";
const ECDSA_SINCE: u32 = 19;
const TIMEOUT: &str = "timeoutForControlPlane";

impl Documents {
    /// Moves what was said in an older version's places to those of the newest. What was said there counts: it was laid over the other.
    pub(super) fn settle(&mut self) {
        if let Some(Value::String(timeout)) = self.cluster.api_server.other.remove(TIMEOUT) {
            self.init.timeouts.control_plane_component_health_check = Some(timeout.clone());
            self.join.timeouts.control_plane_component_health_check = Some(timeout);
        }
        if let Some(Value::String(timeout)) = self.join.discovery.other.remove("timeout") {
            self.join.timeouts.discovery = Some(timeout);
        }
        if self.cluster.feature_gates.remove(ECDSA_GATE) == Some(true) {
            self.cluster.encryption_algorithm = ECDSA.to_owned();
        }
    }

    /// Phases of `kubeadm init` that the documents do without. They have to be told as flags, too, because flags win.
    #[must_use]
    pub fn skipped_phases(&self) -> Vec<String> {
        let addons = [(self.cluster.dns.disabled, "addon/coredns"), (self.cluster.proxy.disabled, "addon/kube-proxy")];
        let mut phases = self.init.skip_phases.clone();
        for (_, phase) in addons.into_iter().filter(|(disabled, _)| *disabled) {
            if !phases.iter().any(|skipped| skipped == phase) {
                phases.push(phase.to_owned());
            }
        }
        phases
    }

    /// The file for `kubeadm init`.
    ///
    /// # Errors
    /// When Kubernetes is too old to be configured.
    pub fn init_file(&self, version: KubernetesVersion) -> Result<ConfigurationFile, InvalidVersion> {
        let mut writer = Writer::new(version)?;
        let older = self.older(version, writer.api);
        let documents = older.as_ref().unwrap_or(self);
        writer.typed("InitConfiguration", &documents.init);
        writer.typed("ClusterConfiguration", &documents.cluster);
        writer.component("KubeletConfiguration", self.kubelet.as_ref());
        writer.component("KubeProxyConfiguration", self.proxy.as_ref());
        Ok(writer.file())
    }

    /// The file for `kubeadm join`.
    ///
    /// # Errors
    /// When Kubernetes is too old to be configured.
    pub fn join_file(&self, version: KubernetesVersion) -> Result<ConfigurationFile, InvalidVersion> {
        let mut writer = Writer::new(version)?;
        let older = self.older(version, writer.api);
        writer.typed("JoinConfiguration", &older.as_ref().unwrap_or(self).join);
        Ok(writer.file())
    }

    /// The same said in the places of versions before v1beta4.
    fn older(&self, version: KubernetesVersion, api: ApiVersion) -> Option<Self> {
        if api >= ApiVersion::V1beta4 {
            return None;
        }
        let mut documents = self.clone();
        documents.init.skip_phases = self.skipped_phases();
        if api < ApiVersion::V1beta3 {
            // they are told as flags, too, and that is enough
            documents.init.skip_phases.clear();
            documents.join.skip_phases.clear();
        }
        if let Some(timeout) = documents.init.timeouts.control_plane_component_health_check.take() {
            documents.cluster.api_server.other.insert(TIMEOUT.to_owned(), timeout.into());
        }
        // of the two places the cluster's own counts, and joining hosts find it there
        documents.join.timeouts.control_plane_component_health_check = None;
        if let Some(timeout) = documents.join.timeouts.discovery.take() {
            documents.join.discovery.other.insert("timeout".to_owned(), timeout.into());
        }
        documents.cluster.dns.disabled = false;
        documents.cluster.proxy.disabled = false;
        if documents.cluster.encryption_algorithm == ECDSA && version.minor >= ECDSA_SINCE {
            documents.cluster.encryption_algorithm.clear();
            documents.cluster.feature_gates.insert(ECDSA_GATE.to_owned(), true);
        }
        Some(documents)
    }
}

/// Documents on their way into a file.
struct Writer {
    version: KubernetesVersion,
    api: ApiVersion,
    documents: Vec<Value>,
    left_out: Vec<LeftOut>,
}

impl Writer {
    fn new(version: KubernetesVersion) -> Result<Self, InvalidVersion> {
        Ok(Self { version, api: ApiVersion::of(version)?, documents: Vec::new(), left_out: Vec::new() })
    }

    fn typed(&mut self, kind: &'static str, configuration: &impl Serialize) {
        let mut value = serde_json::to_value(configuration)
            .expect("a kubeadm configuration is plain data and always has a JSON form");
        self.left_out.extend(trim(kind, &mut value, self.version, self.api));
        if self.api < ApiVersion::V1beta4 {
            let why = format!("{} takes a flag once, and its last value counts", self.api.as_str());
            let repeated = arguments::as_maps(&mut value).into_iter();
            self.left_out.extend(repeated.map(|field| LeftOut { kind, field, why: why.clone() }));
        }
        value["apiVersion"] = json!(self.api.as_str());
        value["kind"] = json!(kind);
        self.documents.push(value);
    }

    fn component(&mut self, kind: &'static str, fields: Option<&Map<String, Value>>) {
        let Some(fields) = fields else { return };
        let mut value = Value::Object(fields.clone());
        self.left_out.extend(trim(kind, &mut value, self.version, self.api));
        self.documents.push(value);
    }

    fn file(self) -> ConfigurationFile {
        ConfigurationFile { text: document::write(&self.documents), left_out: self.left_out }
    }
}
