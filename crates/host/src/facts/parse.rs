//! What the text that `facts.sh` prints means.

mod disk;
mod network;
mod surroundings;

use sealer_model::Platform;
use sealer_model::facts::{Facts, Machine};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const BEGIN: &str = "=====sealer-fact ";
const END: &str = "=====";

/// Reads the whole text; an error says which section is wrong and how.
pub(super) fn facts(text: &str) -> Result<Facts, String> {
    let sections = Sections::of(text)?;
    let memory = sections.get("memory");
    let status = sections.get("status");
    let ledger = ledger(sections.get("ledger"))?;
    Ok(Facts {
        hostname: sections.word("hostname")?,
        platform: Platform::from_machine(&sections.word("machine")?),
        kernel: sections.word("kernel")?,
        os_release: os_release(sections.get("os-release")),
        machine_id: sections.get("machine-id").trim().to_owned(),
        processors: processors(sections.get("processors")),
        memory: kibibytes(memory, "MemTotal").ok_or("memory: no line MemTotal")?,
        swap: kibibytes(memory, "SwapTotal").unwrap_or(0),
        disks: disk::disks(sections.get("disk"), sections.get("mounts"))?,
        write_latencies: disk::write_latencies(sections.get("writes")),
        listening: network::listening(sections.get("listening")),
        addresses: network::addresses(sections.get("addresses4"), sections.get("addresses6")),
        clock: number(&sections.word("clock")?, "clock")?,
        clock_ahead: 0,
        systemd: sections.get("systemd").trim() == "yes",
        cgroup: if sections.get("cgroup").trim() == "2" { 2 } else { 1 },
        user_id: user_id(status)?,
        kernel_features: kernel_features(&sections),
        capabilities: capabilities(status)?,
        leftovers: sections.get("leftovers").lines().map(str::to_owned).collect(),
        delivered: ledger.as_ref().is_some_and(Ledger::is_of_a_delivery),
        cluster: ledger.map(|ledger| ledger.cluster),
        machine: machine(&sections),
        network: network::network(&sections),
        surroundings: surroundings::surroundings(&sections),
        former: surroundings::former(&sections),
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

/// The machine and its kernel.
fn machine(sections: &Sections<'_>) -> Machine {
    let memory = sections.get("memory");
    let huge_pages = memory.lines().find_map(|line| line.strip_prefix("HugePages_Total:")?.trim().parse::<u64>().ok());
    let page = kibibytes(memory, "Hugepagesize").unwrap_or(0);
    let total = kibibytes(memory, "MemTotal").unwrap_or(0);
    Machine {
        processor_flags: processor_flags(sections.get("processors")),
        // kernels before 3.14 do not say it; all of it is the guess that raises no alarm
        memory_available: kibibytes(memory, "MemAvailable").unwrap_or(total),
        huge_pages: huge_pages.unwrap_or(0).saturating_mul(page),
        controllers: surroundings::controllers(sections.get("controllers")),
        settings: surroundings::settings(sections.get("settings")),
        settings_files: surroundings::settings_files(sections.get("settings-files")),
        modules_folder: sections.get("modules-folder").trim() == "yes",
        modules_blocked: surroundings::modules_blocked(sections.get("modules-blocked")),
        product_uuid: sections.get("product").trim().to_lowercase(),
        static_hostname: sections.get("static-hostname").trim().to_owned(),
        reboot_required: sections.get("reboot").trim() == "yes",
    }
}

fn processor_flags(text: &str) -> BTreeSet<String> {
    let line = text.lines().find(|line| line.starts_with("flags") || line.starts_with("Features"));
    let flags = line.and_then(|line| line.split_once(':')).map_or("", |(_, flags)| flags);
    flags.split_whitespace().map(str::to_owned).collect()
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

/// The part of a ledger that says whose host this is, and what kinds of changes were made to it.
#[derive(Deserialize)]
struct Ledger {
    cluster: String,
    #[serde(default)]
    entries: Vec<LedgerEntry>,
}

#[derive(Deserialize)]
struct LedgerEntry {
    entry: String,
}

impl Ledger {
    /// What checks put right needs neither files nor folders of ours; every delivery begins with some.
    fn is_of_a_delivery(&self) -> bool {
        self.entries.iter().any(|it| ["file", "directory", "rootfs"].contains(&it.entry.as_str()))
    }
}

fn ledger(text: &str) -> Result<Option<Ledger>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    serde_json::from_str(text).map(Some).map_err(|error| format!("ledger: {error}"))
}

#[cfg(test)]
mod tests;
