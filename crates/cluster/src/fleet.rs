//! The hosts of one cluster and the way to each of them: connected in parallel, their facts read, their agents started when
//! the work begins.

mod agents;

use crate::checks::{FleetFacts, questions};
use crate::journal::Journal;
use crate::pace::Pace;
use crate::programs::{CarriedPrograms, Programs};
use crate::redact::Redactor;
use crate::registry::RegistrySecrets;
use crate::{Error, State};
use agents::{Offered, offered, programs};
use futures_util::stream::{self, StreamExt};
use sealer_host::process::Exit;
use sealer_host::{Agent, AgentBinary, Credentials, Finished, Host, HostAddress, KnownHosts, OpensshConfig};
use sealer_model::agent::{Claim, Command};
use sealer_model::cluster::{Cluster, Member, Secrets};
use sealer_model::event::{Event, Listener};
use sealer_model::facts::Facts;
use sealer_model::journal::Entry;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How hosts are reached.
#[derive(Clone, Debug)]
pub struct Access {
    /// User, password, keys.
    pub credentials: Credentials,
    /// The same for hosts where they differ.
    pub per_host: BTreeMap<IpAddr, Credentials>,
    /// What the user's own configuration of SSH says, where nobody chose.
    pub openssh: OpensshConfig,
    /// What the site's registry has to know and no state says.
    pub registry: RegistrySecrets,
    /// Secrets of the environment.
    pub secrets: Secrets,
    /// Where host keys are pinned.
    pub known_hosts: KnownHosts,
    /// This program's own file, which becomes the agent on hosts of its platform.
    pub program: AgentBinary,
    /// Its version: `v1.2.3`.
    pub version: String,
    /// Where hosts of other platforms get theirs from.
    pub carried: Arc<dyn CarriedPrograms>,
    /// Who works here, for those who find the hosts claimed: user and machine.
    pub owner: String,
    /// Whether hosts are taken over from another deliverer that works on them.
    pub take_over: bool,
    /// How fast an image may leave this machine.
    pub pace: Pace,
    /// When it is cancelled, no further step begins; those under way go on to their ends.
    pub stop: CancellationToken,
}

impl Access {
    /// Every secret that it holds, so that they can be taken out of what leaves this machine.
    #[must_use]
    pub fn known_secrets(&self) -> Vec<String> {
        let all = std::iter::once(&self.credentials).chain(self.per_host.values());
        let secrets = all.flat_map(|it| {
            let keys = it.keys.iter().filter_map(|key| key.passphrase.as_ref());
            it.password.iter().chain(keys).chain(&it.open.passphrase)
        });
        secrets
            .chain(self.registry.known())
            .chain(self.secrets.known())
            .map(|secret| secret.reveal().to_owned())
            .collect()
    }
}

/// A host that cannot be reached, and the whole reason.
pub(crate) type Unreached = (IpAddr, String);

/// Hosts that are connected to at the same time.
const PARALLEL_CONNECTIONS: usize = 32;
/// How long a script that only looks may take.
const SCRIPT_LIMIT: Duration = Duration::from_secs(60);

/// One connected host.
struct Connected {
    host: Host,
    facts: Facts,
    agent: OnceLock<Running>,
}

/// An agent that runs.
struct Running {
    agent: Agent,
    program: String,
}

/// The connected hosts of a cluster.
pub struct Fleet {
    /// The desired state.
    pub(crate) cluster: Cluster,
    /// Who hears what happens.
    pub(crate) listener: Listener,
    /// What is recorded.
    pub(crate) journal: Journal,
    access: Access,
    /// Knows the secrets of the environment.
    redactor: Redactor,
    hosts: BTreeMap<IpAddr, Connected>,
    /// What keeps others away from the hosts, where they are to be changed.
    claim: Option<Claim>,
    /// What becomes the agent on hosts of each platform.
    programs: Programs,
    /// Where they fetch it from.
    offered: Offered,
}

impl Fleet {
    /// Connects to every host and reads its facts.
    ///
    /// # Errors
    /// [`Error::Hosts`] with every host that failed, not only the first.
    pub async fn connect(cluster: Cluster, access: Access, state: &State, listener: Listener) -> Result<Self, Error> {
        let total = cluster.members.len();
        let (fleet, failures) = Self::connect_some(cluster, access, state, listener).await?;
        if failures.is_empty() { Ok(fleet) } else { Err(Error::Hosts { total, failures }) }
    }

    /// As [`Fleet::connect_some`], where at least one host must answer.
    ///
    /// # Errors
    /// [`Error::Hosts`] when none does.
    pub(crate) async fn connect_reachable(
        cluster: Cluster,
        access: Access,
        state: &State,
        listener: Listener,
    ) -> Result<(Self, Vec<Unreached>), Error> {
        let total = cluster.members.len();
        let (fleet, failures) = Self::connect_some(cluster, access, state, listener).await?;
        if fleet.hosts.is_empty() { Err(Error::Hosts { total, failures }) } else { Ok((fleet, failures)) }
    }

    /// Connects to the hosts that can be reached, which are then the fleet's only members, and says why the others cannot.
    ///
    /// # Errors
    /// When the journal cannot be opened.
    pub(crate) async fn connect_some(
        mut cluster: Cluster,
        access: Access,
        state: &State,
        listener: Listener,
    ) -> Result<(Self, Vec<Unreached>), Error> {
        let (journal, redactor) =
            (Journal::open(state, access.known_secrets())?, Redactor::new(of_environment(&access)));
        let connecting = cluster.members.iter().map(|member| connect(member, &access, &cluster));
        let connected: Vec<_> = stream::iter(connecting).buffer_unordered(PARALLEL_CONNECTIONS).collect().await;
        let mut hosts = BTreeMap::new();
        let mut failures = Vec::new();
        for (address, result) in connected {
            match result {
                Ok(host) => drop(hosts.insert(address, host)),
                Err(error) => failures.push((address, error.chain())),
            }
        }
        failures.sort_by_key(|(address, _)| *address);
        cluster.members.retain(|member| hosts.contains_key(&member.address));
        let platforms = hosts.values().map(|host| &host.facts.platform);
        let programs = programs(&cluster, &access, platforms).await?;
        let offered = offered(&programs, &access, &hosts);
        Ok((Self { cluster, listener, journal, access, redactor, hosts, claim: None, programs, offered }, failures))
    }

    /// The same hosts, asked anew. One that is lost meanwhile is an error.
    ///
    /// # Errors
    /// As [`Fleet::connect`].
    pub(crate) async fn again(self, state: &State) -> Result<Self, Error> {
        let Self { cluster, listener, journal, access, claim, .. } = self;
        Ok(Self { journal, claim, ..Self::connect(cluster, access, state, listener).await? })
    }

    /// The same fleet for a verb that changes hosts: its agents keep other deliverers away for as long as they run.
    ///
    /// # Errors
    /// When the state cannot be written to, or there is no program for a host.
    pub(crate) fn claiming(self, state: &State, verb: &str) -> Result<Self, Error> {
        self.require_programs()?;
        let (user, since) = (&self.access.owner, jiff::Timestamp::now().strftime("%FT%TZ"));
        let owner = format!("{verb} by {user}, process {}, since {since}", std::process::id());
        let claim = Claim { deliverer: state.deliverer()?, owner, take_over: self.access.take_over };
        Ok(Self { claim: Some(claim), ..self })
    }

    /// What the site's registry has to know and no state says.
    pub(crate) fn registry_secrets(&self) -> &RegistrySecrets {
        &self.access.registry
    }

    /// What the environment's references lead to.
    pub(crate) fn secrets(&self) -> &Secrets {
        &self.access.secrets
    }

    /// A text without the secrets of the environment: scripts say what they like.
    pub(crate) fn without_secrets(&self, text: &str) -> String {
        self.redactor.without_known(text)
    }

    /// How fast an image may leave this machine.
    pub(crate) fn pace(&self) -> &Pace {
        &self.access.pace
    }

    /// Fails when somebody asked to stop.
    pub(crate) fn go_on(&self) -> Result<(), Error> {
        if self.access.stop.is_cancelled() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// The facts of every host.
    #[must_use]
    pub fn facts(&self) -> FleetFacts {
        self.hosts.iter().map(|(address, host)| (*address, host.facts.clone())).collect()
    }

    /// The facts of one host.
    pub(crate) fn facts_of(&self, address: IpAddr) -> Result<&Facts, Error> {
        Ok(&self.host(address)?.facts)
    }

    /// Runs a fixed script that only looks, and returns what it printed.
    pub(crate) async fn ask_script(
        &self,
        address: IpAddr,
        what: &str,
        script: &str,
        questions: &[String],
    ) -> Result<String, Error> {
        let host = &self.host(address)?.host;
        let questions: Vec<&str> = questions.iter().map(String::as_str).collect();
        let answer = host.run_script(script, &questions, SCRIPT_LIMIT).await?;
        if answer.exit != Exit::Status(0) {
            let (host, what) = (host.name(), what.to_owned());
            return Err(sealer_host::Error::Script { host, what, exit: answer.exit, errors: answer.errors }.into());
        }
        Ok(String::from_utf8_lossy(&answer.output).into_owned())
    }

    /// The agent of a host.
    pub(crate) fn agent(&self, address: IpAddr) -> Result<&Agent, Error> {
        Ok(&self.running(address)?.agent)
    }

    /// The path of the agent's program on a host.
    pub(crate) fn agent_program(&self, address: IpAddr) -> Result<&str, Error> {
        Ok(&self.running(address)?.program)
    }

    fn running(&self, address: IpAddr) -> Result<&Running, Error> {
        let missing = || Error::Missing { host: address, path: "a running agent".into() };
        self.host(address)?.agent.get().ok_or_else(missing)
    }

    /// Runs a program on a host, tells its lines, and records it. Any other exit status than 0 is an error.
    pub(crate) async fn run(&self, address: IpAddr, step: &str, command: Command) -> Result<String, Error> {
        Ok(self.run_whole(address, step, command).await?.successful()?.output)
    }

    /// As [`Fleet::run`], with all that the program said, however it ended. What it told to people is without secrets of the environment;
    /// its output is data.
    pub(crate) async fn run_whole(&self, address: IpAddr, step: &str, command: Command) -> Result<Finished, Error> {
        let (listener, program) = (self.listener.clone(), command.program.clone());
        let on_line = move |text: &str| {
            let (host, program, text) = (address.to_string(), program.clone(), self.without_secrets(text));
            listener.tell(Event::Line { host, program, text });
        };
        let started = jiff::Timestamp::now().to_string();
        let mut finished = self.agent(address)?.command(&command, on_line).await?;
        finished.errors = self.without_secrets(&finished.errors);
        self.record(address, step, started, &finished)?;
        Ok(finished)
    }

    /// As [`Fleet::run`], but what the program prints is data or a secret and is told to nobody.
    pub(crate) async fn run_silently(&self, address: IpAddr, command: &Command) -> Result<String, Error> {
        let finished = self.agent(address)?.command(command, |_| ()).await?;
        Ok(finished.successful()?.output)
    }

    /// Brings the copy of the journal on the first master up to date. Where that cannot be, the journal here goes on all the same.
    pub(crate) async fn copy_journal(&self) {
        if let Err(error) = self.journal.on_master.bring().await {
            self.listener.warn(format!(
                "the copy of the journal on the first master ends here: {}",
                sealer_model::causes::chain(&error)
            ));
        }
    }

    fn record(&self, host: IpAddr, step: &str, started: String, finished: &Finished) -> Result<(), Error> {
        self.journal.append(Entry::Command {
            step: step.to_owned(),
            host,
            program: finished.program.clone(),
            started,
            ended: jiff::Timestamp::now().to_string(),
            exit: finished.exit,
        })
    }

    fn host(&self, address: IpAddr) -> Result<&Connected, Error> {
        let missing = || Error::Missing { host: address, path: "a connection".into() };
        self.hosts.get(&address).ok_or_else(missing)
    }
}

impl AsRef<Fleet> for Fleet {
    fn as_ref(&self) -> &Fleet {
        self
    }
}

/// A host that gets another name is judged by it, and becomes a node under it.
fn named(mut facts: Facts, member: &Member, cluster: &Cluster) -> Facts {
    if let Some(name) = cluster.site.host_names.get(&member.address) {
        facts.hostname.clone_from(name);
        facts.machine.static_hostname.clone_from(name);
    }
    facts
}

fn of_environment(access: &Access) -> impl Iterator<Item = String> {
    access.secrets.known().map(|secret| secret.reveal().to_owned())
}

async fn connect(member: &Member, access: &Access, cluster: &Cluster) -> (IpAddr, Result<Connected, Error>) {
    let connecting = async {
        let address = HostAddress { ip: member.address, port: member.ssh_port };
        let credentials = access.per_host.get(&member.address).unwrap_or(&access.credentials);
        let (address, credentials) = access.openssh.way(address, credentials).await?;
        let host = Host::connect(address, &credentials, &access.known_hosts).await?;
        let facts = named(host.facts(&questions(cluster, member)).await?, member, cluster);
        Ok(Connected { host, facts, agent: OnceLock::new() })
    };
    (member.address, connecting.await)
}
