//! What the user's `~/.ssh/config` says of hosts: who to be there, the port, the keys, and the hosts to go through. It fills in only what
//! nobody chose, as `ssh` itself does; host keys, ciphers and times stay sealer's own business.

use crate::address::{HostAddress, SSH_PORT};
use crate::credentials::{Credentials, Jump, KeyFile};
use crate::error::{Error, Result};
use ssh2_config::{HostParams, ParseRule, SshConfig};
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

/// Hosts that one may go through to another, or that name one another in the file.
const MOST_JUMPS: usize = 8;

/// The file, read once; an empty one where there is none.
#[derive(Clone, Debug, Default)]
pub struct OpensshConfig {
    path: PathBuf,
    said: Option<SshConfig>,
}

impl OpensshConfig {
    /// Reads `.ssh/config` below a home folder. That there is none is no error. Blocks.
    ///
    /// # Errors
    /// When the file cannot be read or is no configuration.
    pub fn read(home: &Path) -> Result<Self> {
        let path = home.join(".ssh/config");
        let unreadable = |reason: String| Error::OpensshConfig { path: path.clone(), reason };
        let file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Self::default()),
            other => other.map_err(|error| unreadable(error.to_string()))?,
        };
        let rules = ParseRule::ALLOW_UNKNOWN_FIELDS | ParseRule::ALLOW_UNSUPPORTED_FIELDS;
        let parsed = SshConfig::default().home_dir(home).parse(&mut BufReader::new(file), rules);
        let said = Some(parsed.map_err(|error| unreadable(error.to_string()))?);
        Ok(Self { path, said })
    }

    /// The way to a host: as it was chosen, and as the file says where nothing was.
    ///
    /// # Errors
    /// When the file leads through a host whose name has no address, or round in a circle.
    pub async fn way(&self, address: HostAddress, chosen: &Credentials) -> Result<(HostAddress, Credentials)> {
        let Some(said) = &self.said else { return Ok((address, chosen.clone())) };
        let host = said.query(address.ip.to_string());
        let (port, mut credentials) = (self.port(address.port, &host), with(chosen.clone(), &host));
        if credentials.jump.is_none() {
            credentials.jump = self.jumps(&host, chosen, MOST_JUMPS).await?;
        }
        Ok((HostAddress { ip: address.ip, port }, credentials))
    }

    /// A port that is not the usual one was chosen.
    fn port(&self, chosen: u16, host: &HostParams) -> u16 {
        host.port.filter(|_| chosen == SSH_PORT).unwrap_or(chosen)
    }

    /// The hosts to go through, the last of them first: each is reached through the one before it.
    async fn jumps(&self, host: &HostParams, chosen: &Credentials, left: usize) -> Result<Option<Box<Jump>>> {
        let mut through = None;
        for name in host.proxy_jump.iter().flatten().filter(|name| *name != "none") {
            let left = left.checked_sub(1).ok_or_else(|| self.wrong("its ProxyJump lines lead round in a circle"))?;
            through = Some(Box::new(Box::pin(self.jump(name, through, chosen, left)).await?));
        }
        Ok(through)
    }

    async fn jump(&self, name: &str, before: Option<Box<Jump>>, chosen: &Credentials, left: usize) -> Result<Jump> {
        let Destination { user, host, port } = Destination::read(name);
        let said =
            self.said.as_ref().map(|said| said.query(&host)).unwrap_or_else(|| SshConfig::default().query(&host));
        let real = said.host_name.clone().unwrap_or(host);
        let port = port.or(said.port).unwrap_or(SSH_PORT);
        let mut found = tokio::net::lookup_host((real.as_str(), port)).await.into_iter().flatten();
        let unknown = || self.wrong(&format!("it leads through {name}, and {real} has no address here"));
        let ip = found.next().ok_or_else(unknown)?.ip();
        let mut credentials = with(Credentials { jump: None, ..chosen.clone() }, &said);
        credentials.user = user.unwrap_or(credentials.user);
        credentials.jump = match before {
            Some(before) => Some(before),
            None => self.jumps(&said, chosen, left).await?,
        };
        Ok(Jump { address: HostAddress { ip, port }, credentials })
    }

    fn wrong(&self, reason: &str) -> Error {
        Error::OpensshConfig { path: self.path.clone(), reason: reason.to_owned() }
    }
}

/// Who to be, with what the file says where nobody chose.
fn with(mut credentials: Credentials, said: &HostParams) -> Credentials {
    if let Some(user) = said.user.clone().filter(|_| credentials.open.user) {
        credentials.user = user;
    }
    if let Some(files) = said.identity_file.clone().filter(|_| credentials.open.keys) {
        let passphrase = credentials.open.passphrase.clone();
        credentials.keys = files.into_iter().map(|path| KeyFile { path, passphrase: passphrase.clone() }).collect();
    }
    credentials
}

/// `user@host:port`, of which only the host must be there.
struct Destination {
    user: Option<String>,
    host: String,
    port: Option<u16>,
}

impl Destination {
    fn read(text: &str) -> Self {
        let text = text.strip_prefix("ssh://").unwrap_or(text);
        let (user, place) = text.rsplit_once('@').map_or((None, text), |(user, place)| (Some(user.to_owned()), place));
        // an IPv6 address without brackets has colons, and no port
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, port.parse().ok()),
            _ => (place, None),
        };
        Self { user, host: host.trim_matches(['[', ']']).to_owned(), port }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Secret;

    const FILE: &str = "\
Host bastion
    HostName 192.0.2.1
    Port 2200
    User guard

Host 10.0.0.*
    User admin
    Port 2222
    IdentityFile ~/.ssh/site
    ProxyJump bastion
    ServerAliveCountMax 3

Host 10.1.0.1
    ProxyJump ann@192.0.2.8,bastion

Host 10.2.0.1
    ProxyJump loop
Host loop
    HostName 192.0.2.9
    ProxyJump loop
";

    fn config() -> (tempfile::TempDir, OpensshConfig) {
        let home = tempfile::tempdir().unwrap();
        std::fs::create_dir(home.path().join(".ssh")).unwrap();
        std::fs::write(home.path().join(".ssh/config"), FILE).unwrap();
        let config = OpensshConfig::read(home.path()).unwrap();
        (home, config)
    }

    fn open() -> Credentials {
        Credentials::of("root").left_open(true, true, None)
    }

    async fn way(config: &OpensshConfig, ip: &str, chosen: &Credentials) -> Result<(HostAddress, Credentials)> {
        config.way(HostAddress::new(ip.parse().unwrap()), chosen).await
    }

    #[tokio::test]
    async fn what_nobody_chose_is_as_the_file_says() {
        let (home, config) = config();
        let (address, credentials) = way(&config, "10.0.0.7", &open()).await.unwrap();
        assert_eq!((address.to_string().as_str(), credentials.user.as_str()), ("10.0.0.7:2222", "admin"));
        assert_eq!(credentials.keys, [KeyFile { path: home.path().join(".ssh/site"), passphrase: None }]);
        let jump = credentials.jump.unwrap();
        assert_eq!((jump.address.to_string().as_str(), jump.credentials.user.as_str()), ("192.0.2.1:2200", "guard"));
        assert_eq!(jump.credentials.jump, None);
    }

    #[tokio::test]
    async fn what_was_chosen_stays() {
        let (_home, config) = config();
        let through = Jump { address: HostAddress::new("192.0.2.5".parse().unwrap()), credentials: open() };
        let chosen = Credentials::of("me").with_key("/key", Some(Secret::new("locked"))).through(through);
        let address = HostAddress { ip: "10.0.0.7".parse().unwrap(), port: 2022 };
        assert_eq!(config.way(address, &chosen).await.unwrap(), (address, chosen));
    }

    #[tokio::test]
    async fn several_hosts_to_go_through_follow_one_another() {
        let (_home, config) = config();
        let (_, credentials) = way(&config, "10.1.0.1", &open()).await.unwrap();
        let last = credentials.jump.unwrap();
        assert_eq!(last.address.to_string(), "192.0.2.1:2200");
        let first = last.credentials.jump.unwrap();
        assert_eq!((first.address.to_string().as_str(), first.credentials.user.as_str()), ("192.0.2.8", "ann"));
    }

    #[tokio::test]
    async fn a_circle_is_an_error_that_names_the_file() {
        let (home, config) = config();
        let error = way(&config, "10.2.0.1", &open()).await.unwrap_err().to_string();
        let file = home.path().join(".ssh/config").display().to_string();
        assert!(error.contains(&file) && error.contains("circle"), "{error}");
    }

    #[tokio::test]
    async fn hosts_that_the_file_does_not_know_and_no_file_change_nothing() {
        let (_home, config) = config();
        let address = HostAddress::new("203.0.113.1".parse().unwrap());
        for config in [config, OpensshConfig::read(Path::new("/nonexistent")).unwrap()] {
            assert_eq!(config.way(address, &open()).await.unwrap(), (address, open()));
        }
    }

    #[test]
    fn destinations_are_read() {
        let read = |text: &str| {
            let Destination { user, host, port } = Destination::read(text);
            (user.unwrap_or_default(), host, port)
        };
        assert_eq!(read("bastion"), (String::new(), "bastion".into(), None));
        assert_eq!(read("ann@bastion:2222"), ("ann".into(), "bastion".into(), Some(2222)));
        assert_eq!(read("ssh://ann@[2001:db8::1]:22"), ("ann".into(), "2001:db8::1".into(), Some(22)));
        assert_eq!(read("2001:db8::1"), (String::new(), "2001:db8::1".into(), None));
    }
}
