//! Puts agents on the hosts of a fleet and starts them: on each host the program for its platform, which leaves this machine once for each
//! platform.

use super::{Access, Connected, Fleet, Running, Unreached};
use crate::Error;
use crate::blocking::blocking;
use crate::journal::Journal;
use crate::programs::Programs;
use sealer_host::AgentBinary;
use sealer_host::install::FOLDER;
use sealer_model::agent::{OfferProgram, OfferedProgram};
use sealer_model::cluster::Cluster;
use sealer_model::journal::Entry;
use sealer_model::{Digest, Platform};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use tokio::sync::OnceCell;

/// Where hosts fetch their agents from, by the digests of these, once one has it.
pub(super) type Offered = BTreeMap<Digest, OnceCell<Option<OfferedProgram>>>;

impl Fleet {
    /// Whether the agent is on the host already and runs now; starts it if it is there.
    pub(crate) async fn start_agent(&self, address: IpAddr) -> Result<bool, Error> {
        let host = self.host(address)?;
        if host.agent.get().is_some() {
            return Ok(true);
        }
        let Some(program) = host.host.find_agent(&self.program(address)?, FOLDER).await? else {
            return Ok(false);
        };
        let agent = host.host.start_agent(&program).await?;
        if let Some(claim) = &self.claim {
            agent.claim(claim).await?;
            if self.cluster.masters().next().is_some_and(|first| first.address == address) {
                self.journal.on_master.is_at(&agent, format!("{}/{}", self.cluster.folder(), Journal::FILE)).await;
            }
        }
        Ok(host.agent.set(Running { agent, program }).is_ok())
    }

    /// What there is to become the agent on hosts of each platform.
    pub(crate) fn programs(&self) -> &Programs {
        &self.programs
    }

    /// What becomes the agent on a host.
    ///
    /// # Errors
    /// When there is nothing for its platform.
    pub(crate) fn program(&self, address: IpAddr) -> Result<AgentBinary, Error> {
        let chosen = self.programs.binary(&self.host(address)?.facts.platform, &self.access.program);
        chosen.map_err(|source| Error::Program { host: address, source })
    }

    /// Fails when there is no agent for some hosts, and names all of them.
    ///
    /// # Errors
    /// [`Error::Programs`].
    pub(crate) fn require_programs(&self) -> Result<(), Error> {
        let lacking = |(address, host): (&IpAddr, &Connected)| {
            Some((*address, self.programs.choose(&host.facts.platform).err()?.to_string()))
        };
        let failures: Vec<Unreached> = self.hosts.iter().filter_map(lacking).collect();
        if failures.is_empty() { Ok(()) } else { Err(Error::Programs { total: self.hosts.len(), failures }) }
    }

    /// Whether this very agent lies on the host. Only looks.
    pub(crate) async fn has_agent(&self, address: IpAddr) -> Result<bool, Error> {
        let Ok(program) = self.program(address) else { return Ok(false) };
        Ok(self.host(address)?.host.find_agent(&program, FOLDER).await?.is_some())
    }

    /// Puts the agent on the host: on the first one of its platform over SSH, on others from there, so that it leaves this machine once. A
    /// host that cannot fetch it gets it over SSH, too.
    pub(crate) async fn install_agent(&self, address: IpAddr) -> Result<(), Error> {
        let (host, program) = (&self.host(address)?.host, self.program(address)?);
        let Some(offered) = self.offered.get(program.digest()) else { return self.send_agent(address).await };
        match offered.get_or_try_init(|| self.first_agent(address)).await? {
            Some(offered) if offered.address == address => Ok(()),
            // why a host cannot fetch it does not matter: it need not reach the other one, nor have anything to fetch with
            Some(offered) if host.fetch_agent(&program, FOLDER, offered).await.is_ok() => Ok(()),
            _ => self.send_agent(address).await,
        }
    }

    /// Sends the agent to a host, starts it there, and lets the others have it, if it can.
    async fn first_agent(&self, address: IpAddr) -> Result<Option<OfferedProgram>, Error> {
        self.send_agent(address).await?;
        self.start_agent(address).await?;
        Ok(self.agent(address)?.offer_program(&OfferProgram { address }).await.ok())
    }

    async fn send_agent(&self, address: IpAddr) -> Result<(), Error> {
        let program = self.program(address)?;
        if !self.host(address)?.host.install_agent(&program, FOLDER).await?.sent {
            return Ok(());
        }
        let (step, bytes) = ("agent".to_owned(), program.size());
        self.journal.append(Entry::Sent { step, host: address, bytes })
    }
}

/// What becomes the agent on hosts of each platform. The image is opened only where a host is not of this machine's.
pub(super) async fn programs<'a>(
    cluster: &Cluster,
    access: &Access,
    mut platforms: impl Iterator<Item = &'a Platform>,
) -> Result<Programs, Error> {
    let here = Platform::from_machine(std::env::consts::ARCH);
    let programs = Programs::own(here, &access.version, &cluster.image);
    if platforms.all(|platform| programs.is_own(platform)) {
        return Ok(programs);
    }
    let (carried, digest) = (Arc::clone(&access.carried), cluster.image_digest.clone());
    let read = blocking(move || carried.of_image(&digest)).await;
    let unreadable = |source| Error::ImagePrograms { image: cluster.image.to_string(), source };
    Ok(programs.with(read.map_err(unreadable)?))
}

/// A place for the offer of each program that some host needs.
pub(super) fn offered(programs: &Programs, access: &Access, hosts: &BTreeMap<IpAddr, Connected>) -> Offered {
    let needed = hosts.values().filter_map(|host| programs.binary(&host.facts.platform, &access.program).ok());
    needed.map(|program| (program.digest().clone(), OnceCell::new())).collect()
}
