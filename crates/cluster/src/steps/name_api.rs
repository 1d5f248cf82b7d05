//! Adds names to the certificate of the API server on a master: kubeadm's own configuration, as the cluster keeps it, gets them, the
//! certificate is made anew in a folder of its own and takes the place of the old one, and the API server is started with it. The folder
//! goes last, so that a master that was left half-way is known by it.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::control_plane::{await_ready, restart};
use crate::steps::join_master::PKI;
use crate::steps::registry::file;
use crate::{Error, Fleet};
use sealer_model::agent::Change;
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member};
use sealer_model::kubeadm::{with_api_names, with_certificates_in};

/// Put names into the API's certificate.
pub(crate) struct NameApi {
    /// The names and addresses.
    pub(crate) names: Vec<String>,
}

const STEP: &str = "name-api";
const CERTIFICATE: &str = "/etc/kubernetes/pki/apiserver.crt";

/// Where the certificate is made: on the file system of its place, and left out of backups.
const FOLDER: &str = "/etc/kubernetes/tmp/api-names";
/// The cluster's configuration with the names.
const CONFIGURATION: &str = "/etc/kubernetes/tmp/api-names/kubeadm.yaml";
/// The same for a certificate in the folder.
const MAKING: &str = "/etc/kubernetes/tmp/api-names/making.yaml";

/// What earlier versions left.
const FORMER: [&str; 3] = [
    "/etc/kubernetes/kubeadm-names.yaml",
    "/etc/kubernetes/pki/apiserver.crt.before",
    "/etc/kubernetes/pki/apiserver.key.before",
];

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
            let half_way = on.agent()?.read_file(CONFIGURATION).await?.is_some();
            Ok(!half_way && self.are_in_certificate(on).await?)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            // whoever was cut off may have ended it in this moment
            await_ready(on).await?;
            on.change(self.configurations(on).await?, false).await?;
            if !self.are_in_certificate(on).await? {
                make(on).await?;
            }
            restart(on, STEP, &["kube-apiserver"]).await?;
            run(on, "kubeadm", &["init", "phase", "upload-config", "kubeadm", "--config", CONFIGURATION]).await?;
            run(on, "rm", &[&["--recursive", "--force", FOLDER], &FORMER[..]].concat()).await
        })
    }
}

impl NameApi {
    async fn are_in_certificate(&self, on: &On<'_, Fleet>) -> Result<bool, Error> {
        let content = on.agent()?.read_file(CERTIFICATE).await?.unwrap_or_default();
        Ok(crate::authority::names_all(&String::from_utf8_lossy(&content), &self.names))
    }

    async fn configurations(&self, on: &On<'_, Fleet>) -> Result<Vec<Change>, Error> {
        let written = ["get", "configmap", "kubeadm-config", "--namespace", "kube-system"];
        let written = [&written[..], &["--output", "jsonpath={.data.ClusterConfiguration}"]].concat();
        let written = on.fleet().run_silently(on.address(), &command(on.cluster(), "kubectl", &written)).await?;
        let invalid = |source| Error::Kubeadm { path: "configuration in the cluster".into(), source };
        let named = |text: &str| with_api_names(text, &self.names, on.address(), API_SERVER_PORT).map_err(invalid);
        let making = named(&with_certificates_in(&written, FOLDER).map_err(invalid)?)?;
        Ok(vec![
            Change::Directory { path: FOLDER.into(), mode: 0o700 },
            file(MAKING.into(), 0o600, &making),
            file(CONFIGURATION.into(), 0o600, &named(&written)?),
        ])
    }
}

/// Makes the certificate beside the old one and puts it into its place, the key first: an API server that reads both in between keeps
/// what it has.
async fn make(on: &On<'_, Fleet>) -> Result<(), Error> {
    let [certificate, key] = ["apiserver.crt", "apiserver.key"];
    let made = |name: &str| format!("{FOLDER}/{name}");
    run(on, "rm", &["--force", &made(certificate), &made(key)]).await?;
    for name in ["ca.crt", "ca.key"] {
        run(on, "cp", &["--preserve=mode", &format!("{PKI}/{name}"), &made(name)]).await?;
    }
    run(on, "kubeadm", &["init", "phase", "certs", "apiserver", "--config", MAKING]).await?;
    for name in [key, certificate] {
        run(on, "mv", &["--force", &made(name), &format!("{PKI}/{name}")]).await?;
    }
    Ok(())
}

async fn run(on: &On<'_, Fleet>, program: &str, arguments: &[&str]) -> Result<(), Error> {
    on.fleet().run(on.address(), STEP, command(on.cluster(), program, arguments)).await.map(drop)
}
