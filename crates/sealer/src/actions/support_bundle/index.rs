//! The page of a support bundle: what is in it, and what is not and why. One file that asks for nothing else.

/// One part, as the page lists it.
pub(super) struct Line {
    pub(super) path: String,
    pub(super) about: String,
    /// Its bytes, how many secrets were taken out, and how many bytes at its beginning were left out; or why it is not there.
    pub(super) outcome: Result<(usize, usize, usize), String>,
}

const STYLE: &str = "body{font:15px/1.5 sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}\
    table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #ddd}\
    td.n{text-align:right}";

/// The page.
pub(super) fn page(cluster: &str, began: &str, lines: &[Line]) -> String {
    let (held, missing): (Vec<_>, Vec<_>) = lines.iter().partition(|line| line.outcome.is_ok());
    let secrets: usize = held.iter().filter_map(|line| line.outcome.as_ref().ok()).map(|(_, removed, _)| removed).sum();
    let cluster = escaped(cluster);
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Support bundle of {cluster}</title>\
         <style>{STYLE}</style></head><body>\n<h1>Support bundle of {cluster}</h1>\n<p>Collected {}. {secrets} secrets were \
         taken out: passwords, tokens, keys, and whatever has such a name. Secrets of Kubernetes are named and not told.</p>\n\
         <h2>What is in it</h2>\n<table><tr><th>file</th><th>what it is</th><th>bytes</th><th>secrets</th><th>left out at \
         its beginning</th></tr>\n{}</table>\n<h2>What is not in it</h2>\n{}</body></html>\n",
        escaped(began),
        held.iter().map(|line| row(line)).collect::<String>(),
        absent(&missing),
    )
}

fn row(line: &Line) -> String {
    let (path, about) = (escaped(&line.path), escaped(&line.about));
    let Ok((bytes, removed, cut)) = line.outcome else { return String::new() };
    format!(
        "<tr><td><a href=\"./{path}\">{path}</a></td><td>{about}</td><td class=\"n\">{bytes}</td><td class=\"n\">{removed}</td>\
         <td class=\"n\">{cut}</td></tr>\n"
    )
}

fn absent(missing: &[&Line]) -> String {
    if missing.is_empty() {
        return "<p>Nothing is missing.</p>\n".to_owned();
    }
    let row = |line: &&Line| {
        let why = line.outcome.as_ref().err().map_or("", String::as_str);
        format!("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", escaped(&line.path), escaped(&line.about), escaped(why))
    };
    let rows: String = missing.iter().map(row).collect();
    format!("<table><tr><th>part</th><th>what it is</th><th>why</th></tr>\n{rows}</table>\n")
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
