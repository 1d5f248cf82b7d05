//! Findings as JUnit's XML, which systems that run jobs show as tests: every check is a test, every finding a failure of it.
//! Warnings and what is ignored are told in the test's output and let it pass.

use sealer_cluster::checks::registry;
use sealer_model::checks::{Finding, Stage};
use std::fmt::Write;

/// What one test is called.
struct Test<'a> {
    id: &'a str,
    title: &'a str,
    why: &'a str,
}

/// The document.
pub(super) fn document(stage: Stage, findings: &[Finding]) -> String {
    let tests = tests(stage, findings);
    let failed = |test: &&Test<'_>| of(test, findings).any(Finding::blocks);
    let failures = tests.iter().filter(failed).count();
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let count = tests.len();
    put(&mut text, format_args!("<testsuite name=\"sealer check\" tests=\"{count}\" failures=\"{failures}\">\n"));
    tests.iter().for_each(|test| case(&mut text, test, findings));
    text.push_str("</testsuite>\n");
    text
}

/// The checks of the stage, and those that the image brings: of these only what they found is known here.
fn tests(stage: Stage, findings: &[Finding]) -> Vec<Test<'_>> {
    let checks = registry().filter(|check| check.stage == stage);
    let mut tests: Vec<Test<'_>> =
        checks.map(|check| Test { id: check.id, title: check.title, why: check.why }).collect();
    for finding in findings {
        if tests.iter().all(|test| test.id != finding.id) {
            tests.push(Test { id: &finding.id, title: &finding.id, why: &finding.why });
        }
    }
    tests
}

fn of<'a>(test: &Test<'a>, findings: &'a [Finding]) -> impl Iterator<Item = &'a Finding> {
    let id = test.id;
    findings.iter().filter(move |finding| finding.id == id)
}

fn case(text: &mut String, test: &Test<'_>, findings: &[Finding]) {
    put(text, format_args!("  <testcase classname=\"{}\" name=\"{}\"", test.id, escaped(test.title)));
    let lines =
        |findings: Vec<&Finding>| findings.iter().map(|it| format!("{it}; {}\n", it.remedy)).collect::<String>();
    let (blocking, others): (Vec<_>, Vec<_>) = of(test, findings).partition(|finding| finding.blocks());
    if blocking.is_empty() && others.is_empty() {
        return text.push_str("/>\n");
    }
    text.push_str(">\n");
    if !blocking.is_empty() {
        let (message, lines) = (escaped(test.why), escaped(&lines(blocking)));
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

    fn finding(id: &str, severity: Severity) -> Finding {
        Finding {
            id: id.into(),
            severity,
            subject: "10.0.0.1".into(),
            found: "a < b & \"c\"".into(),
            why: String::new(),
            remedy: "mend it".into(),
            fixable: false,
            fixed: false,
            ignored: false,
        }
    }

    #[test]
    fn errors_fail_their_test_and_warnings_are_told() {
        let findings = [finding("swap", Severity::Error), finding("ufw", Severity::Warning)];
        let text = document(Stage::Before, &findings);
        assert!(text.contains("failures=\"1\""), "{text}");
        let failure = text.lines().find(|line| line.contains("<failure")).unwrap();
        assert!(failure.contains("10.0.0.1: a &lt; b &amp; &quot;c&quot;; mend it"), "{failure}");
        assert!(text.contains("<system-out>10.0.0.1"), "{text}");
        let checks = registry().filter(|it| it.stage == Stage::Before).map(|it| it.id);
        let known: std::collections::BTreeSet<&str> = checks.chain(["ufw"]).collect();
        assert_eq!(text.matches("<testcase").count(), known.len());
    }

    #[test]
    fn what_the_checks_of_an_image_find_fails_a_test_of_its_own() {
        let findings = [finding("image/shop", Severity::Error), finding("image/shop", Severity::Error)];
        let text = document(Stage::After, &findings);
        assert!(text.contains("failures=\"1\""), "{text}");
        assert_eq!(text.matches("<testcase classname=\"image/shop\"").count(), 1, "{text}");
        assert_eq!(text.matches("10.0.0.1: a").count(), 2, "{text}");
    }
}
