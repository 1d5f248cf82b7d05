//! Three thousand hosts and their cables, simulated; trees and windows are the real ones. A cable carries one piece after the other in each
//! direction; the network between them keeps what a host cannot take yet. `cargo test --workspace --lib relay::simulation -- --nocapture` prints what comes out.

use super::{From, Hosts, PIECE, Window, pieces};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

/// Microseconds.
type Time = u64;

/// A gigabit per second.
const BYTES_PER_SECOND: u64 = 125_000_000;
/// As fast as a disk of a usual host takes what is unpacked, counted in compressed bytes.
const READ_PER_SECOND: u64 = 200_000_000;
const REQUESTS_AT_ONCE: usize = 8;
/// Until a host that is away is known to be.
const AWAY: Time = 1_000_000;
const AHEAD: u64 = 16;
const BEHIND: u64 = 16;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A host asks the source of this number in its row for a piece.
    Asks {
        host: usize,
        piece: u64,
        source: usize,
    },
    Arrives {
        host: usize,
        piece: u64,
    },
    Read {
        host: usize,
    },
}

struct Site {
    size: u64,
    registries: usize,
    away: Vec<bool>,
    windows: Vec<Window>,
    reads: Vec<bool>,
    /// When each cable is free again, registries' after hosts'.
    up: Vec<Time>,
    down: Vec<Time>,
    /// Who waits at a host for a piece that is not there yet.
    waiting: BTreeMap<(usize, u64), Vec<usize>>,
    /// Hosts that others found to be away.
    avoided: Vec<Vec<usize>>,
    from_registries: u64,
    sent: Vec<u64>,
    events: BinaryHeap<Reverse<(Time, Event)>>,
}

/// What came out.
struct Outcome {
    seconds: f64,
    /// Bytes that left the registries, in layers.
    layers_from_registries: f64,
    /// The most that one host passed on, in layers.
    most_passed_on: f64,
}

fn microseconds(bytes: u64, per_second: u64) -> Time {
    bytes * 1_000_000 / per_second
}

impl Site {
    fn new(hosts: usize, registries: usize, size: u64, is_away: impl Fn(usize) -> bool) -> Self {
        Self {
            size,
            registries,
            away: (0..hosts).map(is_away).collect(),
            windows: vec![Window::new(pieces(size), AHEAD, BEHIND); hosts],
            reads: vec![false; hosts],
            up: vec![0; hosts + registries],
            down: vec![0; hosts],
            waiting: BTreeMap::new(),
            avoided: vec![Vec::new(); hosts],
            from_registries: 0,
            sent: vec![0; hosts],
            events: BinaryHeap::new(),
        }
    }

    fn run(mut self) -> Outcome {
        let hosts = self.windows.len();
        for host in (0..hosts).filter(|host| !self.away[*host]).collect::<Vec<_>>() {
            (0..REQUESTS_AT_ONCE).for_each(|_| self.begin(0, host));
        }
        let mut end = 0;
        while let Some(Reverse((now, event))) = self.events.pop() {
            end = now;
            match event {
                Event::Asks { host, piece, source } => self.asks(now, host, piece, source),
                Event::Arrives { host, piece } => self.arrives(now, host, piece),
                Event::Read { host } => self.read(now, host),
            }
        }
        let whole = self.windows.iter().zip(&self.away).filter(|(_, away)| !**away).all(|(window, _)| window.is_read());
        assert!(whole, "somebody waits for ever");
        Outcome {
            seconds: end as f64 / 1e6,
            layers_from_registries: self.from_registries as f64 / self.size as f64,
            most_passed_on: self.sent.iter().copied().max().unwrap_or_default() as f64 / self.size as f64,
        }
    }

    fn at(&mut self, time: Time, event: Event) {
        self.events.push(Reverse((time, event)));
    }

    /// One more request, if there is something to ask for.
    fn begin(&mut self, now: Time, host: usize) {
        if let Some(piece) = self.windows[host].ask() {
            self.at(now, Event::Asks { host, piece, source: 0 });
        }
    }

    fn asks(&mut self, now: Time, host: usize, piece: u64, source: usize) {
        let hosts = Hosts { count: self.windows.len() as u64, own: host as u64, registries: self.registries as u64 };
        match hosts.sources(self.size, piece)[source] {
            From::Registry(registry) => {
                self.from_registries += PIECE;
                self.send(now, self.windows.len() + registry as usize, host, piece);
            }
            From::Host(from) => {
                let from = from as usize;
                let next = Event::Asks { host, piece, source: source + 1 };
                if self.avoided[host].contains(&from) || self.windows[from].is_gone(piece) {
                    self.at(now, next);
                } else if self.away[from] {
                    self.avoided[host].push(from);
                    self.at(now + AWAY, next);
                } else if self.windows[from].holds(piece) {
                    self.send(now, from, host, piece);
                } else {
                    self.waiting.entry((from, piece)).or_default().push(host);
                }
            }
        }
    }

    fn send(&mut self, now: Time, from: usize, host: usize, piece: u64) {
        let takes = microseconds(PIECE, BYTES_PER_SECOND);
        let left = now.max(self.up[from]) + takes;
        let ends = left.max(self.down[host] + takes);
        (self.up[from], self.down[host]) = (left, ends);
        if let Some(sent) = self.sent.get_mut(from) {
            *sent += PIECE;
        }
        self.at(ends, Event::Arrives { host, piece });
    }

    fn arrives(&mut self, now: Time, host: usize, piece: u64) {
        self.windows[host].arrived(piece);
        for child in self.waiting.remove(&(host, piece)).unwrap_or_default() {
            self.send(now, host, child, piece);
        }
        self.go_on(now, host);
        self.begin(now, host);
    }

    /// Reads the next piece if it is here and nothing else is read.
    fn go_on(&mut self, now: Time, host: usize) {
        if !self.reads[host] && self.windows[host].readable().is_some() {
            self.reads[host] = true;
            self.at(now + microseconds(PIECE, READ_PER_SECOND), Event::Read { host });
        }
    }

    fn read(&mut self, now: Time, host: usize) {
        self.reads[host] = false;
        self.windows[host].read();
        self.go_on(now, host);
        self.begin(now, host);
    }
}

const LAYER: u64 = 125 * PIECE;

fn print(what: &str, outcome: &Outcome) {
    let Outcome { seconds, layers_from_registries, most_passed_on } = outcome;
    println!(
        "{what}: {seconds:.1} s; {layers_from_registries:.2} layers left the registries, at most {most_passed_on:.2} one host"
    );
}

#[test]
fn three_thousand_hosts_take_little_longer_than_one_and_the_registries_give_the_layer_away_once() {
    let one = Site::new(1, 1, LAYER, |_| false).run();
    print("1 host", &one);
    for hosts in [10, 100, 3000] {
        let outcome = Site::new(hosts, 3, LAYER, |_| false).run();
        print(&format!("{hosts} hosts"), &outcome);
        assert!(outcome.layers_from_registries <= 1.1, "{}", outcome.layers_from_registries);
        assert!(outcome.seconds <= 2.5 * one.seconds, "{} against {}", outcome.seconds, one.seconds);
    }
}

#[test]
fn hosts_that_are_away_are_passed_over() {
    let outcome = Site::new(300, 3, LAYER, |host| host % 20 == 3).run();
    print("300 hosts, of which 15 are away", &outcome);
    assert!(outcome.layers_from_registries <= 20.0, "{}", outcome.layers_from_registries);
}
