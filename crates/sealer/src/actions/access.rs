//! The way to the hosts of a cluster: who to be, which host keys to trust, and the program that becomes the agent: this very one, or what
//! an image carries for hosts of other platforms.

use super::Context;
use super::blocking::blocking;
use super::stored_programs::StoredPrograms;
use super::version;
use crate::args::Login;
use crate::failure::Failure;
use crate::settings::{Environment, Logins, Lookup, environment_secrets, lines_of, registry_secrets, secrets_at_hand};
use sealer_cluster::{Access, Pace};
use sealer_host::{AgentBinary, KnownHosts, OpensshConfig};
use sealer_model::cluster::{Cluster, NamedSecret, SecretPlace, Secrets};
use sealer_model::clusterfile::{Clusterfile, RegistrySettings, Ssh};
use sealer_model::intention::SecretPlaces;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::Path;
use std::sync::Arc;

/// Settles the way to the hosts from what was typed alone.
///
/// # Errors
/// See [`access_with`].
pub(super) async fn access(login: Login, context: &Context) -> Result<Access, Failure> {
    access_with(login, Referred::default(), context).await
}

/// As [`access`], for work that needs the secrets of a cluster's environment.
///
/// # Errors
/// See [`access_with`].
pub(super) async fn access_for(cluster: &Cluster, login: Login, context: &Context) -> Result<Access, Failure> {
    access_with(login, Referred::default().with_environment(cluster), context).await
}

/// As [`access`], with those secrets of a cluster's environment that are at hand; what is missing is told where it is `missed`.
///
/// # Errors
/// See [`access_with`].
pub(super) async fn access_as_far(
    cluster: &Cluster,
    missed: bool,
    login: Login,
    context: &Context,
) -> Result<Access, Failure> {
    let mut access = access(login, context).await?;
    let mut warnings = Vec::new();
    access.secrets = secrets_at_hand(&cluster.named_secrets(), &context.environment, &mut warnings);
    warnings.into_iter().filter(|_| missed).for_each(|warning| context.listener.warn(warning));
    Ok(access)
}

/// As [`access_for`], with the registry's secrets from where they came from when the work was begun.
///
/// # Errors
/// See [`access_with`].
pub(super) async fn access_again(
    cluster: &Cluster,
    login: Login,
    places: SecretPlaces,
    context: &Context,
) -> Result<Access, Failure> {
    let referred = Referred { registry: places.settings(), ..Referred::default() };
    access_with(login, referred.with_environment(cluster), context).await
}

/// What a Clusterfile says of secrets.
#[derive(Default)]
pub(super) struct Referred {
    /// For every host.
    pub(super) usual: Ssh,
    /// For single ones.
    pub(super) differing: BTreeMap<IpAddr, Ssh>,
    /// For the site's registry.
    pub(super) registry: RegistrySettings,
    /// For the environment of hosts and applications.
    pub(super) environment: BTreeSet<NamedSecret>,
    /// Which lines say so, where a Clusterfile does.
    pub(super) lines: Vec<(SecretPlace, String)>,
}

impl Referred {
    /// All that a Clusterfile says.
    pub(super) fn by(file: &Clusterfile) -> Self {
        let registry = file.cluster.registry.clone();
        let (usual, differing) = (file.cluster.ssh.clone(), file.logins());
        Self { usual, differing, registry, environment: BTreeSet::new(), lines: lines_of(file) }
    }

    /// The same with what a cluster's environment names, wherever that was said.
    pub(super) fn with_environment(self, cluster: &Cluster) -> Self {
        Self { environment: cluster.named_secrets(), ..self }
    }
}

/// Settles the way to the hosts; asks for passwords where that was wished.
///
/// # Errors
/// When nobody answers, or this program's own file cannot be read.
pub(super) async fn access_with(login: Login, referred: Referred, context: &Context) -> Result<Access, Failure> {
    let Referred { usual, differing, registry, environment: named, lines } = referred;
    let (environment, listener) = (context.environment.clone(), context.listener.clone());
    let (stop, take_over) = (context.stop.clone(), login.take_over);
    let pace = login.bandwidth.map(|rate| Pace::of(rate.0)).unwrap_or_default();
    let owner = owner(&environment);
    let known_hosts = known_hosts(&environment, &context.settings.root);
    let carried = Arc::new(StoredPrograms::of(context.settings.store()));
    blocking(move || {
        let ask = |question: &str| rpassword::prompt_password(question);
        let mut lookup = Lookup::new(&environment, &ask).for_lines(&lines);
        let mut logins = Logins::new(&login, &mut lookup);
        let credentials = logins.of(&usual)?;
        let per_host = differing.into_iter().filter(|(_, ssh)| *ssh != usual);
        let per_host = per_host.map(|(host, ssh)| Ok((host, logins.of(&ssh)?))).collect::<Result<_, Failure>>()?;
        let registry = registry_secrets(&registry, &mut lookup)?;
        let secrets = environment_secrets(&named, &mut lookup)?;
        lookup.warnings.into_iter().for_each(|warning| listener.warn(warning));
        let program = AgentBinary::own()?;
        let openssh = environment.path("HOME").map(|home| OpensshConfig::read(&home)).transpose()?.unwrap_or_default();
        Ok(Access {
            credentials,
            per_host,
            openssh,
            registry,
            secrets,
            known_hosts,
            program,
            version: version::number(),
            carried,
            owner,
            take_over,
            pace,
            stop,
        })
    })
    .await
}

/// The secrets of a cluster's environment, for work without hosts, with what a Clusterfile says of them.
///
/// # Errors
/// When a secret is to be asked for and nobody is there, or it is not where it should be.
pub(super) async fn environment_of(
    cluster: &Cluster,
    file: Option<&Clusterfile>,
    context: &Context,
) -> Result<Secrets, Failure> {
    let lines = file.map(lines_of).unwrap_or_default();
    let (named, environment, listener) =
        (cluster.named_secrets(), context.environment.clone(), context.listener.clone());
    blocking(move || {
        let ask = |question: &str| rpassword::prompt_password(question);
        let mut lookup = Lookup::new(&environment, &ask).for_lines(&lines);
        let secrets = environment_secrets(&named, &mut lookup)?;
        lookup.warnings.into_iter().for_each(|warning| listener.warn(warning));
        Ok(secrets)
    })
    .await
}

/// Who works here, for those who find hosts claimed: `ann on build-1`.
fn owner(environment: &Environment) -> String {
    let user = environment.text("USER").or_else(|| environment.text("LOGNAME"));
    let user = user.unwrap_or_else(|| format!("user {}", rustix::process::geteuid().as_raw()));
    format!("{user} on {}", rustix::system::uname().nodename().to_string_lossy())
}

/// The user's own list is asked first; keys of new hosts are pinned in ours.
fn known_hosts(environment: &Environment, root: &Path) -> KnownHosts {
    let users = environment.path("HOME").map(|home| home.join(".ssh/known_hosts"));
    KnownHosts::new(users.into_iter().collect(), root.join("known_hosts"))
}
