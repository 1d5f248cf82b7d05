//! The reference page of the Clusterfile, made from the table of fields.

use super::fields::{CLUSTER_PHASES, DOCUMENTS, HOST_PHASES};
use super::schema::description;
use super::shape::{DocumentShape, Field, Format, Shape};
use std::fmt::Write;

const HEAD: &str = "\
# Clusterfile

This page is made from the table of fields that also checks a Clusterfile; a test fails when it is stale. The same table gives
`clusterfile.schema.json` beside this page, with which editors complete names: put
`# yaml-language-server: $schema=<path or address of clusterfile.schema.json>` into the first line of a file.

A Clusterfile is one YAML file of several documents, with `---` between them. Unknown and misspelt fields, values that break
their rules, and contradictions are errors, told all at once with line and column before any host is touched:
`sealer clusterfile lint FILE`. `sealer clusterfile init` writes a new file from flags, and `sealer clusterfile convert FILE`
prints one of the first version as version 2.

In the tables, `[]` stands for the items of a list.
";

const PHASES: &str = "
Phases that run once, on the first master: ";

/// The page as Markdown.
#[must_use]
pub fn reference_page() -> String {
    let mut page = HEAD.to_owned();
    for document in &DOCUMENTS {
        section(&mut page, document);
    }
    page
}

fn section(page: &mut String, document: &DocumentShape) {
    let others = document.versions[1..].iter().map(|version| format!("`{version}`")).collect::<Vec<_>>().join(", ");
    let others = if others.is_empty() { others } else { format!(" (also read: {others})") };
    let DocumentShape { kind, about, versions, .. } = document;
    put(page, format_args!("\n## {kind}\n\n{about}.\n\n`apiVersion: {}`{others}\n", versions[0]));
    if document.many {
        page.push_str("\nA file may have several of them.\n");
    }
    if document.open {
        page.push_str(
            "\nFields that are not listed are handed on with a warning, because a newer Kubernetes may know them.\n",
        );
    }
    page.push_str("\n| field | value | meaning |\n|---|---|---|\n");
    rows(page, "", document.fields);
    if *kind == "Plugin" {
        let names = |phases: &[&str]| phases.iter().map(|phase| format!("`{phase}`")).collect::<Vec<_>>().join(", ");
        let (once, each) = (names(CLUSTER_PHASES), names(HOST_PHASES));
        put(page, format_args!("{PHASES}{once}. On each host of the scope: {each}.\n"));
    }
}

fn rows(page: &mut String, path: &str, fields: &[Field]) {
    for field in fields {
        let path = if path.is_empty() { field.name.to_owned() } else { format!("{path}.{}", field.name) };
        let required = if field.required { ", required" } else { "" };
        let meaning = description(field).replace('|', "\\|");
        put(page, format_args!("| `{path}` | {}{required} | {meaning} |\n", words(&field.shape)));
        below(page, &path, &field.shape);
    }
}

fn below(page: &mut String, path: &str, shape: &Shape) {
    match shape {
        Shape::Object(fields) | Shape::Open(fields) => rows(page, path, fields),
        Shape::List(item) => below(page, &format!("{path}[]"), item),
        _ => {}
    }
}

fn words(shape: &Shape) -> String {
    match shape {
        Shape::Text => "text".to_owned(),
        Shape::Secret => "secret".to_owned(),
        Shape::Formatted(format) => of_format(*format).to_owned(),
        Shape::Boolean => "`true` or `false`".to_owned(),
        Shape::Integer(0 | 1, 65535) => "port".to_owned(),
        Shape::Integer(i64::MIN, i64::MAX) => "whole number".to_owned(),
        Shape::Integer(least, most) => format!("{least} to {most}"),
        Shape::Number => "number".to_owned(),
        Shape::Choice(words) => {
            let words = words.iter().filter(|word| !word.is_empty()).map(|word| format!("`{word}`"));
            words.collect::<Vec<_>>().join(", ")
        }
        Shape::List(item) => format!("list of {}", words(item)),
        Shape::Map(item) => format!("map to {}", words(item)),
        Shape::Labels => "labels".to_owned(),
        Shape::Object(_) | Shape::Open(_) => "map".to_owned(),
        Shape::Arguments => "flags without dashes: a map, or a list of `name` and `value`".to_owned(),
        Shape::Anything => "anything".to_owned(),
    }
}

fn of_format(format: Format) -> &'static str {
    match format {
        Format::ClusterName | Format::Namespace => "DNS label",
        Format::Image => "image name",
        Format::Address => "IP address",
        Format::Addresses => "IP address, several with commas between, or a range",
        Format::Networks => "address range",
        Format::Variable => "name of a variable",
        Format::Pair => "`KEY=VALUE`",
        Format::Taint => "taint",
        Format::Domain => "domain name",
        Format::Host => "domain name or IP address",
        Format::RepositoryPath => "part of an image's name",
        Format::AbsolutePath => "absolute path",
        Format::RelativePath => "relative path",
        Format::Phases => "phases with `\\|` between",
        Format::Duration => "duration such as `1m30s`",
        Format::NotEmpty => "text",
    }
}

fn put(page: &mut String, text: std::fmt::Arguments<'_>) {
    page.write_fmt(text).expect("a string takes all that is written to it");
}
