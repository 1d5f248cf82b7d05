//! Events in words. Pure, so that what people read can be tested.

use crate::output::{duration, size};
use crate::settings::Verbosity;
use anstyle::{AnsiColor, Style};
use sealer_model::event::{Event, Outcome, Transfer};
use std::time::Duration;

/// The line for an event, if it deserves one.
pub(super) fn line(event: &Event, verbosity: Verbosity, colour: bool) -> Option<String> {
    match event {
        Event::Warning { text } => Some(format!("{}: {text}", warning(colour))),
        _ if verbosity == Verbosity::Quiet => None,
        Event::Stage { title } => Some(title.clone()),
        Event::StepEnded { title, host, outcome, milliseconds, .. } => {
            let time = duration(Duration::from_millis(*milliseconds));
            Some(format!("{}: {}", step(host, title), ending(outcome, &time)))
        }
        Event::Bytes { transfer, done, total } if Some(*done) == *total => {
            Some(format!("{}: {}", moved(transfer), size(*done)))
        }
        Event::StepStarted { title, host, .. } if verbosity == Verbosity::Debug => {
            Some(format!("{}: started", step(host, title)))
        }
        Event::Line { host, program, text } if verbosity == Verbosity::Debug => {
            Some(format!("{host}  {program} | {text}"))
        }
        Event::Printed { program, text } => Some(format!("{program} | {text}")),
        Event::StepStarted { .. } | Event::Bytes { .. } | Event::Line { .. } => None,
    }
}

/// A step on a host.
pub(super) fn step(host: &str, title: &str) -> String {
    format!("{host}  {title}")
}

/// What a transfer moves, and where.
pub(super) fn moved(transfer: &Transfer) -> String {
    let host = transfer.host.as_ref().map(|host| format!("{host}  ")).unwrap_or_default();
    let blob = transfer.digest.as_ref().map(|digest| format!(" {}", digest.short()));
    format!("{host}{}{}", transfer.title, blob.unwrap_or_default())
}

fn ending(outcome: &Outcome, time: &str) -> String {
    match outcome {
        Outcome::AlreadyDone => "already done".to_owned(),
        Outcome::Done => format!("done in {time}"),
        Outcome::Failed(causes) => format!("failed after {time}: {causes}"),
    }
}

fn warning(colour: bool) -> String {
    let yellow = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    let style = if colour { yellow } else { Style::new() };
    format!("{style}warning{style:#}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Digest;

    fn ended(outcome: Outcome) -> Event {
        Event::StepEnded {
            step: "containerd".into(),
            title: "Install containerd".into(),
            host: "10.0.0.1".into(),
            outcome,
            milliseconds: 3200,
        }
    }

    fn normal(event: &Event) -> Option<String> {
        line(event, Verbosity::Normal, false)
    }

    #[test]
    fn a_step_is_told_when_it_ends() {
        let told = |outcome| normal(&ended(outcome)).unwrap();
        assert_eq!(told(Outcome::Done), "10.0.0.1  Install containerd: done in 3.2 s");
        assert_eq!(told(Outcome::AlreadyDone), "10.0.0.1  Install containerd: already done");
        assert_eq!(
            told(Outcome::Failed("disk full".into())),
            "10.0.0.1  Install containerd: failed after 3.2 s: disk full"
        );
    }

    #[test]
    fn a_transfer_is_told_once_when_it_is_whole() {
        let digest = Digest::of(b"x");
        let transfer = Transfer { title: "pull nginx".into(), host: None, digest: Some(digest.clone()) };
        let bytes = |done| Event::Bytes { transfer: transfer.clone(), done, total: Some(2000) };
        assert_eq!(normal(&bytes(1000)), None);
        assert_eq!(normal(&bytes(2000)), Some(format!("pull nginx {}: 2.00 kB", digest.short())));
    }

    #[test]
    fn quiet_leaves_only_warnings() {
        let warning = Event::Warning { text: "careful".into() };
        assert_eq!(line(&warning, Verbosity::Quiet, false).as_deref(), Some("warning: careful"));
        assert_eq!(line(&ended(Outcome::Done), Verbosity::Quiet, false), None);
    }

    #[test]
    fn what_programs_print_is_for_debugging() {
        let event = Event::Line { host: "10.0.0.1".into(), program: "kubeadm init".into(), text: "[certs] ok".into() };
        assert_eq!(normal(&event), None);
        assert_eq!(line(&event, Verbosity::Debug, false).as_deref(), Some("10.0.0.1  kubeadm init | [certs] ok"));
    }
}
