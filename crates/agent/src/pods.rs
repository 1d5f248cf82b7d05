//! The network between pods, tried for real: a listener in the network of one pod here, and connections from the network of another to
//! listeners of other hosts, with enough bytes both ways to fill packets of every size. Nothing is needed in the pods themselves: a
//! socket belongs to the network in which it was made, and whoever makes it may use it from elsewhere.

use crate::error::{Error, Result};
use futures_util::StreamExt as _;
use futures_util::stream;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use sealer_model::agent::{OpenPod, OpenedPod, PodReached, ReachPods};
use std::fs::File;
use std::io;
use std::net::{IpAddr, SocketAddr, TcpListener as BlockingListener};
use std::os::fd::AsFd as _;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;

/// Where container runtimes keep the networks of pods.
const NETWORKS: [&str; 2] = ["/run/netns", "/run/docker/netns"];
/// Bytes that go each way: many packets of the largest size.
const BYTES: usize = 256 * 1024;
/// Connections at the same time.
const PARALLEL: usize = 32;

/// Listens in the network of the first of these pods that is here, for a while.
pub(crate) async fn open(open: &OpenPod) -> Result<OpenedPod> {
    let pods = open.pods.clone();
    let listener = crate::server::answer::blocking(move || Ok(find(&pods, &networks()))).await?;
    let Some((_, listener)) = listener else { return Ok(OpenedPod { listening: None }) };
    let listening = listener.local_addr().map_err(cannot)?;
    listener.set_nonblocking(true).map_err(cannot)?;
    let listener = TcpListener::from_std(listener).map_err(cannot)?;
    tokio::spawn(timeout(Duration::from_secs(open.seconds), echo_all(listener)));
    Ok(OpenedPod { listening: Some(listening) })
}

fn cannot(source: io::Error) -> Error {
    Error::io("listen in the network of", Path::new("a pod"), source)
}

/// Networks of pods; a host without a runtime has none.
fn networks() -> Vec<PathBuf> {
    let list = |folder| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    NETWORKS.into_iter().flat_map(list).collect()
}

/// The first network that has the address of one of these pods, with a listener at that address.
fn find(pods: &[IpAddr], networks: &[PathBuf]) -> Option<(PathBuf, BlockingListener)> {
    let listen = |pods: &[IpAddr]| pods.iter().find_map(|pod| BlockingListener::bind((*pod, 0)).ok());
    let of = |network: &PathBuf| within(network, || listen(pods)).ok().flatten().map(|it| (network.clone(), it));
    networks.iter().find_map(of)
}

/// Does something in another network, on a thread of its own: a thread that was there is of no use for anything else.
fn within<T: Send>(network: &Path, work: impl FnOnce() -> T + Send) -> io::Result<T> {
    let moved = || {
        let file = File::open(network)?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        Ok(work())
    };
    std::thread::scope(|scope| scope.spawn(moved).join()).unwrap_or_else(|_| Err(io::Error::other("a thread ended")))
}

/// Reads what each caller sends, and sends as much.
async fn echo_all(listener: TcpListener) {
    let callers = stream::unfold(listener, |listener| async move {
        let accepted = listener.accept().await.ok().map(|(caller, _)| caller);
        Some((accepted, listener))
    });
    let answered = |caller: Option<TcpStream>| async move {
        if let Some(mut caller) = caller {
            // a caller that goes away says so itself
            let _outcome = exchange(&mut caller, false).await;
        }
    };
    callers.for_each_concurrent(PARALLEL, answered).await;
}

/// All bytes there, then all bytes back; `first` sends first.
async fn exchange(stream: &mut TcpStream, first: bool) -> io::Result<()> {
    let mut bytes = vec![0x5a; BYTES];
    if first {
        stream.write_all(&bytes).await?;
    }
    stream.read_exact(&mut bytes).await?;
    if !first {
        stream.write_all(&bytes).await?;
    }
    Ok(())
}

/// Tries every listener, from the network of the first of these pods that is here, or the host's own.
pub(crate) async fn reach(reach: &ReachPods) -> Result<Vec<PodReached>> {
    let (pods, targets) = (reach.pods.clone(), reach.targets.clone());
    let sockets = crate::server::answer::blocking(move || Ok(sockets(&pods, &targets))).await?;
    let limit = Duration::from_secs(reach.seconds);
    let tried = sockets.into_iter().zip(reach.targets.clone()).map(|(socket, target)| tried(socket, target, limit));
    Ok(stream::iter(tried).buffered(PARALLEL).collect().await)
}

fn sockets(pods: &[IpAddr], targets: &[SocketAddr]) -> Vec<io::Result<TcpSocket>> {
    let make = || targets.iter().map(socket).collect::<Vec<_>>();
    match find(pods, &networks()) {
        Some((network, _)) => within(&network, make).unwrap_or_default(),
        None => make(),
    }
}

fn socket(target: &SocketAddr) -> io::Result<TcpSocket> {
    if target.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }
}

async fn tried(socket: io::Result<TcpSocket>, target: SocketAddr, limit: Duration) -> PodReached {
    let connect = async { socket?.connect(target).await };
    let mut stream = match timeout(limit, connect).await {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => return PodReached::Apart(error.to_string()),
        Err(_) => return PodReached::Apart(format!("no answer in {} s", limit.as_secs())),
    };
    match timeout(limit, exchange(&mut stream, true)).await {
        Ok(Ok(())) => PodReached::Passed,
        Ok(Err(error)) => PodReached::Stuck(error.to_string()),
        Err(_) => PodReached::Stuck(format!("nothing more came in {} s", limit.as_secs())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: &str = "127.0.0.1";

    /// This process's own network stands for a pod's.
    async fn listener() -> SocketAddr {
        let listener = TcpListener::bind((HERE, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(echo_all(listener));
        address
    }

    fn request(targets: Vec<SocketAddr>) -> ReachPods {
        ReachPods { pods: Vec::new(), targets, seconds: 5 }
    }

    #[tokio::test]
    async fn bytes_go_there_and_back_for_each_of_many_callers() {
        let address = listener().await;
        let reached = reach(&request(vec![address; 40])).await.unwrap();
        assert_eq!(reached, vec![PodReached::Passed; 40]);
    }

    #[tokio::test]
    async fn who_is_not_there_and_who_falls_silent_are_told_apart() {
        let gone = TcpListener::bind((HERE, 0)).await.unwrap().local_addr().unwrap();
        let silent = TcpListener::bind((HERE, 0)).await.unwrap();
        let request = ReachPods { seconds: 1, ..request(vec![gone, silent.local_addr().unwrap()]) };
        let reached = reach(&request).await.unwrap();
        assert!(matches!(&reached[0], PodReached::Apart(reason) if reason.contains("refused")), "{reached:?}");
        assert_eq!(reached[1], PodReached::Stuck("nothing more came in 1 s".into()));
    }

    #[test]
    fn a_pod_that_is_not_here_is_not_found() {
        assert!(find(&["192.0.2.1".parse().unwrap()], &[PathBuf::from("/proc/self/ns/net")]).is_none());
    }
}
