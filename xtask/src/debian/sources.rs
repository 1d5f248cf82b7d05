//! The machine's apt sources, read from both formats that apt has (one-line `.list` and deb822 `.sources`), reduced to those
//! that carry the running release, and written again in the one-line format for the programs that get their own copy.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The options of the deb822 format that also exist in the one-line format.
const OPTIONS: [(&str, &str); 5] = [
    ("signed-by", "signed-by"),
    ("architectures", "arch"),
    ("trusted", "trusted"),
    ("check-valid-until", "check-valid-until"),
    ("check-date", "check-date"),
];

/// One place that binary packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    options: Vec<(String, String)>,
    address: String,
    suite: String,
    components: Vec<String>,
}

impl Source {
    /// The same mirror's source of another release, for every processor: `bookworm-updates` becomes `trixie-updates`.
    pub(crate) fn of_release(&self, own: &str, other: &str) -> Self {
        let suite = self.suite.strip_prefix(own).map_or_else(|| self.suite.clone(), |rest| format!("{other}{rest}"));
        let options = self.options.iter().filter(|(name, _)| name != "arch").cloned().collect();
        Self { options, suite, ..self.clone() }
    }

    /// The source as a line of a `.list` file; `kind` is `deb` or `deb-src`.
    pub(crate) fn line(&self, kind: &str) -> String {
        let options: Vec<String> = self.options.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let options = if options.is_empty() { String::new() } else { format!("[{}] ", options.join(" ")) };
        format!("{kind} {options}{} {} {}", self.address, self.suite, self.components.join(" "))
    }
}

/// The machine's own sources for `codename` (its updates and security suites included), in apt's order.
pub(crate) fn of_machine(codename: &str) -> Result<Vec<Source>> {
    let mut found = Vec::new();
    for path in files()? {
        let text = crate::folders::read(&path)?;
        let deb822 = path.extension().is_some_and(|extension| extension == "sources");
        found.extend(if deb822 { from_deb822(&text) } else { from_lines(&text) });
    }
    found.retain(|source| carries(source, codename));
    if found.is_empty() {
        return Err(Error::unmet(format!("the machine's apt configuration names no source of Debian {codename}")));
    }
    Ok(found)
}

/// Third-party sources (a vendor's own packages) carry neither the suite's name nor the component.
fn carries(source: &Source, codename: &str) -> bool {
    let suite = source.suite.as_str();
    let ours = suite == codename || suite.strip_prefix(codename).is_some_and(|rest| rest.starts_with(['-', '/']));
    ours && source.components.iter().any(|component| component == "main")
}

fn files() -> Result<Vec<PathBuf>> {
    let folder = Path::new("/etc/apt/sources.list.d");
    let mut paths = Vec::new();
    if folder.is_dir() {
        for entry in std::fs::read_dir(folder).map_err(Error::file("list", folder))? {
            let path = entry.map_err(Error::file("list", folder))?.path();
            if path.extension().is_some_and(|extension| extension == "sources" || extension == "list") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    let single = PathBuf::from("/etc/apt/sources.list");
    if single.is_file() {
        paths.insert(0, single);
    }
    Ok(paths)
}

/// Reads the one-line format: `deb [option=value ...] address suite component...`.
fn from_lines(text: &str) -> Vec<Source> {
    text.lines().filter_map(from_line).collect()
}

fn from_line(line: &str) -> Option<Source> {
    let line = line.split('#').next()?.trim();
    let rest = line.strip_prefix("deb")?;
    let rest = rest.strip_prefix([' ', '\t'])?.trim_start();
    let (options, rest) = match rest.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => ("", rest),
    };
    let options = options.split_whitespace().filter_map(|option| option.split_once('='));
    let mut words = rest.split_whitespace().map(str::to_owned);
    Some(Source {
        options: options.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
        address: words.next()?,
        suite: words.next()?,
        components: words.collect(),
    })
}

/// Reads the deb822 format: stanzas of `Field: value`, where a line that begins with white space continues the field above it.
fn from_deb822(text: &str) -> Vec<Source> {
    let mut stanzas: Vec<Vec<(String, String)>> = vec![Vec::new()];
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(stanza) = stanzas.last_mut() else {
            continue;
        };
        if line.trim().is_empty() {
            stanzas.push(Vec::new());
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = stanza.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            stanza.push((name.trim().to_lowercase(), value.trim().to_owned()));
        }
    }
    stanzas.iter().flat_map(|stanza| from_stanza(stanza)).collect()
}

fn from_stanza(stanza: &[(String, String)]) -> Vec<Source> {
    let field = |name: &str| stanza.iter().find(|(found, _)| found == name).map_or("", |(_, value)| value.as_str());
    let words = |name: &str| field(name).split_whitespace().map(str::to_owned).collect::<Vec<_>>();
    if !words("types").iter().any(|kind| kind == "deb") || field("enabled") == "no" {
        return Vec::new();
    }
    let mut sources = Vec::new();
    for address in words("uris") {
        for suite in words("suites") {
            sources.push(Source {
                options: options(&field),
                address: address.clone(),
                suite,
                components: words("components"),
            });
        }
    }
    sources
}

/// A key that is written out in the stanza itself has no one-line form; apt then falls back to the keys it trusts for all.
fn options<'text>(field: &impl Fn(&str) -> &'text str) -> Vec<(String, String)> {
    let named = OPTIONS.iter().map(|(long, short)| (*short, field(long)));
    let present = named.filter(|(_, value)| !value.is_empty() && !value.contains("BEGIN PGP"));
    present.map(|(name, value)| (name.to_owned(), value.split_whitespace().collect::<Vec<_>>().join(","))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deb822_stanza_gives_one_source_for_each_address_and_suite() {
        let text = "# comment\nTypes: deb deb-src\nURIs: http://mirror.example/debian\nSuites: bookworm bookworm-updates\n\
                    Components: main\n contrib\nSigned-By: /usr/share/keyrings/a.gpg\n\nTypes: deb-src\nURIs: http://other\nSuites: x\n";
        let lines: Vec<String> = from_deb822(text).iter().map(|source| source.line("deb-src")).collect();
        assert_eq!(
            lines,
            [
                "deb-src [signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm main contrib",
                "deb-src [signed-by=/usr/share/keyrings/a.gpg] http://mirror.example/debian bookworm-updates main contrib",
            ]
        );
    }

    #[test]
    fn a_one_line_source_keeps_its_options() {
        let text = "deb-src http://a b main\n deb http://no-leading-space-needed c main # tail\n# deb http://x y z\n\
                    deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main non-free\n";
        let lines: Vec<String> = from_lines(text).iter().map(|source| source.line("deb")).collect();
        assert_eq!(
            lines,
            [
                "deb http://no-leading-space-needed c main",
                "deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm main non-free",
            ]
        );
    }

    #[test]
    fn another_release_comes_from_the_same_mirror() {
        let source =
            from_line("deb [arch=amd64 trusted=yes] http://mirror.example/debian bookworm-updates main").unwrap();
        assert_eq!(
            source.of_release("bookworm", "trixie").line("deb"),
            "deb [trusted=yes] http://mirror.example/debian trixie-updates main"
        );
    }

    #[test]
    fn only_suites_of_the_running_release_are_kept() {
        let source = |suite: &str, component: &str| Source {
            options: Vec::new(),
            address: "http://mirror.example".to_owned(),
            suite: suite.to_owned(),
            components: vec![component.to_owned()],
        };
        assert!(carries(&source("bookworm", "main"), "bookworm"));
        assert!(carries(&source("bookworm-security", "main"), "bookworm"));
        assert!(carries(&source("bookworm/updates", "main"), "bookworm"));
        assert!(!carries(&source("bookworms", "main"), "bookworm"));
        assert!(!carries(&source("bookworm", "stable"), "bookworm"), "a vendor's component");
    }
}
