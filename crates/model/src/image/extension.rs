//! The JSON that describes a cluster image's applications and how they are launched. Key and field names are those that the
//! Go sealer writes, because its images and ours must be readable by both.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of the annotation `sealer.image.extension` on a rootfs manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Extension {
    /// Who built the image.
    pub build_client: BuildClient,
    /// `v1alpha1`.
    pub schema_version: String,
    /// Whether the image can make a cluster or only brings applications.
    #[serde(rename = "type")]
    pub image_type: ImageType,
    /// The applications, in the order of the Kubefile, those of the base image first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub applications: Vec<Application>,
    /// Labels; filled from the configuration when an image is inspected.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Environment for templates and scripts.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// What runs when the cluster is up.
    pub launch: Launch,
}

/// The program that built an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct BuildClient {
    /// sealer's version.
    pub sealer_version: String,
    /// Written by the Go sealer only.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub buildah_version: String,
}

/// What an image can do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ImageType {
    /// It holds Kubernetes and can make a cluster.
    #[default]
    KubeInstaller,
    /// It holds applications for a cluster that exists.
    AppInstaller,
}

/// One application of an image; its files are under `application/apps/<name>/` in the rootfs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Application {
    /// The name, unique in the image.
    pub name: String,
    /// How it is launched when `cmds` is empty.
    #[serde(rename = "type", skip_serializing_if = "ApplicationType::is_unknown")]
    pub application_type: ApplicationType,
    /// The files to launch, relative to the application's folder.
    #[serde(skip_serializing_if = "Vec::is_empty", alias = "launchfiles")]
    pub files: Vec<String>,
    /// `v1`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub version: String,
    /// Environment of this application.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub env: BTreeMap<String, String>,
    /// Commands that replace the generated ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmds: Vec<String>,
}

/// How an application is launched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApplicationType {
    /// Its files are manifests, applied by the server as one application.
    Kube,
    /// A Helm chart.
    Helm,
    /// Shell scripts.
    Shell,
    /// None detected: it needs commands.
    #[default]
    #[serde(rename = "")]
    Unknown,
}

impl ApplicationType {
    fn is_unknown(&self) -> bool {
        *self == Self::Unknown
    }
}

/// What runs when the cluster is up: commands, or else applications by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Launch {
    /// Commands run in the rootfs on the first master.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cmds: Vec<String>,
    /// Applications in order.
    #[serde(rename = "app_names", skip_serializing_if = "Vec::is_empty")]
    pub application_names: Vec<String>,
}

impl Extension {
    /// The application of that name.
    #[must_use]
    pub fn application(&self, name: &str) -> Option<&Application> {
        self.applications.iter().find(|application| application.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_go_sealer_writes_is_read() {
        let text = r#"{"buildClient":{"sealerVersion":"v0.11.0","buildahVersion":"1.27.1"},
            "schemaVersion":"v1alpha1","type":"kube-installer",
            "applications":[{"name":"web","type":"kube","files":["app.yaml"],"version":"v1",
            "env":{"K":"V"},"cmds":["kubectl apply -f app.yaml"]},{"name":"raw","version":"v1"}],
            "env":{"K":"V"},"launch":{"cmds":["x"],"app_names":["web"]}}"#;
        let extension: Extension = serde_json::from_str(text).unwrap();
        assert_eq!(extension.application("web").unwrap().application_type, ApplicationType::Kube);
        assert_eq!(extension.application("raw").unwrap().application_type, ApplicationType::Unknown);
        assert_eq!(extension.launch.application_names, ["web"]);
    }

    #[test]
    fn an_unknown_application_type_is_left_out_when_written() {
        let application = Application { name: "a".into(), ..Application::default() };
        assert_eq!(serde_json::to_string(&application).unwrap(), r#"{"name":"a"}"#);
    }
}
