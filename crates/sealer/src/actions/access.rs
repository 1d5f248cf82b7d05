//! The way to the hosts of a cluster: who to be, which host keys to trust, and the program that becomes the agent, which is
//! this very one.

use super::Context;
use super::blocking::blocking;
use crate::args::Login;
use crate::failure::Failure;
use crate::settings::{Environment, Logins};
use sealer_cluster::Access;
use sealer_host::{AgentBinary, KnownHosts};
use sealer_model::clusterfile::Ssh;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::Path;

/// Settles the way to the hosts from what was typed alone.
///
/// # Errors
/// See [`access_with`].
pub(super) async fn access(login: Login, context: &Context) -> Result<Access, Failure> {
    access_with(login, Ssh::default(), BTreeMap::new(), context).await
}

/// Settles the way to the hosts; asks for passwords where that was wished. `usual` is what the Clusterfile says for every host,
/// `differing` what it says for single ones.
///
/// # Errors
/// When nobody answers, or this program's own file cannot be read.
pub(super) async fn access_with(
    login: Login,
    usual: Ssh,
    differing: BTreeMap<IpAddr, Ssh>,
    context: &Context,
) -> Result<Access, Failure> {
    let (environment, listener) = (context.environment.clone(), context.listener.clone());
    let (stop, take_over) = (context.stop.clone(), login.take_over);
    let owner = owner(&environment);
    let known_hosts = known_hosts(&environment, &context.settings.root);
    blocking(move || {
        let ask = |question: &str| rpassword::prompt_password(question);
        let mut logins = Logins::new(&login, &environment, &ask);
        let credentials = logins.of(&usual)?;
        let per_host = differing.into_iter().filter(|(_, ssh)| *ssh != usual);
        let per_host = per_host.map(|(host, ssh)| Ok((host, logins.of(&ssh)?))).collect::<Result<_, Failure>>()?;
        logins.warnings.into_iter().for_each(|warning| listener.warn(warning));
        Ok(Access { credentials, per_host, known_hosts, program: AgentBinary::own()?, owner, take_over, stop })
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
