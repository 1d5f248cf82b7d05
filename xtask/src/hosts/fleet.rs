//! A set of stand-in hosts on one network without internet, found again by its label: `quickstart` for the command, another for
//! each test, so that they never meet.

use std::io::Read;
use std::path::PathBuf;

use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::engine::Engine;
use crate::hosts::family::Family;
use crate::hosts::host::Host;
use crate::hosts::image;

/// The label that everything of a fleet carries; its value is the fleet's name.
const LABEL: &str = "sealer.quickstart";

/// A named set of hosts.
#[derive(Debug, Clone)]
pub(crate) struct Fleet {
    /// The fleet's name: the label's value and the prefix of its hosts' names.
    pub(crate) name: String,
    /// The daemon its hosts run under.
    pub(crate) engine: Engine,
    folders: Folders,
    /// Packages that its hosts have besides the usual ones, with commas between.
    programs: &'static str,
    /// Of its hosts' addresses.
    pub(crate) family: Family,
}

impl Fleet {
    /// The fleet of that name, up or down.
    pub(crate) fn new(folders: &Folders, name: &str) -> Self {
        Self {
            name: name.to_owned(),
            engine: Engine::new(folders),
            folders: folders.clone(),
            programs: "",
            family: Family::V4,
        }
    }

    /// The same fleet with further packages on its hosts.
    pub(crate) fn with_programs(self, programs: &'static str) -> Self {
        Self { programs, ..self }
    }

    /// The same fleet with hosts that are known by such addresses.
    pub(crate) fn with_family(self, family: Family) -> Self {
        Self { family, ..self }
    }

    /// Bytes that this machine has sent into the hosts' network; what hosts send each other does not count.
    pub(crate) fn sent(&self) -> Result<u64> {
        let path = PathBuf::from(format!("/sys/class/net/{}/statistics/tx_bytes", self.bridge()?));
        let text = folders::read(&path)?;
        text.trim().parse().map_err(|_| Error::unmet(format!("{} holds no number", path.display())))
    }

    /// This machine's interface into the hosts' network.
    pub(crate) fn bridge(&self) -> Result<String> {
        let id = self.find(&["network", "ls", "--quiet", "--no-trunc"])?;
        let id = id.first().and_then(|id| id.get(..12)).ok_or_else(|| Error::unmet("the hosts have no network"))?;
        Ok(format!("br-{id}"))
    }

    /// Boots hosts until there are `count`; those that run already stay as they are.
    pub(crate) fn up(&self, count: usize) -> Result<Vec<Host>> {
        self.engine.start()?;
        let image = image::ensure(&self.folders, &self.engine, self.programs)?;
        let password = self.password()?;
        self.ensure_network()?;
        let mut hosts = self.list()?;
        for number in hosts.len() + 1..=count {
            let name = format!("{}-{number}", self.name);
            hosts.push(Host::boot(&self.engine, &name, &image, (&self.network(), self.family), &self.label())?);
        }
        hosts.iter().try_for_each(|host| host.settle(&self.engine, &password))?;
        Ok(hosts)
    }

    /// The hosts that run, by name.
    pub(crate) fn list(&self) -> Result<Vec<Host>> {
        if !self.engine.answers() {
            return Ok(Vec::new());
        }
        let mut names = self.find(&["ps", "--format", "{{.Names}}"])?;
        names.sort();
        names.iter().map(|name| Host::find(&self.engine, name, self.family)).collect()
    }

    /// Removes the hosts with everything of theirs, and the daemon when it has nothing left to do. A daemon that had a hundred hosts may
    /// count some to their network for ever; that ends with the daemon.
    pub(crate) fn down(&self) -> Result<()> {
        folders::remove(&self.folder())?;
        if !self.engine.answers() {
            return self.engine.stop();
        }
        self.remove_all(&["ps", "--all", "--quiet"], &["rm", "--force", "--volumes"])?;
        self.remove_all(&["volume", "ls", "--quiet"], &["volume", "rm", "--force"])?;
        let network = self.remove_all(&["network", "ls", "--quiet"], &["network", "rm"]);
        if self.engine.docker(&["ps", "--all", "--quiet"]).output()?.trim().is_empty() {
            return self.engine.stop();
        }
        network
    }

    /// Root's password on every host of the fleet: made at first use, readable by the owner only.
    pub(crate) fn password(&self) -> Result<String> {
        let path = self.folder().join("password");
        if path.exists() {
            return folders::read(&path);
        }
        folders::create(&self.folder())?;
        let password = random_word()?;
        folders::write(&path, "")?;
        folders::set_mode(&path, 0o600)?;
        folders::write(&path, &password)?;
        Ok(password)
    }

    /// Where the fleet's own files are kept.
    pub(crate) fn folder(&self) -> PathBuf {
        self.folders.cache.join("fleets").join(&self.name)
    }

    /// The name of its network.
    pub(crate) fn network(&self) -> String {
        format!("{}-network", self.name)
    }

    fn label(&self) -> String {
        format!("{LABEL}={}", self.name)
    }

    /// `--internal`: the hosts reach one another and this machine, and nothing else.
    fn ensure_network(&self) -> Result<()> {
        if !self.find(&["network", "ls", "--quiet"])?.is_empty() {
            return Ok(());
        }
        let label = self.label();
        let create = self.engine.docker(&["network", "create", "--internal", "--label", &label]);
        create.arguments(self.family.of_network()).argument(self.network()).output()?;
        Ok(())
    }

    fn find(&self, listing: &[&str]) -> Result<Vec<String>> {
        let filter = format!("label={}", self.label());
        let text = self.engine.docker(listing).arguments(["--filter", &filter]).output()?;
        Ok(text.split_whitespace().map(str::to_owned).collect())
    }

    fn remove_all(&self, listing: &[&str], removal: &[&str]) -> Result<()> {
        let found = self.find(listing)?;
        if !found.is_empty() {
            self.engine.docker(removal).arguments(found).output()?;
        }
        Ok(())
    }
}

/// Sixteen random letters from the kernel.
fn random_word() -> Result<String> {
    let path = PathBuf::from("/dev/urandom");
    let mut bytes = [0; 16];
    let mut file = std::fs::File::open(&path).map_err(Error::file("open", &path))?;
    file.read_exact(&mut bytes).map_err(Error::file("read", &path))?;
    Ok(bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect())
}
