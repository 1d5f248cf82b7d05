//! A report as one page: no script, nothing that is fetched from anywhere, and fit for paper.

use super::words::Words;
use super::{text, timeline};
use sealer_cluster::report::{End, Report};

const STYLE: &str = include_str!("style.css");

/// The whole page.
pub(super) fn document(report: &Report, words: &Words) -> String {
    let title = format!("{}: {}", words.title, report.cluster);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<title>{}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
        words.language,
        escaped(&title),
        escaped(&title)
    );
    page.push_str(&verdict(report, words));
    section(&mut page, words.summary, &pairs(&text::summary(report, words)));
    if let Some(main) = report.main_delivery() {
        let picture = timeline::picture(main, words);
        section(&mut page, words.timeline, &(picture + &table(&text::steps(main, words), words)));
        for checked in &main.checks {
            let stage = text::stage(checked, words);
            let found = if checked.findings.is_empty() {
                format!("<p>{}</p>\n", words.nothing_found)
            } else {
                table(&text::findings(checked, words), words)
            };
            let count = format!("<p>{} {}</p>\n", checked.checks, words.made);
            section(&mut page, &format!("{} · {stage}", words.checks), &(count + &found));
        }
    }
    let accepted = text::accepted(report, words);
    if accepted.len() > 1 {
        section(&mut page, words.accepted, &table(&accepted, words));
    }
    section(&mut page, words.hosts, &table(&text::hosts(report, words), words));
    section(&mut page, words.certificates, &table(&text::certificates(report, words), words));
    section(&mut page, words.history, &table(&text::history(report, words), words));
    page + "</body>\n</html>\n"
}

/// The one thing that everybody looks for first.
fn verdict(report: &Report, words: &Words) -> String {
    let Some(main) = report.main_delivery() else { return String::new() };
    let class = if matches!(main.end, End::Done | End::AlreadyDone) { "good" } else { "bad" };
    format!("<p class=\"verdict {class}\">{}</p>\n", escaped(&text::result(main, words)))
}

fn section(page: &mut String, title: &str, body: &str) {
    page.push_str(&format!("<section>\n<h2>{}</h2>\n{body}</section>\n", escaped(title)));
}

fn pairs(rows: &[[String; 2]]) -> String {
    let row = |[word, value]: &[String; 2]| format!("<dt>{}</dt><dd>{}</dd>\n", escaped(word), escaped(value));
    format!("<dl>\n{}</dl>\n", rows.iter().map(row).collect::<String>())
}

/// A table; the first row names the columns.
fn table<const COLUMNS: usize>(rows: &[[String; COLUMNS]], words: &Words) -> String {
    let line = |cells: &[String; COLUMNS], tag: &str| {
        let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escaped(cell)));
        format!("<tr>{}</tr>\n", cells.collect::<String>())
    };
    match rows.split_first() {
        Some((head, rows)) if !rows.is_empty() => {
            let body: String = rows.iter().map(|cells| line(cells, "td")).collect();
            format!("<table>\n<thead>{}</thead>\n<tbody>\n{body}</tbody>\n</table>\n", line(head, "th"))
        }
        _ => format!("<p>{}</p>\n", words.none),
    }
}

/// Text that cannot be taken for markup.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Language;
    use sealer_cluster::report::{Checked, Delivered, Delivers, ReportedHost, Span};
    use sealer_model::Digest;
    use sealer_model::checks::{Finding, Severity, Stage};
    use sealer_model::cluster::Role;
    use sealer_model::journal::CertificateRecord;

    fn report() -> Report {
        let host = "10.0.0.1".parse().unwrap();
        let finding = Finding {
            id: "swap".into(),
            severity: Severity::Error,
            subject: "10.0.0.1".into(),
            found: "<script>alert(1)</script>".into(),
            why: String::new(),
            remedy: "turn it off".into(),
            fixable: false,
            fixed: false,
            ignored: true,
        };
        let span = |step: &str, start, milliseconds, end| Span { step: step.into(), host, start, milliseconds, end };
        let steps = vec![
            span("agent", 0, Some(1_000), End::Done),
            span("init", 1_000, Some(30_000), End::Failed("no".into())),
            span("join", 31_000, None, End::CutOff),
        ];
        Report {
            cluster: "c".into(),
            image: "docker.io/library/i:v1".into(),
            digest: Digest::of(b""),
            bytes: Some(1 << 30),
            kubernetes: Some("v1.28.4".into()),
            container_images: Some(7),
            registry: "https://sea.hub:5000".into(),
            hosts: vec![ReportedHost { address: host, role: Role::Master, found: None }],
            deliveries: vec![Delivered {
                verb: "run".into(),
                version: "v0.1.0".into(),
                began: "2026-01-01T10:00:00Z".into(),
                milliseconds: Some(72_800),
                end: End::Done,
                delivers: Some(Delivers {
                    image: "docker.io/library/i:v1".into(),
                    digest: Digest::of(b""),
                    kubernetes: Some("v1.28.4".into()),
                    kubernetes_before: Some("v1.27.9".into()),
                }),
                sent: 1 << 20,
                steps,
                checks: vec![Checked { stage: Stage::Before, checks: 100, findings: vec![finding] }],
            }],
            certificates: vec![CertificateRecord {
                host,
                path: "/etc/kubernetes/pki/ca.crt".into(),
                ends: 1_764_000_000,
            }],
        }
    }

    #[test]
    fn the_page_fetches_nothing_and_what_hosts_said_is_no_markup() {
        for language in [Language::En, Language::Zh] {
            let page = document(&report(), Words::of(language));
            for forbidden in ["<script", "src=", "href=", "@import", "url("] {
                assert!(!page.contains(forbidden), "{forbidden} in\n{page}");
            }
            assert!(page.contains("&lt;script&gt;alert(1)"), "{page}");
        }
    }

    #[test]
    fn everything_that_is_known_is_on_the_page() {
        let page = document(&report(), Words::of(Language::En));
        let known = ["docker.io/library/i:v1", "sha256:e3b0", "v1.28.4", "72.8 s", "10.0.0.1", "ignored", "2025-11-24"];
        for text in known.iter().chain(&[
            "Install the agent",
            "Join nodes",
            "100 checks made",
            "hsl(",
            "v1.27.9 → v1.28.4",
            "Deviations accepted",
        ]) {
            assert!(page.contains(text), "{text} is not in\n{page}");
        }
        let accepted = page.split("Deviations accepted").nth(1).unwrap();
        assert!(accepted.contains("&lt;script&gt;alert(1)"), "{accepted}");
        assert_eq!(page.matches("<rect").count(), 3);
        assert!(page.contains("class=\"bar failed\"") && page.contains("class=\"bar cut\""));
    }

    #[test]
    fn a_chinese_report_is_chinese() {
        let page = document(&report(), Words::of(Language::Zh));
        assert!(page.contains("<html lang=\"zh\">") && page.contains("交付报告") && page.contains("安装代理程序"));
        assert!(!page.contains("Delivery report"));
        assert!(text::document(&report(), Words::of(Language::Zh)).contains("证书"));
    }
}
