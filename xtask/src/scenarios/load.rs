//! Somebody who asks again and again while something is broken or replaced, and counts what was not answered; and an application that
//! keeps what is written to it on a disk, for scenarios that must lose nothing.

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::scenarios::expect::holds;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Between two requests.
const PAUSE: Duration = Duration::from_millis(50);
/// How many requests there are at least: fewer say nothing about how many are lost.
const ENOUGH: u64 = 20;
/// How long one request may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Requests that go on until they are ended.
#[derive(Debug)]
pub(super) struct Load {
    what: &'static str,
    stop: Arc<AtomicBool>,
    thread: JoinHandle<Counted>,
}

/// What became of requests.
#[derive(Debug, Default)]
pub(super) struct Counted {
    /// Those that were answered, by their numbers.
    pub(super) answered: Vec<u64>,
    /// How many were not.
    pub(super) lost: usize,
    /// The longest time without an answer.
    longest: Duration,
}

impl Load {
    /// Asks from now on; each request is given its number and says whether it was answered.
    pub(super) fn start(what: &'static str, mut request: impl FnMut(u64) -> bool + Send + 'static) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&stop);
        let work = move || {
            let (mut counted, mut last) = (Counted::default(), Instant::now());
            for number in 0.. {
                if number >= ENOUGH && ended.load(Ordering::Relaxed) {
                    break;
                }
                if request(number) {
                    counted.answered.push(number);
                    counted.longest = counted.longest.max(last.elapsed());
                    last = Instant::now();
                } else {
                    counted.lost += 1;
                }
                std::thread::sleep(PAUSE);
            }
            counted.longest = counted.longest.max(last.elapsed());
            counted
        };
        Self { what, stop, thread: std::thread::spawn(work) }
    }

    /// Ends it and tells what became of it; some of it must have been answered.
    pub(super) fn end(self) -> Result<Counted> {
        self.stop.store(true, Ordering::Relaxed);
        let counted = self.thread.join().map_err(|_| Error::unmet(format!("{} ended with a panic", self.what)))?;
        let sent = counted.answered.len() + counted.lost;
        println!(
            "    {}: {} of {sent} requests were lost; the longest time without an answer was {:.1?}",
            self.what, counted.lost, counted.longest
        );
        holds(&format!("{} is answered at all", self.what), !counted.answered.is_empty())?;
        Ok(counted)
    }
}

/// The port of the application on every host.
const PORT: u16 = 30090;

/// A redis that has written to the disk of one node what it acknowledges.
const LEDGER: &str = r#"
apiVersion: v1
kind: Service
metadata: {name: ledger}
spec:
  type: NodePort
  selector: {app: ledger}
  ports: [{port: 6379, nodePort: 30090}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ledger}
spec:
  selector: {matchLabels: {app: ledger}}
  strategy: {type: Recreate}
  template:
    metadata: {labels: {app: ledger}}
    spec:
      nodeSelector: {kubernetes.io/hostname: NODE}
      containers:
      - name: redis
        image: redis:7
        args: [redis-server, --bind, 0.0.0.0, --protected-mode, "no", --dir, /data, --appendonly, "yes", --appendfsync, always]
        readinessProbe: {tcpSocket: {port: 6379}, periodSeconds: 1}
        volumeMounts: [{name: data, mountPath: /data}]
      volumes: [{name: data, hostPath: {path: /srv/ledger, type: DirectoryOrCreate}}]
"#;

/// Starts the application on the last host, and writes to it by another one from then on.
pub(super) fn write_to_ledger(delivery: &Delivery) -> Result<Load> {
    let (Some(first), Some(last)) = (delivery.hosts.first(), delivery.hosts.last()) else {
        return Err(Error::unmet("the delivery has no hosts"));
    };
    let text = LEDGER.replace("NODE", &last.name);
    let apply = format!("cat >/tmp/ledger.yaml <<'END'\n{text}\nEND");
    first.run(&delivery.fleet.engine, &["bash", "-euc", &apply])?;
    delivery.kubectl(&["apply", "--filename", "/tmp/ledger.yaml"])?;
    delivery.kubectl(&["rollout", "status", "deployment/ledger", "--timeout=120s"])?;
    let socket = socket(&first.address)?;
    Ok(Load::start("an application that keeps writing", move |number| {
        ask(socket, &["RPUSH", "ledger", &number.to_string()]).is_ok_and(|answer| answer.starts_with(':'))
    }))
}

/// Everything that was acknowledged is there, in the order in which it was written.
pub(super) fn nothing_is_lost(delivery: &Delivery, load: Load) -> Result<()> {
    let counted = load.end()?;
    let master = delivery.master()?;
    let socket = socket(&master.address)?;
    let deadline = Instant::now() + Duration::from_secs(60);
    let kept = loop {
        match ask_list(socket, &["LRANGE", "ledger", "0", "-1"]) {
            Err(_) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(500)),
            other => break other.map_err(|source| Error::unmet(format!("the ledger does not answer: {source}")))?,
        }
    };
    let missing: Vec<&u64> = counted.answered.iter().filter(|number| !kept.contains(&number.to_string())).collect();
    holds(
        &format!("all {} acknowledged entries are there, missing {missing:?}", counted.answered.len()),
        missing.is_empty(),
    )?;
    println!("    all {} entries that the application acknowledged are there", counted.answered.len());
    // whoever asks next whether all is well must not find its pod on the way out
    let whole = ["delete", "--filename", "/tmp/ledger.yaml", "--cascade=foreground", "--timeout=120s"];
    delivery.kubectl(&whole).map(drop)
}

fn socket(address: &str) -> Result<SocketAddr> {
    let text = format!("{address}:{PORT}");
    text.parse().map_err(|_| Error::unmet(format!("{text} is not an address with a port")))
}

fn ask(socket: SocketAddr, words: &[&str]) -> std::io::Result<String> {
    let mut answer = String::new();
    asked(socket, words)?.read_line(&mut answer)?;
    Ok(answer)
}

/// An answer that is a list of texts.
fn ask_list(socket: SocketAddr, words: &[&str]) -> std::io::Result<Vec<String>> {
    let mut lines = asked(socket, words)?.lines();
    let mut next = || lines.next().unwrap_or_else(|| Err(std::io::Error::other("the answer ended early")));
    let head = next()?;
    let count = head.strip_prefix('*').and_then(|count| count.parse().ok());
    let count: usize = count.ok_or_else(|| std::io::Error::other(format!("no list: {head}")))?;
    let mut list = Vec::new();
    for _ in 0..count {
        next()?;
        list.push(next()?);
    }
    Ok(list)
}

fn asked(socket: SocketAddr, words: &[&str]) -> std::io::Result<BufReader<TcpStream>> {
    let mut stream = TcpStream::connect_timeout(&socket, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let texts: String = words.iter().map(|word| format!("${}\r\n{word}\r\n", word.len())).collect();
    stream.write_all(format!("*{}\r\n{texts}", words.len()).as_bytes())?;
    Ok(BufReader::new(stream))
}
