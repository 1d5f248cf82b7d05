//! What has happened, in numbers, and their text for Prometheus (exposition format 0.0.4).

use axum::http::{Method, StatusCode};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Methods that are told apart, and one name for all others.
const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "other"];

const STATUSES: usize = 600;

/// The numbers of one registry.
#[derive(Debug)]
pub(crate) struct Counters {
    requests: Vec<AtomicU64>,
    refused: Mutex<BTreeMap<&'static str, u64>>,
    broken: Mutex<BTreeMap<&'static str, u64>>,
    /// Bytes of answers' bodies.
    pub(crate) sent: AtomicU64,
    /// Bytes of requests' bodies.
    pub(crate) received: AtomicU64,
    /// Connections that are open.
    pub(crate) connections: AtomicU64,
    /// Connections that were taken.
    pub(crate) accepted: AtomicU64,
    /// Lines of the log that were left out because the disk was too slow.
    pub(crate) lines_lost: AtomicU64,
    microseconds: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            requests: (0..METHODS.len() * STATUSES).map(|_| AtomicU64::new(0)).collect(),
            refused: Mutex::default(),
            broken: Mutex::default(),
            sent: AtomicU64::new(0),
            received: AtomicU64::new(0),
            connections: AtomicU64::new(0),
            accepted: AtomicU64::new(0),
            lines_lost: AtomicU64::new(0),
            microseconds: AtomicU64::new(0),
        }
    }
}

/// Numbers that are not counted but looked up.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Levels {
    /// Uploads under way.
    pub(crate) uploads: usize,
    /// Images that cannot be read.
    pub(crate) unreadable: usize,
}

impl Counters {
    /// Counts an answer and the time until its head was ready.
    pub(crate) fn answered(&self, method: &Method, status: StatusCode, took: Duration) {
        let known = METHODS.iter().position(|known| *known == method.as_str());
        let place = known.unwrap_or(METHODS.len() - 1) * STATUSES + usize::from(status.as_u16()).min(STATUSES - 1);
        self.requests[place].fetch_add(1, Relaxed);
        self.microseconds.fetch_add(u64::try_from(took.as_micros()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Counts a refused request by the protocol's code.
    pub(crate) fn refused(&self, code: &'static str) {
        count(&self.refused, code);
    }

    /// Counts a connection that did not end as it should.
    pub(crate) fn broken(&self, reason: &'static str) {
        count(&self.broken, reason);
    }

    /// All numbers as text.
    pub(crate) fn text(&self, levels: Levels) -> String {
        let mut text = String::new();
        family(&mut text, "requests_total", "counter", "Requests by method and status.", &self.by_status());
        family(
            &mut text,
            "refused_total",
            "counter",
            "Requests refused, by the protocol's code.",
            &by(&self.refused, "code"),
        );
        let broken = by(&self.broken, "reason");
        family(&mut text, "connections_broken_total", "counter", "Connections that did not end well.", &broken);
        for (name, kind, help, value) in [
            ("sent_bytes_total", "counter", "Bytes of answers.", self.sent.load(Relaxed)),
            ("received_bytes_total", "counter", "Bytes of uploads and manifests.", self.received.load(Relaxed)),
            ("connections_accepted_total", "counter", "Connections taken.", self.accepted.load(Relaxed)),
            ("connections", "gauge", "Connections open.", self.connections.load(Relaxed)),
            ("uploads", "gauge", "Uploads under way.", levels.uploads as u64),
            ("unreadable_images", "gauge", "Images of the store that cannot be read.", levels.unreadable as u64),
            ("log_lines_lost_total", "counter", "Log lines left out.", self.lines_lost.load(Relaxed)),
        ] {
            family(&mut text, name, kind, help, &[(String::new(), value.to_string())]);
        }
        let seconds = Duration::from_micros(self.microseconds.load(Relaxed)).as_secs_f64();
        let help = "Time until the heads of answers were ready.";
        family(&mut text, "request_seconds_total", "counter", help, &[(String::new(), seconds.to_string())]);
        text
    }

    fn by_status(&self) -> Vec<(String, String)> {
        let counted = self.requests.iter().enumerate().map(|(place, count)| (place, count.load(Relaxed)));
        let labelled = |(place, count): (usize, u64)| {
            let (method, status) = (METHODS[place / STATUSES], place % STATUSES);
            (format!("{{method=\"{method}\",status=\"{status}\"}}"), count.to_string())
        };
        counted.filter(|(_, count)| *count > 0).map(labelled).collect()
    }
}

fn count(counts: &Mutex<BTreeMap<&'static str, u64>>, key: &'static str) {
    *counts.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_default() += 1;
}

fn by(counts: &Mutex<BTreeMap<&'static str, u64>>, label: &str) -> Vec<(String, String)> {
    let counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
    counts.iter().map(|(key, count)| (format!("{{{label}=\"{key}\"}}"), count.to_string())).collect()
}

/// Writes one number's family in Prometheus' form.
pub(crate) fn family(text: &mut String, name: &str, kind: &str, help: &str, samples: &[(String, String)]) {
    let name = format!("sealer_registry_{name}");
    write!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n").expect("a string takes all that is written to it");
    for (labels, value) in samples {
        writeln!(text, "{name}{labels} {value}").expect("a string takes all that is written to it");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_is_told_with_its_labels() {
        let counters = Counters::default();
        counters.answered(&Method::GET, StatusCode::OK, Duration::from_millis(1));
        counters.answered(&Method::GET, StatusCode::OK, Duration::from_millis(1));
        counters.answered(&Method::OPTIONS, StatusCode::METHOD_NOT_ALLOWED, Duration::ZERO);
        counters.refused("DENIED");
        counters.sent.fetch_add(7, Relaxed);
        let text = counters.text(Levels { uploads: 3, unreadable: 0 });
        for line in [
            "sealer_registry_requests_total{method=\"GET\",status=\"200\"} 2",
            "sealer_registry_requests_total{method=\"other\",status=\"405\"} 1",
            "sealer_registry_refused_total{code=\"DENIED\"} 1",
            "sealer_registry_sent_bytes_total 7",
            "sealer_registry_uploads 3",
            "sealer_registry_request_seconds_total 0.002",
            "# TYPE sealer_registry_connections gauge",
        ] {
            assert!(text.lines().any(|found| found == line), "{line} is not in:\n{text}");
        }
    }
}
