//! What can go wrong on a host. The messages travel to the delivering machine, which adds the host's name.

use sealer_model::Digest;
use std::io;
use std::path::{Path, PathBuf};

/// The result of the agent's work.
pub type Result<T> = std::result::Result<T, Error>;

/// A request cannot be carried out.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file cannot be used.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// `read`, `write`, ...
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A document of others cannot take values of ours.
    #[error("cannot put anything into {}: {reason}", path.display())]
    Document {
        /// The document.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// An address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// Another deliverer works on this host.
    #[error("another sealer works on this host: {owner}")]
    Claimed {
        /// Who, since when.
        owner: String,
    },
    /// A path is not absolute, or could leave its folder.
    #[error("\"{path}\" is not an absolute path without . and ..")]
    Path {
        /// The path.
        path: String,
    },
    /// A name could be mistaken for something else.
    #[error("\"{name}\" is not the name of a {what}")]
    Name {
        /// The name.
        name: String,
        /// `kernel module`, `unit`, ...
        what: &'static str,
    },
    /// Something else is where a file should be.
    #[error("{} is {found}, not {wanted}", path.display())]
    Kind {
        /// The path.
        path: PathBuf,
        /// What is there.
        found: &'static str,
        /// What should be there.
        wanted: &'static str,
    },
    /// The host belongs to another cluster.
    #[error("this host belongs to cluster {ledger}, not to {asked}; delete {ledger} first")]
    OtherCluster {
        /// The cluster in the host's ledger.
        ledger: String,
        /// The cluster of the request.
        asked: String,
    },
    /// The ledger is not what we wrote.
    #[error("the ledger {} is damaged", path.display())]
    Ledger {
        /// The file.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// A file that should be lines of text is none.
    #[error("{} is not text in UTF-8", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// Another agent works on the host.
    #[error("another agent has been changing this host for {seconds} s; try again when it is done")]
    Busy {
        /// How long it was waited for.
        seconds: u64,
    },
    /// A block's markers do not pair.
    #[error("{} holds \"{begin}\" without its end; repair it by hand", path.display())]
    Block {
        /// The file.
        path: PathBuf,
        /// The line that has no partner.
        begin: String,
    },
    /// A kernel setting cannot be made.
    #[error("the kernel setting {key} is \"{found}\" and cannot be made \"{wanted}\"")]
    Sysctl {
        /// `net.ipv4.ip_forward`.
        key: String,
        /// Its value now.
        found: String,
        /// The value that is needed.
        wanted: String,
        /// Why.
        source: io::Error,
    },
    /// The kernel has no such setting.
    #[error("this kernel has no setting {key}")]
    NoSysctl {
        /// `net.ipv4.ip_forward`.
        key: String,
    },
    /// A program cannot be started.
    #[error("cannot start {program}")]
    Start {
        /// The program.
        program: String,
        /// Why.
        source: io::Error,
    },
    /// A program is in none of the folders where programs are looked for.
    #[error("there is no program {program}")]
    NoProgram {
        /// The program.
        program: String,
    },
    /// A program did not end in time.
    #[error("{program} did not end within {seconds} s")]
    Overdue {
        /// The program and its arguments.
        program: String,
        /// The time it had.
        seconds: u64,
    },
    /// A program failed.
    #[error("{program} ended with {status}: {said}")]
    Failed {
        /// The program and its arguments.
        program: String,
        /// `exit status: 1`.
        status: String,
        /// What it printed.
        said: String,
    },
    /// A unit is not running.
    #[error("{unit} is {state} instead of active: {journal}")]
    Unit {
        /// The unit.
        unit: String,
        /// `failed`, ...
        state: String,
        /// Its last words.
        journal: String,
    },
    /// Processes outlived their end.
    #[error("these processes do not end: {processes}")]
    Alive {
        /// Number and program of each.
        processes: String,
    },
    /// File systems stay mounted.
    #[error("these are still mounted: {mounts}")]
    Mounted {
        /// The mount points.
        mounts: String,
    },
    /// Parts of a removal failed.
    #[error("{} of {total} entries of the ledger could not be undone: {}", failures.len(), failures.join("; "))]
    Removal {
        /// How many there were.
        total: usize,
        /// Each failure with all its causes.
        failures: Vec<String>,
    },
    /// A file is too large to be read at once.
    #[error("{} is larger than {limit} bytes", path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most that is read.
        limit: u64,
    },
    /// A request is not one of ours.
    #[error("the request is malformed: {reason}")]
    Request {
        /// What is wrong with it.
        reason: String,
    },
    /// The store does not do what is asked.
    #[error(transparent)]
    Image(#[from] sealer_image::Error),
    /// The site's registry is out of reach, or its answer broke off.
    #[error("cannot fetch {url}")]
    Registry {
        /// What was asked for.
        url: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The site's registry refuses.
    #[error("the registry answered {status} to {url}")]
    RegistryAnswer {
        /// What was asked for.
        url: String,
        /// The status.
        status: u16,
    },
    /// A blob would get a hole or an overlap.
    #[error("blob {digest} was sent from byte {offset} on, but {found} bytes of it are here")]
    Offset {
        /// The blob.
        digest: Digest,
        /// Where the sender began.
        offset: u64,
        /// What is here.
        found: u64,
    },
    /// An image lacks blobs.
    #[error("{missing} blobs of {name} are missing, {first} among them")]
    Incomplete {
        /// The image.
        name: String,
        /// How many.
        missing: usize,
        /// One of them.
        first: Digest,
    },
    /// Our own work broke off.
    #[error("the agent's own work broke off: {0}")]
    Broken(String),
    /// The stream under the protocol broke.
    #[error("the connection to the delivering machine failed")]
    Connection(#[source] hyper::Error),
    /// Standard input and output cannot be used.
    #[error("cannot use standard input and output")]
    Stdio(#[source] io::Error),
}

impl Error {
    pub(crate) fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    /// Whether nobody answers who has what was wanted; somebody who cannot be believed does answer.
    pub(crate) fn is_out_of_reach(&self) -> bool {
        matches!(self, Self::Registry { source, .. } if !sealer_image::tls::is_about_certificates(source))
    }

    /// The whole chain of causes in one line.
    #[must_use]
    pub fn chain(&self) -> String {
        sealer_model::causes::chain(self)
    }
}

/// Adds the file to an error of the operating system.
pub(crate) trait IoContext<T> {
    /// `cannot ACTION PATH`.
    fn at(self, action: &'static str, path: &Path) -> Result<T>;
}

impl<T> IoContext<T> for io::Result<T> {
    fn at(self, action: &'static str, path: &Path) -> Result<T> {
        self.map_err(|source| Error::io(action, path, source))
    }
}
