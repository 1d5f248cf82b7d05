//! `.Capabilities`: what the cluster can do that a chart is rendered for. Without a cluster to ask, it is what Helm takes for
//! granted, but for what the user says.

use std::any::Any;
use std::rc::Rc;

use sealer_template::{Object, Value};

use crate::error::{Error, Result};

/// The version of Kubernetes that the Helm we follow is built for.
const KUBERNETES: (u64, u64) = (1, 36);

/// What that Helm says of itself.
const HELM_VERSION: &str = "v4.2";
const GO_VERSION: &str = "go1.26.6";

/// The API versions that Helm knows by itself, in its order.
const API_VERSIONS: &str = "v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 \
    admissionregistration.k8s.io/v1beta1 internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 \
    authentication.k8s.io/v1 authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 \
    authorization.k8s.io/v1beta1 autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1 certificates.k8s.io/v1 \
    certificates.k8s.io/v1beta1 certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 \
    coordination.k8s.io/v1 discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 \
    extensions/v1beta1 flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 \
    flowcontrol.apiserver.k8s.io/v1beta2 flowcontrol.apiserver.k8s.io/v1beta3 networking.k8s.io/v1 \
    networking.k8s.io/v1beta1 node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1 \
    rbac.authorization.k8s.io/v1 rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1 \
    resource.k8s.io/v1beta2 resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha2 \
    scheduling.k8s.io/v1beta1 scheduling.k8s.io/v1 storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 \
    storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1";

/// What a cluster can do.
#[derive(Debug, Clone)]
pub struct Capabilities {
    kube_version: KubeVersion,
    api_versions: Rc<ApiVersions>,
}

/// A version of Kubernetes: as it was given, and its numbers.
#[derive(Debug, Clone)]
struct KubeVersion {
    given: String,
    numbers: String,
    major: u64,
    minor: u64,
}

#[derive(Debug, Clone)]
struct ApiVersions(Vec<String>);

impl Default for Capabilities {
    fn default() -> Self {
        let (major, minor) = KUBERNETES;
        let version = format!("v{major}.{minor}.0");
        let known = API_VERSIONS.split_whitespace().map(str::to_owned).collect();
        Self {
            kube_version: KubeVersion { given: version.clone(), numbers: version, major, minor },
            api_versions: Rc::new(ApiVersions(known)),
        }
    }
}

impl Capabilities {
    /// For that version of Kubernetes: `1.30`, `v1.30.2-rke2r1`.
    ///
    /// # Errors
    /// [`Error::KubeVersion`]: it begins with no two numbers.
    pub fn with_kube_version(mut self, version: &str) -> Result<Self> {
        self.kube_version = KubeVersion::parse(version).ok_or_else(|| Error::KubeVersion(version.to_owned()))?;
        Ok(self)
    }

    /// With these API versions and no others: those of a cluster that was asked.
    #[must_use]
    pub fn with_only_api_versions(mut self, versions: Vec<String>) -> Self {
        self.api_versions = Rc::new(ApiVersions(versions));
        self
    }

    /// With further API versions: `monitoring.coreos.com/v1`, `monitoring.coreos.com/v1/ServiceMonitor`.
    #[must_use]
    pub fn with_api_versions(mut self, versions: impl IntoIterator<Item = String>) -> Self {
        Rc::make_mut(&mut self.api_versions).0.extend(versions);
        self
    }

    /// Without these API versions: those that the version of Kubernetes does not serve.
    #[must_use]
    pub fn without_api_versions(mut self, versions: &[String]) -> Self {
        Rc::make_mut(&mut self.api_versions).0.retain(|known| !versions.contains(known));
        self
    }

    /// The version of Kubernetes: its numbers alone.
    pub fn kube_version(&self) -> &str {
        &self.kube_version.numbers
    }

    /// As templates see it.
    pub(crate) fn value(&self) -> Value {
        Value::Object(Rc::new(self.clone()))
    }
}

impl KubeVersion {
    fn parse(text: &str) -> Option<Self> {
        let digits = text.strip_prefix('v').unwrap_or(text);
        let end = digits.find(|next: char| !next.is_ascii_digit() && next != '.').unwrap_or(digits.len());
        let numbers = digits.get(..end)?.trim_end_matches('.');
        let parts: Option<Vec<u64>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        let parts = parts.filter(|parts| (2..=3).contains(&parts.len()))?;
        let patch = parts.get(2).copied().unwrap_or(0);
        let (major, minor) = (*parts.first()?, *parts.get(1)?);
        let given = format!("v{digits}");
        Some(Self { given, numbers: format!("v{major}.{minor}.{patch}"), major, minor })
    }
}

impl Object for Capabilities {
    fn type_name(&self) -> &str {
        "*common.Capabilities"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<sealer_template::Result<Value>> {
        match name {
            "KubeVersion" => Some(Ok(Value::Object(Rc::new(self.kube_version.clone())))),
            "APIVersions" => Some(Ok(Value::Object(Rc::clone(&self.api_versions) as Rc<dyn Object>))),
            "HelmVersion" => Some(Ok(Value::Object(Rc::new(HelmVersion)))),
            _ => None,
        }
    }

    /// Helm prints where it lies in memory, which is of no use.
    fn print(&self) -> String {
        "*common.Capabilities".to_owned()
    }

    fn data(&self) -> Value {
        map_of(self.fields())
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(vec![
            ("KubeVersion", Value::Object(Rc::new(self.kube_version.clone()))),
            ("APIVersions", self.api_versions.data()),
            ("HelmVersion", Value::Object(Rc::new(HelmVersion))),
        ])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for KubeVersion {
    fn type_name(&self) -> &str {
        "common.KubeVersion"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<sealer_template::Result<Value>> {
        let text = match name {
            "Version" | "GitVersion" => self.given.clone(),
            "Major" => self.major.to_string(),
            "Minor" => self.minor.to_string(),
            "String" => self.numbers.clone(),
            _ => return None,
        };
        Some(Ok(Value::text(text)))
    }

    fn parameters(&self, method: &str) -> Option<&'static str> {
        (method == "String").then_some("")
    }

    fn print(&self) -> String {
        format!("{{{} {} {} {}}}", self.given, self.numbers, self.major, self.minor)
    }

    fn show(&self) -> String {
        self.numbers.clone()
    }

    fn data(&self) -> Value {
        map_of(self.fields())
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(vec![
            ("Version", Value::text(self.given.as_str())),
            ("Major", Value::text(self.major.to_string())),
            ("Minor", Value::text(self.minor.to_string())),
        ])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

impl Object for ApiVersions {
    fn type_name(&self) -> &str {
        "common.VersionSet"
    }

    fn kind(&self) -> &str {
        "slice"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<sealer_template::Result<Value>> {
        match (name, arguments) {
            ("Has", [Value::Text(wanted)]) => Some(Ok(Value::Bool(self.0.iter().any(|known| **known == **wanted)))),
            _ => None,
        }
    }

    fn parameters(&self, method: &str) -> Option<&'static str> {
        (method == "Has").then_some("s")
    }

    fn print(&self) -> String {
        format!("[{}]", self.0.join(" "))
    }

    fn data(&self) -> Value {
        Value::texts(self.0.iter().map(String::as_str))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// `.Capabilities.HelmVersion`: the Helm we follow, for charts ask whether theirs is new enough.
#[derive(Debug)]
struct HelmVersion;

impl Object for HelmVersion {
    fn type_name(&self) -> &str {
        "version.BuildInfo"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<sealer_template::Result<Value>> {
        let text = match name {
            "Version" => HELM_VERSION.to_owned(),
            "GitCommit" | "GitTreeState" => String::new(),
            "GoVersion" => GO_VERSION.to_owned(),
            "KubeClientVersion" => client_version(),
            _ => return None,
        };
        Some(Ok(Value::text(text)))
    }

    fn print(&self) -> String {
        format!("{{{HELM_VERSION}   {GO_VERSION} {}}}", client_version())
    }

    fn data(&self) -> Value {
        map_of(self.fields())
    }

    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        Some(vec![
            ("version", Value::text(HELM_VERSION)),
            ("go_version", Value::text(GO_VERSION)),
            ("kube_client_version", Value::text(client_version())),
        ])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// The fields of a struct as a map.
fn map_of(fields: Option<Vec<(&'static str, Value)>>) -> Value {
    Value::map(fields.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)))
}

fn client_version() -> String {
    format!("v{}.{}", KUBERNETES.0, KUBERNETES.1)
}
