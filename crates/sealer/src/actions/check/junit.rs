//! Findings as JUnit's XML, which systems that run jobs show as tests: every check is a test, every finding a failure of it.
//! Warnings and what is ignored are told in the test's output and let it pass.

use sealer_cluster::checks::{Check, registry};
use sealer_model::checks::{Finding, Stage};
use std::fmt::Write;

/// The document.
pub(super) fn document(stage: Stage, findings: &[Finding]) -> String {
    let checks: Vec<&Check> = registry().filter(|check| check.stage == stage).collect();
    let failed = |check: &&&Check| of(check, findings).any(Finding::blocks);
    let failures = checks.iter().filter(failed).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let count = checks.len();
    put(&mut text, format_args!("<testsuite name=\"sealer check\" tests=\"{count}\" failures=\"{failures}\">\n"));
    checks.iter().for_each(|check| case(&mut text, check, findings));
    text.push_str("</testsuite>\n");
    text
}

fn of<'a>(check: &Check, findings: &'a [Finding]) -> impl Iterator<Item = &'a Finding> {
    let id = check.id;
    findings.iter().filter(move |finding| finding.id == id)
}

fn case(text: &mut String, check: &Check, findings: &[Finding]) {
    put(text, format_args!("  <testcase classname=\"{}\" name=\"{}\"", check.id, escaped(check.title)));
    let lines =
        |findings: Vec<&Finding>| findings.iter().map(|it| format!("{it}; {}\n", it.remedy)).collect::<String>();
    let (blocking, others): (Vec<_>, Vec<_>) = of(check, findings).partition(|finding| finding.blocks());
    if blocking.is_empty() && others.is_empty() {
        return text.push_str("/>\n");
    }
    text.push_str(">\n");
    if !blocking.is_empty() {
        let (message, lines) = (escaped(check.why), escaped(&lines(blocking)));
        put(text, format_args!("    <failure message=\"{message}\">{lines}</failure>\n"));
    }
    if !others.is_empty() {
        put(text, format_args!("    <system-out>{}</system-out>\n", escaped(&lines(others))));
    }
    text.push_str("  </testcase>\n");
}

/// Text that cannot be taken for markup; characters that XML has no place for are left out.
fn escaped(text: &str) -> String {
    let allowed = text.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t'));
    allowed.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn put(text: &mut String, words: std::fmt::Arguments<'_>) {
    text.write_fmt(words).expect("a string takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::checks::Severity;

    #[test]
    fn errors_fail_their_test_and_warnings_are_told() {
        let finding = |id: &str, severity| Finding {
            id: id.into(),
            severity,
            subject: "10.0.0.1".into(),
            found: "a < b & \"c\"".into(),
            why: String::new(),
            remedy: "mend it".into(),
            fixable: false,
            fixed: false,
            ignored: false,
        };
        let findings = [finding("swap", Severity::Error), finding("ufw", Severity::Warning)];
        let text = document(Stage::Before, &findings);
        assert!(text.contains("failures=\"1\""), "{text}");
        let failure = text.lines().find(|line| line.contains("<failure")).unwrap();
        assert!(failure.contains("10.0.0.1: a &lt; b &amp; &quot;c&quot;; mend it"), "{failure}");
        assert!(text.contains("<system-out>10.0.0.1"), "{text}");
        assert_eq!(text.matches("<testcase").count(), registry().filter(|it| it.stage == Stage::Before).count());
    }
}
