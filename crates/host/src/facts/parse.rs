//! What the text that `facts.sh` prints means.

mod network;

use sealer_model::Platform;
use sealer_model::facts::Facts;
use serde::Deserialize;
use std::collections::BTreeMap;

const BEGIN: &str = "=====sealer-fact ";
const END: &str = "=====";

/// Reads the whole text; an error says which section is wrong and how.
pub(super) fn facts(text: &str) -> Result<Facts, String> {
    let sections = Sections::of(text)?;
    let memory = sections.get("memory");
    let status = sections.get("status");
    Ok(Facts {
        hostname: sections.word("hostname")?,
        platform: Platform::from_machine(&sections.word("machine")?),
        kernel: sections.word("kernel")?,
        os_release: os_release(sections.get("os-release")),
        machine_id: sections.get("machine-id").trim().to_owned(),
        processors: processors(sections.get("processors")),
        memory: kibibytes(memory, "MemTotal").ok_or("memory: no line MemTotal")?,
        swap: kibibytes(memory, "SwapTotal").unwrap_or(0),
        disk_free: disks(sections.get("disk"))?,
        listening: network::listening(sections.get("listening")),
        addresses: network::addresses(sections.get("addresses4"), sections.get("addresses6")),
        clock: number(&sections.word("clock")?, "clock")?,
        systemd: sections.get("systemd").trim() == "yes",
        cgroup: if sections.get("cgroup").trim() == "2" { 2 } else { 1 },
        user_id: user_id(status)?,
        kernel_features: kernel_features(&sections),
        capabilities: capabilities(status)?,
        leftovers: sections.get("leftovers").lines().map(str::to_owned).collect(),
        cluster: cluster(sections.get("ledger"))?,
    })
}

/// The text between the marker lines, by name.
struct Sections<'a>(BTreeMap<&'a str, &'a str>);

impl<'a> Sections<'a> {
    fn of(text: &'a str) -> Result<Self, String> {
        let mut sections = BTreeMap::new();
        for part in text.split(BEGIN).skip(1) {
            let (name, rest) = part.split_once(END).ok_or("a section without a name")?;
            sections.insert(name, rest.strip_prefix('\n').unwrap_or(rest));
        }
        // The last marker proves that the script ran to its end.
        if sections.contains_key("end") { Ok(Self(sections)) } else { Err("it is cut off".into()) }
    }

    fn get(&self, name: &str) -> &'a str {
        self.0.get(name).copied().unwrap_or_default()
    }

    fn word(&self, name: &str) -> Result<String, String> {
        let word = self.get(name).trim();
        if word.is_empty() { Err(format!("{name}: nothing there")) } else { Ok(word.to_owned()) }
    }
}

fn number(text: &str, what: &str) -> Result<i64, String> {
    text.trim().parse().map_err(|_| format!("{what}: \"{}\" is not a number", text.trim()))
}

/// Shell assignments with optional quotes.
fn os_release(text: &str) -> BTreeMap<String, String> {
    let assignment = |line: &str| {
        let (key, value) = line.trim().split_once('=')?;
        let value = value.trim();
        let unquoted =
            ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote)).unwrap_or(value);
        (!key.starts_with('#')).then(|| (key.to_owned(), unquoted.replace('\\', "")))
    };
    text.lines().filter_map(assignment).collect()
}

fn processors(text: &str) -> u32 {
    let count = text.lines().filter(|line| line.starts_with("processor")).count();
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A line of `/proc/meminfo`, in bytes.
fn kibibytes(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// `path P`, then what `df -Pk` prints for it.
fn disks(text: &str) -> Result<BTreeMap<String, u64>, String> {
    let mut free = BTreeMap::new();
    let mut asked: Option<&str> = None;
    for line in text.lines() {
        if let Some(path) = line.strip_prefix("path ") {
            asked = Some(path);
        } else if let (Some(path), false) = (asked, line.starts_with("Filesystem")) {
            // Names on both sides may hold spaces; the number before the percentage cannot be mistaken.
            let words: Vec<&str> = line.split_whitespace().collect();
            let share = words.iter().rposition(|word| word.ends_with('%'));
            let available = share.and_then(|share| words.get(share.checked_sub(1)?)).unwrap_or(&"");
            let kibibytes = number(available, &format!("disk of {path}"))?;
            let bytes = u64::try_from(kibibytes).unwrap_or(0).saturating_mul(1024);
            free.insert(path.to_owned(), bytes);
            asked = None;
        }
    }
    Ok(free)
}

/// A line of `/proc/self/status`.
fn status_line<'a>(status: &'a str, name: &str) -> Result<&'a str, String> {
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    line.map(str::trim).ok_or_else(|| format!("status: no line {name}"))
}

/// The second of the four numbers is the effective one.
fn user_id(status: &str) -> Result<u32, String> {
    let line = status_line(status, "Uid")?;
    let effective = line.split_whitespace().nth(1).and_then(|word| word.parse().ok());
    effective.ok_or_else(|| format!("status: \"{line}\" holds no effective user"))
}

fn capabilities(status: &str) -> Result<u64, String> {
    let line = status_line(status, "CapBnd")?;
    u64::from_str_radix(line, 16).map_err(|_| format!("status: \"{line}\" is no capability set"))
}

/// File systems and modules, whether loaded or built in, in one sorted list.
fn kernel_features(sections: &Sections<'_>) -> Vec<String> {
    let filesystems = sections.get("filesystems").lines();
    let filesystems = filesystems.filter_map(|line| line.split_whitespace().next_back());
    let modules = sections.get("modules").lines().map(str::trim);
    let mut all: Vec<String> = filesystems.chain(modules).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// The part of a ledger that says whose host this is.
#[derive(Deserialize)]
struct LedgerHead {
    cluster: String,
}

fn cluster(ledger: &str) -> Result<Option<String>, String> {
    if ledger.trim().is_empty() {
        return Ok(None);
    }
    let head = serde_json::from_str::<LedgerHead>(ledger);
    head.map(|head| Some(head.cluster)).map_err(|error| format!("ledger: {error}"))
}

#[cfg(test)]
mod tests;
