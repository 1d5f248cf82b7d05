//! The delivering machine's end of the conversation with the agent on a host: HTTP/2 over the agent's standard input and
//! output, one typed method for each message of [`sealer_model::agent`]. Many requests run at once over the one stream.

mod blob;
mod command;
mod connection;
mod content;
mod ending;
mod lines;
mod request;

pub use command::Finished;

use crate::error::{Error, Result};
use crate::process::Process;
use connection::Connection;
use hyper::{Method, StatusCode};
use request::Query;
use sealer_model::agent::{
    Batch, Changed, Claim, EndProcesses, Installed, KeepRecords, Missing, OfferProgram, OfferedProgram, OpenPod,
    OpenRelay, OpenedPod, OpenedRelay, PodReached, Probe, Probed, Progress, ReachPods, Remove, RemoveEtcdMember,
    Replicate, SnapshotEtcd, Unmount, Unpack,
};
use sealer_model::image::Descriptor;
use std::sync::Arc;
use std::time::Duration;

/// An agent answers its first question at once.
const GREETING_LIMIT: Duration = Duration::from_secs(30);

/// Ample for any change: a unit may take minutes to become active.
const LIMIT: Duration = Duration::from_secs(600);

/// A database of etcd has 8 GiB at most.
const SNAPSHOT_LIMIT: Duration = Duration::from_secs(1000);

/// What the way to the agent may take on top of a probe's own time.
const PROBE_GRACE: Duration = Duration::from_secs(15);

/// The longest silence during a long request.
const SILENCE: Duration = Duration::from_secs(600);

/// The largest file that is read from a host.
const MOST_FILE_BYTES: usize = 32 * 1024 * 1024;

/// An agent that runs on a host. Cheap to clone; it ends when the last clone is dropped.
#[derive(Clone)]
pub struct Agent {
    connection: Arc<Connection>,
}

impl Agent {
    /// Begins the conversation with an agent that was started as `process` on `host`.
    ///
    /// # Errors
    /// When it does not answer, which is how a program that could not be started shows.
    pub async fn over(host: String, process: Process) -> Result<Self> {
        let connection = Connection::open(host, process).await?;
        let greeting = connection.empty(Method::GET, "/");
        connection.finish("its start", greeting, GREETING_LIMIT).await?;
        Ok(Self { connection: Arc::new(connection) })
    }

    /// How the host is called in messages.
    #[must_use]
    pub fn host(&self) -> &str {
        self.connection.host()
    }

    /// Keeps other deliverers away from the host for as long as this agent runs.
    ///
    /// # Errors
    /// When another one works on it, which is named.
    pub async fn claim(&self, claim: &Claim) -> Result<()> {
        let request = self.connection.json(Method::POST, "/claim", claim)?;
        self.connection.finish("claiming the host", request, LIMIT).await
    }

    /// Makes changes in order. The answer has one entry for each change.
    ///
    /// # Errors
    /// At the first change that fails; those before it are made and in the ledger.
    pub async fn changes(&self, batch: &Batch) -> Result<Vec<Changed>> {
        self.connection.ask("changing the host", "/changes", batch, LIMIT).await
    }

    /// Reads a file; `None` when there is none.
    ///
    /// # Errors
    /// When it cannot be read or is larger than 32 MiB.
    pub async fn read_file(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let what = format!("reading {path}");
        let target = Query::new("/file").with("path", path);
        let request = self.connection.empty(Method::GET, &target.0);
        let response = self.connection.send(&what, request, LIMIT).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let response = self.connection.successful(&what, response).await?;
        let read = self.connection.collect(&what, response, MOST_FILE_BYTES);
        self.connection.within(&what, LIMIT, read).await?.map(Some)
    }

    /// Lets other hosts fetch this agent's program from it.
    ///
    /// # Errors
    /// When the host cannot listen on the address.
    pub async fn offer_program(&self, request: &OfferProgram) -> Result<OfferedProgram> {
        self.connection.ask("offering the agent to other hosts", "/program/offer", request, LIMIT).await
    }

    /// Has the host open the port at which others get pieces of layers, until its agent ends.
    ///
    /// # Errors
    /// When the host cannot listen on the address, or the identity is none.
    pub async fn open_relay(&self, request: &OpenRelay) -> Result<OpenedRelay> {
        self.connection.ask("opening its relay", "/relay", request, LIMIT).await
    }

    /// Which of these blobs the host lacks, and from which byte on.
    ///
    /// # Errors
    /// When the host's store cannot be read.
    pub async fn missing_blobs(&self, blobs: &[Descriptor]) -> Result<Vec<Missing>> {
        self.connection.ask("looking for blobs", "/blobs/missing", &blobs, LIMIT).await
    }

    /// Names a cluster image in the host's store.
    ///
    /// # Errors
    /// When a blob of it is missing there.
    pub async fn install_image(&self, image: &Installed) -> Result<()> {
        let what = format!("installing {}", image.name);
        let request = self.connection.json(Method::PUT, "/images", image)?;
        self.connection.finish(&what, request, LIMIT).await
    }

    /// Fetches an image from another registry of the site into the host's store and names it there.
    ///
    /// # Errors
    /// When the registry is out of reach, the content is not what its digest says, or the disk is full.
    pub async fn replicate(&self, replicate: &Replicate, progress: impl FnMut(&Progress) + Send) -> Result<Changed> {
        self.follow("copying the image", "/images/replicate", replicate, progress).await
    }

    /// Fetches and unpacks a rootfs.
    ///
    /// # Errors
    /// When the registry is out of reach, the content is not what its digest says, or the disk is full.
    pub async fn unpack(&self, unpack: &Unpack, progress: impl FnMut(&Progress) + Send) -> Result<Changed> {
        self.follow("unpacking the rootfs", "/rootfs", unpack, progress).await
    }

    /// Has the host try to reach something. That it does not is an answer and no error.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub async fn probe(&self, probe: &Probe) -> Result<Probed> {
        let limit = Duration::from_secs(probe.seconds).saturating_add(PROBE_GRACE);
        self.connection.ask("trying to reach something", "/probe", probe, limit).await
    }

    /// Has the host listen in the network of a pod.
    ///
    /// # Errors
    /// When the agent does not answer, or cannot listen.
    pub async fn open_pod(&self, open: &OpenPod) -> Result<OpenedPod> {
        self.connection.ask("listening in a pod's network", "/pods/open", open, PROBE_GRACE).await
    }

    /// Has the host try listeners in the networks of other hosts' pods. That they are not reached is an answer and no error.
    ///
    /// # Errors
    /// When the agent does not answer.
    pub async fn reach_pods(&self, reach: &ReachPods) -> Result<Vec<PodReached>> {
        let rounds = u64::try_from(reach.targets.len()).unwrap_or(u64::MAX) / 16 + 2;
        let limit = Duration::from_secs(reach.seconds.saturating_mul(rounds)).saturating_add(PROBE_GRACE);
        self.connection.ask("trying to reach other hosts' pods", "/pods/reach", reach, limit).await
    }

    /// Ends processes.
    ///
    /// # Errors
    /// When some do not end.
    pub async fn end_processes(&self, which: &EndProcesses) -> Result<()> {
        let request = self.connection.json(Method::POST, "/processes/end", which)?;
        self.connection.finish("ending processes", request, LIMIT).await
    }

    /// Unmounts file systems.
    ///
    /// # Errors
    /// When some cannot be unmounted.
    pub async fn unmount(&self, which: &Unmount) -> Result<()> {
        let request = self.connection.json(Method::POST, "/unmount", which)?;
        self.connection.finish("unmounting", request, LIMIT).await
    }

    /// Takes a member out of etcd's cluster, as the etcd on this host knows it.
    ///
    /// # Errors
    /// When etcd cannot be asked or refuses.
    pub async fn remove_etcd_member(&self, member: &RemoveEtcdMember) -> Result<Changed> {
        self.connection.ask("removing a member of etcd", "/etcd/remove-member", member, LIMIT).await
    }

    /// Writes what etcd holds to a file on the host, unless the file is there.
    ///
    /// # Errors
    /// When etcd cannot be asked, or what it sent is not whole.
    pub async fn snapshot_etcd(&self, snapshot: &SnapshotEtcd) -> Result<Changed> {
        self.connection.ask("taking a snapshot of etcd", "/etcd/snapshot", snapshot, SNAPSHOT_LIMIT).await
    }

    /// Appends records to the copy of the journal on the host, if the folder for it is there.
    ///
    /// # Errors
    /// When the host is lost or cannot write.
    pub async fn keep_records(&self, records: &KeepRecords) -> Result<Changed> {
        self.connection.ask("keeping the journal", "/records", records, LIMIT).await
    }

    /// Undoes everything that sealer did to the host.
    ///
    /// # Errors
    /// When something could not be undone; the rest was, and the error names all that was not.
    pub async fn remove(&self, remove: &Remove, progress: impl FnMut(&Progress) + Send) -> Result<Changed> {
        self.follow("undoing the changes", "/remove", remove, progress).await
    }

    /// Sends a request whose answer is lines of [`Progress`].
    async fn follow<Q: serde::Serialize + Sync>(
        &self,
        what: &str,
        path: &str,
        question: &Q,
        mut progress: impl FnMut(&Progress) + Send,
    ) -> Result<Changed> {
        let request = self.connection.json(Method::POST, path, question)?;
        let mut lines = self.connection.lines(what, request, SILENCE).await?;
        let of = || (self.host().to_owned(), what.to_owned());
        while let Some(line) = lines.next::<Progress>().await? {
            match line {
                Progress::Done(changed) => return Ok(changed),
                Progress::Failed(message) => {
                    let (host, what) = of();
                    return Err(Error::Agent { host, what, message });
                }
                Progress::OutOfReach(message) => {
                    let (host, what) = of();
                    return Err(Error::OutOfReach { host, what, message });
                }
                line @ (Progress::Bytes(..) | Progress::Note(_)) => progress(&line),
            }
        }
        Err(self.connection.gone(what, None).await)
    }
}
