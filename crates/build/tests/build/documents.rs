//! The page about Kubefiles says what is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const KEYWORDS: [&str; 17] = [
    "FROM",
    "COPY",
    "ADD",
    "RUN",
    "ARG",
    "ENV",
    "LABEL",
    "MAINTAINER",
    "APP",
    "CNI",
    "CSI",
    "APPCMDS",
    "APPENV",
    "LAUNCH",
    "CMDS",
    "CMD",
    "KUBEVERSION",
];

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn page() -> String {
    fs::read_to_string(repository().join("docs/reference/kubefile.md")).unwrap()
}

/// The rows of the table below a heading, cell by cell; a bar behind a backslash is text.
fn rows(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split_once(&format!("{heading}\n")).unwrap().1;
    let table = section.lines().skip_while(|line| !line.starts_with('|')).take_while(|line| line.starts_with('|'));
    let cells = |line: &str| {
        let line = line.replace("\\|", "\0");
        line.trim_matches('|').split('|').map(|cell| cell.trim().replace('\0', "|")).collect()
    };
    table.skip(2).map(cells).collect()
}

/// The names of all tests below a folder.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "target") {
                tests(&path, found);
            }
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let mut is_test = false;
            for line in text.lines().map(str::trim) {
                if let Some(name) = line.trim_start_matches("async ").strip_prefix("fn ").filter(|_| is_test) {
                    found.extend(name.split('(').next().map(str::to_owned));
                }
                is_test = line == "#[test]" || line.starts_with("#[tokio::test");
            }
        }
    }
}

#[test]
fn every_row_of_what_the_go_sealer_does_wrong_is_shown_by_a_test() {
    let mut known = BTreeSet::new();
    tests(&repository().join("crates"), &mut known);
    let rows = rows(&page(), "## What the Go sealer does silently wrong");
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        assert_eq!(row.len(), 4, "{row:?}");
        let test = row[3].trim_matches('`');
        assert!(known.contains(test), "{}: there is no test {test}", row[0]);
    }
}

#[test]
fn every_instruction_is_described_and_no_other() {
    let words = rows(&page(), "## Instructions").into_iter().map(|row| row[0].clone());
    let keyword = |text: &str| {
        let word = text.trim_start_matches('`').split(|letter: char| !letter.is_ascii_uppercase()).next().unwrap();
        word.to_owned()
    };
    let described: BTreeSet<String> =
        words.flat_map(|cell| cell.split(", `").map(keyword).collect::<Vec<String>>()).collect();
    assert_eq!(described, KEYWORDS.iter().map(|word| (*word).to_owned()).collect());
    for word in KEYWORDS {
        let error = sealer_model::kubefile::Kubefile::parse("Kubefile", &format!("FROM scratch\n{word}\n"));
        let error = error.err().map(|error| error.to_string()).unwrap_or_default();
        assert!(!error.contains("is not supported"), "{word}: {error}");
    }
}
