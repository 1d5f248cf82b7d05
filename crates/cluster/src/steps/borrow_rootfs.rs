//! Brings the rootfs of a cluster that the Go sealer made to a host that joins it: the image may be nowhere any more, but each of the
//! cluster's hosts has it unpacked. It comes from a master, without the container images, keys and kubeconfigs that lie in it there.

use crate::blocking::blocking;
use crate::delivery::command;
use crate::step::{Answer, On, Step};
use crate::steps::registry::{cluster_folder, file};
use crate::verbs::Joining;
use crate::{Error, Fleet};
use sealer_model::Digest;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::digest::Hasher;
use std::io::{Read as _, Seek as _};
use std::net::IpAddr;

/// Bring the rootfs from a master.
pub(crate) struct BorrowRootfs;

/// What lies in a rootfs on a master and is not for others.
const NOT_HANDED_ON: [&str; 10] = [
    "registry",
    "pki",
    "certs",
    "cache",
    "images",
    "kubeadm.yaml",
    "admin.conf",
    "kubelet.conf",
    "controller-manager.conf",
    "scheduler.conf",
];

/// A rootfs on its way.
pub(crate) struct Archive {
    file: std::fs::File,
    digest: Digest,
    size: u64,
}

impl Step<Joining> for BorrowRootfs {
    fn id(&self) -> &'static str {
        "borrow-rootfs"
    }

    fn title(&self) -> &'static str {
        "Bring the rootfs from a master"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        cluster.members.clone()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Joining>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(on.agent()?.read_file(&mark(on.cluster())).await?.is_some()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Joining>) -> Answer<'a, ()> {
        Box::pin(async move {
            let archive = on.context.rootfs.get_or_try_init(|| taken(on.fleet(), on.context.master)).await?;
            let (cluster, host) = (on.cluster(), on.address());
            let rootfs = Change::Directory { path: cluster.rootfs(), mode: 0o755 };
            on.change(vec![cluster_folder(cluster), rootfs], false).await?;
            let path = format!("{}/rootfs.tar", cluster.folder());
            let content = archive.content().map_err(unusable)?;
            on.agent()?.send_file(&path, &archive.digest, content, |_| ()).await?;
            let (step, bytes) = (Step::<Joining>::id(self).to_owned(), archive.size);
            on.fleet().journal.append(sealer_model::journal::Entry::Sent { step, host, bytes })?;
            let rootfs = cluster.rootfs();
            for (program, arguments) in
                [("tar", &["--extract", "--file", &path, "--directory", &rootfs][..]), ("rm", &["--force", &path])]
            {
                on.fleet().run_silently(host, &command(cluster, program, arguments)).await?;
            }
            on.change(vec![file(mark(cluster), 0o644, "")], false).await.map(drop)
        })
    }
}

fn mark(cluster: &Cluster) -> String {
    format!("{}/borrowed", cluster.folder())
}

fn unusable(source: std::io::Error) -> Error {
    Error::State { path: "the rootfs on its way".into(), source }
}

/// Packs the rootfs on a master and takes it from there, into a file without a name.
async fn taken(fleet: &Fleet, master: IpAddr) -> Result<Archive, Error> {
    let cluster = &fleet.cluster;
    let path = format!("{}/handed-on.tar", cluster.folder());
    let rootfs = cluster.rootfs();
    let mut pack: Vec<String> = ["--create", "--file", &path, "--directory", &rootfs].map(str::to_owned).into();
    pack.extend(NOT_HANDED_ON.map(|name| format!("--exclude=./{name}")));
    pack.extend(["--exclude=./etc/registry_htpasswd".to_owned(), ".".to_owned()]);
    let pack: Vec<&str> = pack.iter().map(String::as_str).collect();
    fleet.run_silently(master, &command(cluster, "tar", &pack)).await?;
    let copied = copied(fleet, master, &path).await;
    fleet.run_silently(master, &command(cluster, "rm", &["--force", &path])).await?;
    copied
}

async fn copied(fleet: &Fleet, master: IpAddr, path: &str) -> Result<Archive, Error> {
    let file = tempfile::tempfile().map_err(unusable)?;
    let mut copy = tokio::fs::File::from_std(file.try_clone().map_err(unusable)?);
    let missing = || Error::Missing { host: master, path: path.to_owned() };
    fleet.agent(master)?.copy_file(path, &mut copy).await?.ok_or_else(missing)?;
    blocking(move || weighed(file)).await.map_err(unusable)
}

fn weighed(mut file: std::fs::File) -> std::io::Result<Archive> {
    file.rewind()?;
    let (mut hasher, mut size, mut piece) = (Hasher::default(), 0, vec![0; 64 * 1024]);
    loop {
        let count = file.read(&mut piece)?;
        if count == 0 {
            return Ok(Archive { file, digest: hasher.finish(), size });
        }
        hasher.update(&piece[..count]);
        size += count as u64;
    }
}

impl Archive {
    /// Its bytes, for one host: several read the same file, each from its beginning.
    fn content(&self) -> std::io::Result<impl tokio::io::AsyncRead + Send + use<>> {
        let path = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(&self.file));
        Ok(tokio::fs::File::from_std(std::fs::File::open(path)?))
    }
}
