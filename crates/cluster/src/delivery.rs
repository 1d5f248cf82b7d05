//! What the steps of `run` work with: the hosts, the image as a description with a source of bytes, and the authority.

use crate::authority::{Authority, Identities};
use crate::backup::Backup;
use crate::blobs::Blobs;
use crate::checks::Ignore;
use crate::registry::Keys;
use crate::{Error, Fleet, State};
use sealer_model::Secret;
use sealer_model::agent::{Command, Login, Relayed, Source, Text};
use sealer_model::bundle::{Bundle, KUBEADM_FILE};
use sealer_model::checks::Finding;
use sealer_model::cluster::{Cluster, HOST_USER, Member};
use sealer_model::kubeadm::{Documents, InvalidDocument};
use sealer_tailor::{TailoredFile, tailor, untouched};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio::sync::OnceCell;

/// A cluster image on its way to a cluster.
pub(crate) struct Delivery {
    /// The hosts.
    pub(crate) fleet: Fleet,
    /// The image.
    pub(crate) bundle: Bundle,
    /// Its bytes.
    pub(crate) blobs: Arc<dyn Blobs>,
    /// The cluster's certificates.
    pub(crate) authority: Authority,
    /// Who hosts are to one another.
    pub(crate) identities: Identities,
    /// By whom hosts and registries of the cluster are known to its registries.
    pub(crate) keys: Keys,
    /// How long everything may take to become ready.
    pub(crate) deadline: Duration,
    /// Checks that do not count.
    pub(crate) ignore: Ignore,
    /// What the checks at the end found.
    pub(crate) examined: OnceLock<Vec<Finding>>,
    /// What hosts are told that relay the rootfs to one another; settled by the first of them.
    pub(crate) relayed: OnceCell<BTreeMap<IpAddr, Relayed>>,
    /// The password at the registry that the site has already, once it is needed.
    pub(crate) external_password: OnceCell<Secret>,
    /// What the control plane begins with, where that is not nothing.
    pub(crate) backup: Option<Arc<Backup>>,
    /// Held by the one host that joins the control plane.
    pub(crate) turn: tokio::sync::Mutex<()>,
}

impl AsRef<Fleet> for Delivery {
    fn as_ref(&self) -> &Fleet {
        &self.fleet
    }
}

/// How long a program of Kubernetes may take before it is ended.
const PROGRAM_SECONDS: u64 = 600;

/// Programs are looked for where sealer puts them, then where the host has its own, then in the image's fall-back tools.
const HOST_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Delivery {
    /// A cluster image on its way to hosts that are connected to.
    pub(crate) fn open(
        fleet: Fleet,
        state: &State,
        (bundle, blobs): (Bundle, Arc<dyn Blobs>),
        deadline: Duration,
        ignore: Ignore,
    ) -> Result<Self, Error> {
        let own = fleet.registry_secrets().certificate.as_ref();
        let (authority, keys) = (Authority::open(state, &fleet.cluster, own)?, Keys::open(state)?);
        let identities = Identities::open(state, &fleet.cluster)?;
        Ok(Self {
            fleet,
            bundle,
            blobs,
            authority,
            identities,
            keys,
            deadline,
            ignore,
            examined: OnceLock::new(),
            relayed: OnceCell::new(),
            external_password: OnceCell::new(),
            backup: None,
            turn: tokio::sync::Mutex::default(),
        })
    }

    /// The folder of the unpacked rootfs on every host.
    pub(crate) fn rootfs(&self) -> String {
        self.fleet.cluster.rootfs()
    }

    /// The registry that has the image first, for agents.
    pub(crate) fn source(&self) -> Result<Source, Error> {
        let cluster = &self.fleet.cluster;
        Ok(Source {
            registry: cluster.registry.url(),
            address: self.first_registry()?.to_string(),
            authority: self.authority.trusted.clone(),
            repository: self.bundle.name.repository(),
            login: self.host_login(),
        })
    }

    /// The host whose registry has everything first.
    pub(crate) fn first_registry(&self) -> Result<IpAddr, Error> {
        let cluster = &self.fleet.cluster;
        cluster.registry_hosts().first().map_or_else(|| Ok(cluster.first_master()?.address), |host| Ok(host.address))
    }

    /// Who the cluster's hosts are to its registries, where these want to know.
    pub(crate) fn host_login(&self) -> Option<Login> {
        let login = || Login { user: HOST_USER.to_owned(), password: Text(self.keys.host.reveal().to_owned()) };
        self.fleet.cluster.registry.asks_hosts().then(login)
    }

    /// Who deliverer and hosts are to the registry that the site has already; a password that is not given now is on the first master.
    pub(crate) async fn external_login(&self) -> Result<Option<Login>, Error> {
        let registry = self.fleet.cluster.registry.external.as_ref();
        let Some(user) = registry.and_then(|registry| registry.username.clone()) else { return Ok(None) };
        let password = self.external_password.get_or_try_init(|| self.find_external_password()).await?;
        Ok(Some(Login { user, password: Text(password.reveal().to_owned()) }))
    }

    async fn find_external_password(&self) -> Result<Secret, Error> {
        if let Some(given) = &self.fleet.registry_secrets().external {
            return Ok(given.clone());
        }
        let host = self.fleet.cluster.first_master()?.address;
        let there = self.fleet.agent(host)?.read_file(&external_password_file(&self.fleet.cluster)).await?;
        let unknown = || Error::NoSecret { secret: "the password at the site's own registry".into(), host };
        Ok(Secret::new(String::from_utf8_lossy(&there.ok_or_else(unknown)?)))
    }

    /// `PATH` for programs on hosts.
    pub(crate) fn path(&self) -> String {
        path(&self.fleet.cluster)
    }

    /// A program to be run on a host, with the cluster's `PATH` and `KUBECONFIG`.
    pub(crate) fn command(&self, program: &str, arguments: &[&str]) -> Command {
        command(&self.fleet.cluster, program, arguments)
    }

    /// What differs in the rootfs of a host from what the image brings.
    pub(crate) fn tailored(&self, member: &Member) -> Result<Vec<TailoredFile>, Error> {
        let rootfs = self.bundle.rootfs_for(&self.fleet.facts_of(member.address)?.platform)?;
        Ok(tailor(&self.fleet.cluster, &self.bundle.extension, member, &rootfs.files, self.fleet.secrets())?)
    }

    /// The same with the files at hand that are as the image brings them: one that was tailored once becomes so again.
    pub(crate) fn files(&self, member: &Member) -> Result<Vec<TailoredFile>, Error> {
        let mut files = self.tailored(member)?;
        let rootfs = self.bundle.rootfs_for(&self.fleet.facts_of(member.address)?.platform)?;
        files.extend(untouched(&rootfs.files, &files));
        Ok(files)
    }

    /// kubeadm's documents as the image brings them, read on a host where the rootfs is, with the site's own over them.
    pub(crate) async fn kubeadm_documents(&self, host: IpAddr) -> Result<Documents, Error> {
        let path = format!("{}/{KUBEADM_FILE}", self.rootfs());
        let documents = match self.fleet.agent(host)?.read_file(&path).await? {
            None => Documents::default(),
            Some(bytes) => Documents::read(&String::from_utf8_lossy(&bytes)).map_err(invalid(KUBEADM_FILE))?,
        };
        documents
            .overridden(&self.fleet.cluster.site.kubeadm)
            .map_err(invalid("etc/kubeadm.yml with the site's fields over it"))
    }
}

fn invalid(path: &str) -> impl FnOnce(InvalidDocument) -> Error + use<'_> {
    move |source| Error::Kubeadm { path: path.to_owned(), source }
}

/// The password at the registry that the site has already, on masters, for deliveries that name no Clusterfile.
pub(crate) fn external_password_file(cluster: &Cluster) -> String {
    format!("{}/external-registry.password", cluster.folder())
}

fn path(cluster: &Cluster) -> String {
    format!("{HOST_PATH}:{}/tools/bin", cluster.rootfs())
}

/// A program to be run on a host of a cluster. Its home is the cluster's folder, not root's: kubectl keeps a cache there, and
/// what is root's own stays as it is.
pub(crate) fn command(cluster: &Cluster, program: &str, arguments: &[&str]) -> Command {
    Command {
        program: program.to_owned(),
        arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
        environment: BTreeMap::from([
            ("PATH".to_owned(), path(cluster)),
            ("KUBECONFIG".to_owned(), "/etc/kubernetes/admin.conf".to_owned()),
            ("HOME".to_owned(), cluster.folder()),
        ]),
        input: None,
        directory: None,
        timeout_seconds: PROGRAM_SECONDS,
    }
}
