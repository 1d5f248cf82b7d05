//! The verbs that a journal tells of, each with its steps, its checks and its end. A verb that the next one follows without an end
//! was cut off.

use super::{Checked, Delivered, Delivers, End, Span};
use sealer_model::event::Outcome;
use sealer_model::journal::{Entry, Record};

/// All of them, oldest first. Checks that stopped a verb before it began are a verb of their own that failed.
pub(super) fn deliveries(records: &[Record]) -> Vec<Delivered> {
    let mut history = History::default();
    records.iter().for_each(|record| history.read(record));
    history.close_checks();
    history.deliveries
}

#[derive(Default)]
struct History {
    deliveries: Vec<Delivered>,
    /// Whether the last delivery has no end yet.
    open: bool,
    /// Checks before a verb that has not begun yet.
    checked: Option<(String, Checked)>,
    /// The Kubernetes version that was delivered last and whole.
    runs: Option<String>,
}

impl History {
    fn read(&mut self, record: &Record) {
        match &record.entry {
            Entry::Began { verb, version, .. } => self.begin(verb, version, &record.at),
            Entry::Checked { stage, checks, findings } => {
                let checked = Checked { stage: *stage, checks: *checks, findings: findings.clone() };
                self.check(checked, &record.at);
            }
            Entry::Delivers { image, digest, kubernetes, .. } => {
                let before = self.runs.clone();
                self.change(|last| {
                    let (image, digest, kubernetes) = (image.clone(), digest.clone(), kubernetes.clone());
                    last.delivers = Some(Delivers { image, digest, kubernetes, kubernetes_before: before });
                });
            }
            Entry::Sent { bytes, .. } => self.change(|last| last.sent += bytes),
            Entry::StepStarted { step, host } if self.open => self.change(|last| {
                let start = between(&last.began, &record.at);
                let (step, host) = (step.clone(), *host);
                last.steps.push(Span { step, host, start, milliseconds: None, end: End::CutOff });
            }),
            Entry::StepEnded { step, host, outcome } if self.open => self.change(|last| {
                let at = between(&last.began, &record.at);
                let open = |span: &&mut Span| span.milliseconds.is_none() && span.step == *step && span.host == *host;
                if let Some(span) = last.steps.iter_mut().rfind(open) {
                    span.milliseconds = Some(at - span.start);
                    span.end = end(outcome);
                }
            }),
            Entry::Ended { outcome, .. } => self.conclude(outcome, &record.at),
            // a step outside of a verb put the agent there for somebody who only looked
            Entry::StepStarted { .. }
            | Entry::StepEnded { .. }
            | Entry::Command { .. }
            | Entry::Certificates { .. } => {}
        }
    }

    fn conclude(&mut self, outcome: &Outcome, at: &str) {
        self.change(|last| {
            last.milliseconds = Some(between(&last.began, at));
            last.end = end(outcome);
        });
        self.open = false;
        let last = self.deliveries.last().filter(|last| last.ended_well());
        if let Some(delivers) = last.and_then(|last| last.delivers.as_ref()) {
            self.runs.clone_from(&delivers.kubernetes);
        }
    }

    fn begin(&mut self, verb: &str, version: &str, at: &str) {
        let before = self.checked.take().map(|(_, checked)| checked);
        self.deliveries.push(Delivered {
            verb: verb.to_owned(),
            version: version.to_owned(),
            began: at.to_owned(),
            milliseconds: None,
            end: End::CutOff,
            delivers: None,
            sent: 0,
            steps: Vec::new(),
            checks: before.into_iter().collect(),
        });
        self.open = true;
    }

    /// Checks before a verb are recorded before it begins, those after it inside of it.
    fn check(&mut self, checked: Checked, at: &str) {
        use sealer_model::checks::Stage;
        if checked.stage == Stage::After && self.open {
            return self.change(|last| last.checks.push(checked));
        }
        self.close_checks();
        self.checked = Some((at.to_owned(), checked));
    }

    fn close_checks(&mut self) {
        let Some((at, checked)) = self.checked.take() else { return };
        let blocking = checked.findings.iter().filter(|finding| finding.blocks()).count();
        self.begin("check", "", &at);
        self.change(|last| {
            last.milliseconds = Some(0);
            last.end = if blocking > 0 { End::Failed(format!("{blocking} checks stopped it")) } else { End::Done };
            last.checks.push(checked);
        });
        self.open = false;
    }

    fn change(&mut self, change: impl FnOnce(&mut Delivered)) {
        if let Some(last) = self.deliveries.last_mut() {
            change(last);
        }
    }
}

fn end(outcome: &Outcome) -> End {
    match outcome {
        Outcome::Done => End::Done,
        Outcome::AlreadyDone => End::AlreadyDone,
        Outcome::Failed(why) => End::Failed(why.clone()),
    }
}

/// Milliseconds between two times; none where one of them is no time.
fn between(from: &str, to: &str) -> i64 {
    let at = |text: &str| text.parse::<jiff::Timestamp>().map(|time| time.as_millisecond());
    match (at(from), at(to)) {
        (Ok(from), Ok(to)) => to - from,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Report;
    use super::*;
    use sealer_model::journal::read;

    /// A run that checks stopped, one that was killed in a step, one that went through.
    const JOURNAL: &str = r#"
{"at":"2026-01-01T09:59:00Z","record":"checked","stage":"before","checks":100,"findings":[{"id":"swap","severity":"error","subject":"10.0.0.1","found":"swap is on","why":"w","remedy":"r"}]}
{"at":"2026-01-01T10:00:00Z","record":"checked","stage":"before","checks":100,"findings":[]}
{"at":"2026-01-01T10:00:00Z","record":"began","verb":"run","plan":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","version":"v0.1.0"}
{"at":"2026-01-01T10:00:01Z","record":"step-started","step":"agent","host":"10.0.0.1"}
{"at":"2026-01-01T10:00:03.5Z","record":"step-ended","step":"agent","host":"10.0.0.1","outcome":"done"}
{"at":"2026-01-01T10:00:04Z","record":"step-started","step":"send-image","host":"10.0.0.1"}
{"at":"2026-01-01T11:00:00Z","record":"checked","stage":"before","checks":100,"findings":[]}
{"at":"2026-01-01T11:00:00Z","record":"began","verb":"run","plan":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","version":"v0.1.0"}
{"at":"2026-01-01T11:00:00Z","record":"step-started","step":"send-image","host":"10.0.0.1"}
{"at":"2026-01-01T11:00:05Z","record":"sent","step":"send-image","host":"10.0.0.1","bytes":7}
{"at":"2026-01-01T11:00:05Z","record":"step-ended","step":"send-image","host":"10.0.0.1","outcome":"done"}
{"at":"2026-01-01T11:00:06Z","record":"certificates","certificates":[{"host":"10.0.0.1","path":"/b","ends":9},{"host":"10.0.0.1","path":"/a","ends":5}]}
{"at":"2026-01-01T11:00:06Z","record":"checked","stage":"after","checks":30,"findings":[]}
{"at":"2026-01-01T11:00:07Z","record":"ended","verb":"run","outcome":"done"}
"#;

    #[test]
    fn every_verb_is_told_with_its_steps_and_its_end() {
        let records = read(JOURNAL.trim_start()).unwrap();
        let report = Report::of(&crate::step::tests::cluster(&["10.0.0.1"], &[]), &records);
        let told: Vec<(&str, &End, usize, Option<i64>)> =
            report.deliveries.iter().map(|it| (it.verb.as_str(), &it.end, it.checks.len(), it.milliseconds)).collect();
        let stopped = End::Failed("1 checks stopped it".into());
        let expected =
            [("check", &stopped, 1, Some(0)), ("run", &End::CutOff, 1, None), ("run", &End::Done, 2, Some(7_000))];
        assert_eq!(told, expected);
        let steps = &report.deliveries[1].steps;
        assert_eq!((steps[0].start, steps[0].milliseconds, &steps[0].end), (1_000, Some(2_500), &End::Done));
        assert_eq!((steps[1].milliseconds, &steps[1].end), (None, &End::CutOff));
        assert_eq!(report.deliveries[2].sent, 7);
        assert_eq!(report.main_delivery().unwrap().began, "2026-01-01T11:00:00Z");
        let ends: Vec<&str> = report.certificates.iter().map(|it| it.path.as_str()).collect();
        assert_eq!(ends, ["/a", "/b"]);
    }

    #[test]
    fn checks_that_only_put_something_right_were_not_cut_off() {
        let fixed = r#"{"at":"2026-01-01T09:59:00Z","record":"checked","stage":"before","checks":100,"findings":[{"id":"swap","severity":"error","subject":"10.0.0.1","found":"swap is on","why":"w","remedy":"r","fixed":true}]}"#;
        let report =
            Report::of(&crate::step::tests::cluster(&["10.0.0.1"], &[]), &read(&format!("{fixed}\n")).unwrap());
        let told: Vec<(&str, &End)> = report.deliveries.iter().map(|it| (it.verb.as_str(), &it.end)).collect();
        assert_eq!(told, [("check", &End::Done)]);
    }

    /// A run of v1.27.0, and an upgrade to v1.28.0 that failed.
    fn upgraded(outcome: &str) -> Vec<Record> {
        let (v1, v2) = (sealer_model::Digest::of(b""), sealer_model::Digest::of(b"v2"));
        let delivers = |image: &str, digest: &sealer_model::Digest, version: &str, at: &str| {
            format!(
                r#"{{"at":"{at}","record":"delivers","image":"{image}","digest":"{digest}","bytes":{},"kubernetes":"{version}","container_images":1,"hosts":[]}}"#,
                version.len()
            )
        };
        let began = |verb: &str, at: &str| {
            format!(r#"{{"at":"{at}","record":"began","verb":"{verb}","plan":"{v1}","version":"v0.1.0"}}"#)
        };
        let step = |step: &str, at: &str| {
            let start = format!(r#"{{"at":"{at}","record":"step-started","step":"{step}","host":"10.0.0.1"}}"#);
            let end =
                format!(r#"{{"at":"{at}","record":"step-ended","step":"{step}","host":"10.0.0.1","outcome":"done"}}"#);
            format!("{start}\n{end}")
        };
        let lines = [
            began("run", "2026-01-01T10:00:00Z"),
            delivers("i:v1", &v1, "v1.27.0", "2026-01-01T10:00:00Z"),
            step("agent", "2026-01-01T10:00:01Z"),
            step("init", "2026-01-01T10:00:02Z"),
            r#"{"at":"2026-01-01T10:00:03Z","record":"ended","verb":"run","outcome":"done"}"#.to_owned(),
            began("upgrade", "2026-01-02T10:00:00Z"),
            delivers("i:v2", &v2, "v1.28.0", "2026-01-02T10:00:00Z"),
            step("agent", "2026-01-02T10:00:01Z"),
            format!(r#"{{"at":"2026-01-02T10:00:03Z","record":"ended","verb":"upgrade","outcome":{outcome}}}"#),
        ];
        read(&(lines.join("\n") + "\n")).unwrap()
    }

    #[test]
    fn after_an_upgrade_that_failed_the_cluster_is_what_it_was_and_the_failure_is_what_is_told() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let report = Report::of(&cluster, &upgraded(r#"{"failed":"no room"}"#));
        assert_eq!(report.kubernetes.as_deref(), Some("v1.27.0"), "the image of the state is the former one");
        let main = report.main_delivery().unwrap();
        assert_eq!((main.verb.as_str(), &main.end), ("upgrade", &End::Failed("no room".into())));
        let versions = |delivered: &Delivered| {
            let delivers = delivered.delivers.clone().unwrap();
            [delivers.kubernetes_before.unwrap_or_default(), delivers.kubernetes.unwrap_or_default()]
        };
        let told: Vec<[String; 2]> = report.deliveries.iter().map(versions).collect();
        assert_eq!(told, [["", "v1.27.0"], ["v1.27.0", "v1.28.0"]]);
    }

    #[test]
    fn a_delivery_that_found_everything_done_is_not_the_one_to_tell_of() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &[]);
        let image = sealer_model::Digest::of(b"v2");
        let cluster = cluster.with_image("i:v2".parse().unwrap(), image);
        let mut records = upgraded(r#""done""#);
        let again = r#"
{"at":"2026-01-03T10:00:00Z","record":"began","verb":"run","plan":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","version":"v0.1.0"}
{"at":"2026-01-03T10:00:01Z","record":"step-started","step":"agent","host":"10.0.0.1"}
{"at":"2026-01-03T10:00:01Z","record":"step-ended","step":"agent","host":"10.0.0.1","outcome":"already-done"}
{"at":"2026-01-03T10:00:07Z","record":"ended","verb":"run","outcome":"done"}
"#;
        records.extend(read(again.trim_start()).unwrap());
        let report = Report::of(&cluster, &records);
        assert_eq!(report.kubernetes.as_deref(), Some("v1.28.0"));
        assert_eq!(report.main_delivery().unwrap().verb, "upgrade");
    }

    #[test]
    fn a_cluster_without_a_journal_has_a_report_without_deliveries() {
        let report = Report::of(&crate::step::tests::cluster(&["10.0.0.1"], &[]), &[]);
        assert_eq!((report.deliveries.len(), report.hosts.len(), report.main_delivery()), (0, 1, None));
    }
}
