//! This machine as a host: the same three things as over SSH, without SSH.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

#[path = "ssh/program.rs"]
mod program;

use sealer_host::process::Exit;
use sealer_host::{AgentBinary, Error, Host, Questions};
use sealer_model::agent::OfferedProgram;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

const LIMIT: Duration = Duration::from_secs(30);

#[tokio::test]
async fn scripts_run_and_their_words_are_checked() {
    let host = Host::local();
    let answer = host.run_script("echo $2; echo oops >&2; exit 5", &["a", "/b"], LIMIT).await.unwrap();
    assert_eq!((answer.output.as_slice(), answer.errors.as_str()), (&b"/b\n"[..], "oops"));
    assert_eq!(answer.exit, Exit::Status(5));
    let refused = host.run_script("echo $1", &["$(reboot)"], LIMIT).await;
    assert!(matches!(refused, Err(Error::Argument { .. })), "{refused:?}");
}

#[tokio::test]
async fn a_script_that_prints_without_end_is_cut_off() {
    let endless = Host::local().run_script("while :; do echo a long line; done", &[], LIMIT).await;
    assert!(matches!(endless, Err(Error::Answer { .. })), "{endless:?}");
}

#[tokio::test]
async fn facts_are_read() {
    let facts = Host::local().facts(&Questions::default()).await.unwrap();
    let kernel = std::fs::read_to_string("/proc/sys/kernel/osrelease").unwrap();
    assert_eq!(facts.kernel, kernel.trim());
}

#[tokio::test]
async fn the_agent_is_installed_and_answers() {
    let Some(program) = program::agent() else {
        eprintln!("left out, because the example \"agent\" was not built");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("sealer");
    let binary = AgentBinary::open(&program::wrapped(&program, &root)).unwrap();
    let host = Host::local();
    let installed = host.install_agent(&binary, root.to_str().unwrap()).await.unwrap();
    assert!(installed.sent);
    let agent = host.start_agent(&installed.path).await.unwrap();
    assert_eq!(agent.read_file("/no/such/file").await.unwrap(), None);
}

/// Serves bytes to whoever asks for anything.
async fn served(bytes: Vec<u8>) -> OfferedProgram {
    let (listener, offered) = offered().await;
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // a client that has seen enough goes away
            let _gone = answer(&mut stream, &bytes, std::future::ready(())).await;
        }
    });
    offered
}

/// Serves bytes, the second half of them only when it is told to.
async fn served_in_halves(bytes: Vec<u8>, go_on: oneshot::Receiver<()>) -> OfferedProgram {
    let (listener, offered) = offered().await;
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        answer(&mut stream, &bytes, async { go_on.await.unwrap() }).await.unwrap();
    });
    offered
}

async fn offered() -> (TcpListener, OfferedProgram) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, OfferedProgram { address: address.ip(), port: address.port(), name: "abc".into() })
}

async fn answer(stream: &mut TcpStream, bytes: &[u8], half: impl Future<Output = ()>) -> std::io::Result<()> {
    let mut request = [0; 1024];
    let _asked = stream.read(&mut request).await?;
    stream.write_all(format!("HTTP/1.0 200 OK\r\ncontent-length: {}\r\n\r\n", bytes.len()).as_bytes()).await?;
    let (first, second) = bytes.split_at(bytes.len() / 2);
    stream.write_all(first).await?;
    half.await;
    stream.write_all(second).await
}

#[tokio::test]
async fn an_attempt_that_still_goes_on_spoils_no_other_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let path = folder.path().join("program");
    std::fs::write(&path, &content).unwrap();
    let binary = AgentBinary::open(&path).unwrap();
    let (go_on, told) = oneshot::channel();
    let offered = served_in_halves(content.clone(), told).await;
    let (slow, to) = (binary.clone(), root.clone());
    let former = tokio::spawn(async move { Host::local().fetch_agent(&slow, &to, &offered).await });
    let bin = folder.path().join("bin");
    let is_part = |entry: std::fs::DirEntry| entry.file_name().to_string_lossy().starts_with(".part-");
    while !std::fs::read_dir(&bin).is_ok_and(|entries| entries.flatten().any(is_part)) {
        tokio::task::yield_now().await;
    }
    let host = Host::local();
    host.fetch_agent(&binary, &root, &served(content).await).await.unwrap();
    go_on.send(()).unwrap();
    former.await.unwrap().unwrap();
    assert!(host.find_agent(&binary, &root).await.unwrap().is_some());
    let names = std::fs::read_dir(&bin).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let left: Vec<_> = names.filter(|name| !name.starts_with("checked-")).collect();
    assert_eq!(left.len(), 1, "nothing of either attempt is left: {left:?}");
}

#[tokio::test]
async fn the_agent_is_fetched_from_another_host_and_counts_only_when_it_is_the_right_one() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let content: Vec<u8> = (0..300_000_u32).map(|number| (number % 251) as u8).collect();
    let path = folder.path().join("program");
    std::fs::write(&path, &content).unwrap();
    let binary = AgentBinary::open(&path).unwrap();
    let host = Host::local();
    let wrong = host.fetch_agent(&binary, &root, &served(b"something else".to_vec()).await).await;
    assert!(matches!(wrong, Err(Error::Script { .. })), "{wrong:?}");
    assert_eq!(host.find_agent(&binary, &root).await.unwrap(), None);
    host.fetch_agent(&binary, &root, &served(content).await).await.unwrap();
    assert!(host.find_agent(&binary, &root).await.unwrap().is_some());
}

#[tokio::test]
async fn an_agent_that_somebody_has_written_to_is_not_the_right_one_any_more() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().to_str().unwrap().to_owned();
    let path = folder.path().join("program");
    std::fs::write(&path, [7; 3000]).unwrap();
    let binary = AgentBinary::open(&path).unwrap();
    let host = Host::local();
    let installed = host.install_agent(&binary, &root).await.unwrap();
    let found = || async { host.find_agent(&binary, &root).await.unwrap().is_some() };
    assert!(installed.sent && found().await);
    // as long, and of the same age as before
    let before = std::fs::metadata(&installed.path).unwrap().modified().unwrap();
    std::fs::write(&installed.path, [8; 3000]).unwrap();
    std::fs::File::options().write(true).open(&installed.path).unwrap().set_modified(before).unwrap();
    assert!(!found().await);
    std::fs::write(&installed.path, [7; 3000]).unwrap();
    assert!(found().await, "it is read again, and is right again");
}
