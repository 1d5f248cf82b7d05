//! `bench deliver`: 500 MB in large files and 20,000 small ones brought to stand-in hosts, by us and by what people use for it: `scp -r`
//! and `rsync -a` to one host, `scp -r` to all hosts at once and ansible to many. Ours is durable, verified and can be told apart from half
//! of it when the command ends; theirs is what the page cache has. Each kind starts from hosts that have nothing of it. Then a cable that
//! is cut, and a hundred hosts.

mod cable;
mod hundred;
mod payload;
mod peers;

use std::path::Path;
use std::time::Instant;

use crate::bench::Figure;
use crate::command::Program;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::{self, fleet::Fleet};
use crate::{dist, parts, prepare, python};
use payload::{Payload, Shape};
use peers::Peers;

/// What the hosts need for the peers: we need neither.
const PEERS_PROGRAMS: &str = "rsync,python3";
const IMAGE: &str = "payload:v1";
/// A host's own disk gets everything, so the fleets are measured one after the other.
const FLEETS: [usize; 3] = [1, 10, 20];
const SHAPE: Shape = Shape { large: 10, folders: 200 };
/// More are agents only.
const MOST_WITH_PEERS: usize = 20;

const ONE: f64 = 0.6;
const MANY: f64 = 0.2;
const BYTES: f64 = 1.1;
const AGAIN: f64 = 2.0;
const MEBIBYTES_AGAIN: f64 = 4.0;

/// Delivers to so many hosts, or to one, ten, twenty and a hundred.
pub(super) fn measure(folders: &Folders, hosts: Option<usize>) -> Result<Vec<Figure>> {
    prepare::run()?;
    let _turn = hosts::turn(folders)?;
    let root = folders.cache.join("bench-deliver");
    folders::remove(&root)?;
    let fleets = hosts.map_or(FLEETS.to_vec(), |hosts| vec![hosts]);
    let mut figures = Vec::new();
    if fleets.iter().any(|count| *count <= MOST_WITH_PEERS) {
        figures.extend(with(folders, &root, &SHAPE, |bench| large(bench, &fleets))?);
    }
    if hosts.is_none_or(|count| count > MOST_WITH_PEERS) {
        figures.extend(with(folders, &root, &hundred::SHAPE, hundred::measure)?);
    }
    folders::remove(&root)?;
    Ok(figures)
}

/// Measures with a payload of that shape; whatever happens, no host is left.
fn with(
    folders: &Folders,
    root: &Path,
    shape: &Shape,
    measure: impl Fn(&Bench<'_>) -> Result<Vec<Figure>>,
) -> Result<Vec<Figure>> {
    let examples = parts::ensure(folders, parts::KUBERNETES_VERSION)?;
    let (binary, python) = (dist::binary(folders)?, python::ensure(folders)?);
    let payload = Payload::write(&root.join("context"), &examples, shape)?;
    let fleet = Fleet::new(folders, "bench-deliver").with_programs(PEERS_PROGRAMS);
    let figures = measure(&Bench { fleet: &fleet, binary: &binary, root, payload: &payload, python: &python });
    fleet.down()?;
    folders::remove(root)?;
    figures
}

/// One fleet after the other, and the cable.
fn large(bench: &Bench<'_>, fleets: &[usize]) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for count in fleets {
        figures.extend(on(*count, bench)?);
        bench.fleet.down()?;
    }
    if fleets.contains(&1) {
        figures.push(cable::measure(bench)?);
    }
    Ok(figures)
}

/// What all fleets have in common.
struct Bench<'a> {
    fleet: &'a Fleet,
    binary: &'a Path,
    root: &'a Path,
    payload: &'a Payload,
    python: &'a Path,
}

impl Bench<'_> {
    fn build(&self, delivery: &Delivery) -> Result<()> {
        delivery.show(&["build", "-t", IMAGE, &self.payload.context.display().to_string()])
    }
}

/// All of it on so many hosts.
fn on(count: usize, bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let hosts = bench.fleet.up(count)?;
    let peers = Peers::introduce(bench.fleet, &hosts, bench.payload, bench.python, bench.root)?;
    let scp = seconds(|| peers.scp())?;
    println!("    {count} hosts: scp -r {scp:.1} s");
    peers.clear()?;
    let (name, other) = if count == 1 {
        ("rsync -a", seconds(|| peers.rsync())?)
    } else {
        ("ansible", seconds(|| peers.ansible(count))?)
    };
    println!("    {count} hosts: {name} {other:.1} s");
    peers.clear()?;
    let delivery = Delivery::new(bench.binary, &bench.root.join("root"), bench.fleet, &hosts)?;
    delivery.forget()?;
    bench.build(&delivery)?;
    let sent = bench.fleet.sent()?;
    let ours = seconds(|| deliver(&delivery))?;
    let sent = (bench.fleet.sent()? - sent) as f64;
    println!("    {count} hosts: sealer {ours:.1} s");
    let again = seconds(|| deliver(&delivery))?;
    Ok(figures(&Measured { count, scp, other: (name, other), ours, again, sent, payload: bench.payload.bytes as f64 }))
}

fn deliver(delivery: &Delivery) -> Result<()> {
    delivery.show(&deliver_arguments(delivery))
}

/// The hosts have no name server, which nobody needs who only gets files; and their one disk also has what the peers brought.
fn deliver_arguments(delivery: &Delivery) -> Vec<String> {
    let mut arguments = delivery.run_arguments(IMAGE);
    arguments.extend(["--mode", "loadImage", "--ignore", "resolver-missing,disk-eviction"].map(str::to_owned));
    arguments
}

/// How long work takes. What others left for the disk is on it before: who waits for the disk must not wait for them.
fn seconds(work: impl FnOnce() -> Result<()>) -> Result<f64> {
    Program::new("sync").run()?;
    let started = Instant::now();
    work()?;
    Ok(started.elapsed().as_secs_f64())
}

/// What was measured on one fleet. Times in seconds.
struct Measured {
    count: usize,
    scp: f64,
    other: (&'static str, f64),
    ours: f64,
    again: f64,
    sent: f64,
    payload: f64,
}

fn figures(measured: &Measured) -> Vec<Figure> {
    let Measured { count, scp, other: (name, other), ours, again, sent, payload } = *measured;
    let (faster, peer) = if scp < other { ("scp -r", scp) } else { (name, other) };
    let most = if count == 1 { ONE } else { MANY };
    vec![
        Figure {
            case: format!("{count} hosts (s), beside {faster}"),
            ours,
            peer: Some(peer),
            ratio: Some(ours / peer),
            bound: format!("ratio <= {most}"),
            holds: ours / peer <= most,
        },
        left(format!("{count} hosts, MB that leave the deliverer, beside the payload"), sent, payload),
        Figure {
            case: format!("{count} hosts again, nothing changed (s)"),
            ours: again,
            peer: None,
            ratio: None,
            bound: format!("ours <= {AGAIN} s"),
            holds: again <= AGAIN,
        },
    ]
}

/// Bytes that left the deliverer, beside those that had to.
fn left(case: String, sent: f64, needed: f64) -> Figure {
    Figure {
        case,
        ours: sent / 1e6,
        peer: Some(needed / 1e6),
        ratio: Some(sent / needed),
        bound: format!("ratio <= {BYTES}"),
        holds: sent / needed <= BYTES,
    }
}

/// The word that the peers' folder on hosts is called by.
const PLACE: &str = "/srv/payload";

/// An unmet expectation of this bench.
fn unmet(reason: &str) -> Error {
    Error::unmet(format!("bench deliver: {reason}"))
}
