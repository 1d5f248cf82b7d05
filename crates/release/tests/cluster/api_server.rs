//! One etcd and one kube-apiserver, with certificates of their own, gone with the test.

use rcgen::{BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, SanType};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use sealer_release::kubeconfig::Access;
use sealer_release::{Cluster, Identity, kubeconfig};
use serde_json::Value;
use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// A running cluster.
pub(crate) struct ApiServer {
    programs: Vec<Child>,
    folder: TempDir,
}

impl ApiServer {
    /// Starts one that lets pods run as nobody, for nothing makes them accounts, and claims go at once, for nothing sees that nobody uses
    /// them; none, and a word about it, where the programs are not there.
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(&["--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection"])
    }

    /// Starts one that wants an account for every pod, as clusters do.
    pub(crate) fn start_with_accounts() -> Option<Self> {
        Self::start_with(&[])
    }

    fn start_with(more: &[&str]) -> Option<Self> {
        let (Some(etcd), Some(server)) = (program("ETCD", "etcd"), program("KUBE_APISERVER", "kube-apiserver")) else {
            eprintln!(
                "left out: no etcd or no kube-apiserver; SEALER_TEST_ETCD and SEALER_TEST_KUBE_APISERVER name them"
            );
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let (client, peer, port) = (free_port(), free_port(), free_port());
        write_certificates(folder.path(), port);
        let mut started = Self { programs: Vec::new(), folder };
        started.run(&etcd, &etcd_arguments(client, peer));
        let more = more.iter().map(|argument| (*argument).to_owned());
        started.run(&server, &server_arguments(client, port).into_iter().chain(more).collect::<Vec<_>>());
        started.wait_until_ready(port);
        Some(started)
    }

    fn run(&mut self, program: &Path, arguments: &[String]) {
        let log = || File::options().create(true).append(true).open(self.folder.path().join("log")).unwrap();
        let mut command = Command::new(program);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).stdout(log()).stderr(log());
        self.programs.push(command.spawn().unwrap());
    }

    fn wait_until_ready(&mut self, port: u16) {
        let end = Instant::now() + Duration::from_secs(120);
        let kubeconfig = self.kubeconfig();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        loop {
            let access = kubeconfig::read(&kubeconfig, None).unwrap();
            let tried = runtime.block_on(async {
                let cluster = Cluster::reach(&access).await?;
                let role =
                    cluster.find(&identity("rbac.authorization.k8s.io/v1", "ClusterRole", "cluster-admin")).await?;
                let namespace = cluster.find(&identity("v1", "Namespace", "default")).await?;
                Ok::<_, sealer_release::Error>(role.and(namespace).is_some())
            });
            if matches!(tried, Ok(true)) {
                return;
            }
            let runs = self.programs.iter_mut().all(|child| child.try_wait().unwrap().is_none());
            let log = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(runs && Instant::now() < end, "no API server on port {port}\n{}", log());
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.folder.path().join("kubeconfig")
    }

    pub(crate) async fn reach(&self) -> Cluster {
        Cluster::reach(&kubeconfig::read(&self.kubeconfig(), None).unwrap()).await.unwrap()
    }

    /// What a controller asks for, which releases never do: the answer to one request as an administrator.
    pub(crate) async fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let access = kubeconfig::read(&self.kubeconfig(), None).unwrap();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls(&access)).build().unwrap();
        let url = format!("{}{path}", access.server);
        let request = http.request(method.parse().unwrap(), url).json(body);
        request.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }
}

impl Drop for ApiServer {
    fn drop(&mut self) {
        for child in self.programs.iter_mut().rev() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn tls(access: &Access) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(&access.authority).unwrap()).unwrap();
    let (certificate, key) = access.identity.as_ref().unwrap();
    let certificate = CertificateDer::from_pem_slice(certificate).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::from_pem_slice(key).unwrap();
    builder.with_root_certificates(roots).with_client_auth_cert(vec![certificate], key).unwrap()
}

/// An object of no namespace.
fn identity(api_version: &str, kind: &str, name: &str) -> Identity {
    let (api_version, kind, name) = (api_version.to_owned(), kind.to_owned(), name.to_owned());
    Identity { api_version, kind, namespace: None, name }
}

pub(crate) fn program(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(format!("SEALER_TEST_{variable}")).map(PathBuf::from);
    let paths = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&paths).map(|folder| folder.join(name)).find(|path| path.is_file());
    named.filter(|path| path.is_file()).or(found)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn etcd_arguments(client: u16, peer: u16) -> Vec<String> {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let cluster = format!("default={peer}");
    let arguments = [
        "--data-dir=etcd",
        "--unsafe-no-fsync",
        "--listen-client-urls",
        &client,
        "--advertise-client-urls",
        &client,
        "--listen-peer-urls",
        &peer,
        "--initial-advertise-peer-urls",
        &peer,
        "--initial-cluster",
        &cluster,
    ];
    arguments.map(str::to_owned).to_vec()
}

fn server_arguments(etcd: u16, port: u16) -> Vec<String> {
    let etcd = format!("--etcd-servers=http://127.0.0.1:{etcd}");
    let port = format!("--secure-port={port}");
    let arguments = [
        &etcd,
        &port,
        "--bind-address=127.0.0.1",
        "--cert-dir=certificates",
        "--tls-cert-file=server.crt",
        "--tls-private-key-file=server.key",
        "--client-ca-file=ca.crt",
        "--service-account-issuer=https://kubernetes.default.svc",
        "--service-account-signing-key-file=server.key",
        "--service-account-key-file=server.crt",
        "--authorization-mode=RBAC",
        "--allow-privileged=true",
        "--service-cluster-ip-range=10.96.0.0/16",
    ];
    arguments.map(str::to_owned).to_vec()
}

fn write_certificates(folder: &Path, port: u16) {
    let write = |name: &str, text: String| fs::write(folder.join(name), text).unwrap();
    let key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::default();
    authority.distinguished_name.push(DnType::CommonName, "test authority");
    authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    write("ca.crt", authority.self_signed(&key).unwrap().pem());
    let issuer = Issuer::new(authority, key);
    let issue = |name: &str, organization: &str, usage: ExtendedKeyUsagePurpose| {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.distinguished_name.push(DnType::OrganizationName, organization);
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        params.extended_key_usages = vec![usage];
        write(&format!("{name}.crt"), params.signed_by(&key, &issuer).unwrap().pem());
        write(&format!("{name}.key"), key.serialize_pem());
    };
    issue("server", "test", ExtendedKeyUsagePurpose::ServerAuth);
    issue("admin", "system:masters", ExtendedKeyUsagePurpose::ClientAuth);
    let kubeconfig = format!(
        "apiVersion: v1\nkind: Config\nclusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:{port}', \
         certificate-authority: ca.crt}}}}]\nusers: [{{name: u, user: {{client-certificate: admin.crt, client-key: \
         admin.key}}}}]\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\ncurrent-context: x\n"
    );
    write("kubeconfig", kubeconfig);
}
