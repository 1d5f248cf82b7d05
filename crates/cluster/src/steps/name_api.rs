//! Adds names to the certificate of the API server on a master: kubeadm's own configuration, as the cluster keeps it, gets them, the
//! certificate is made anew, and the API server is started with it. The old certificate comes back when that fails.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::restart;
use crate::steps::registry::file;
use crate::{Error, Fleet};
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member};
use sealer_model::kubeadm::with_api_names;

/// Put names into the API's certificate.
pub(crate) struct NameApi {
    /// The names and addresses.
    pub(crate) names: Vec<String>,
}

const STEP: &str = "name-api";
const CERTIFICATE: &str = "/etc/kubernetes/pki/apiserver.crt";
const KEY: &str = "/etc/kubernetes/pki/apiserver.key";
const CONFIGURATION: &str = "/etc/kubernetes/kubeadm-names.yaml";

impl Step<Fleet> for NameApi {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Put names into the API's certificate"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async move {
            let content = on.agent()?.read_file(CERTIFICATE).await?.unwrap_or_default();
            Ok(crate::authority::names_all(&String::from_utf8_lossy(&content), &self.names))
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            let written = ["get", "configmap", "kubeadm-config", "--namespace", "kube-system"];
            let written = [&written[..], &["--output", "jsonpath={.data.ClusterConfiguration}"]].concat();
            let written = on.fleet().run_silently(on.address(), &command(on.cluster(), "kubectl", &written)).await?;
            let text = with_api_names(&written, &self.names, on.address(), API_SERVER_PORT)
                .map_err(|source| Error::Kubeadm { path: "configuration in the cluster".into(), source })?;
            on.change(vec![file(CONFIGURATION.into(), 0o600, &text)], false).await?;
            for path in [CERTIFICATE, KEY] {
                run(on, "mv", &["--force", path, &aside(path)]).await?;
            }
            if let Err(error) =
                run(on, "kubeadm", &["init", "phase", "certs", "apiserver", "--config", CONFIGURATION]).await
            {
                for path in [CERTIFICATE, KEY] {
                    run(on, "mv", &["--force", &aside(path), path]).await?;
                }
                return Err(error);
            }
            restart(on, STEP, &["kube-apiserver"]).await?;
            run(on, "kubeadm", &["init", "phase", "upload-config", "kubeadm", "--config", CONFIGURATION]).await
        })
    }
}

fn aside(path: &str) -> String {
    format!("{path}.before")
}

async fn run(on: &On<'_, Fleet>, program: &str, arguments: &[&str]) -> Result<(), Error> {
    on.fleet().run(on.address(), STEP, command(on.cluster(), program, arguments)).await.map(drop)
}
