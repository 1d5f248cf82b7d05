//! `check --watch`: the same checks again and again; what is told is what has changed.

use super::Asked;
use crate::actions::Context;
use crate::args::CheckFormat;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::signals::Signals;
use sealer_model::checks::Finding;
use serde::Serialize;
use std::time::Duration;

/// Something that is other than it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "change", content = "finding", rename_all = "kebab-case")]
enum Change {
    /// It was not there before.
    New(Finding),
    /// It is not there any more.
    Gone(Finding),
}

/// A change with its time.
#[derive(Serialize)]
struct Told<'a> {
    at: String,
    #[serde(flatten)]
    change: &'a Change,
}

/// Checks until somebody ends it, which is no failure. A check that cannot be made is told, once, and made again later.
///
/// # Errors
/// When standard output cannot be written to.
pub(super) async fn watch(
    asked: &Asked,
    seconds: u64,
    format: CheckFormat,
    context: &Context,
) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()?;
    let mut former: Option<Vec<Finding>> = None;
    let mut trouble: Option<Failure> = None;
    loop {
        let looked = tokio::select! {
            looked = asked.look(context) => looked,
            () = signals.asked_to_end() => return Ok(Exit::Done),
        };
        match looked {
            Ok(findings) => {
                tell(former.as_deref(), &findings, format)?;
                (former, trouble) = (Some(findings), None);
            }
            Err(failure) if trouble.as_ref() == Some(&failure) => {}
            Err(failure) => {
                context.listener.warn(format!("cannot check: {}", failure.causes.join(": ")));
                trouble = Some(failure);
            }
        }
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            () = signals.asked_to_end() => return Ok(Exit::Done),
        }
    }
}

fn tell(former: Option<&[Finding]>, now: &[Finding], format: CheckFormat) -> Result<(), Failure> {
    let at = jiff::Timestamp::now().to_string();
    let at = at.split('.').next().unwrap_or(&at).to_owned() + "Z";
    if former.is_none() && now.is_empty() && format != CheckFormat::Json {
        return output::print(format!("{at} no problems found\n"));
    }
    for change in &changes(former.unwrap_or_default(), now) {
        let line = match format {
            CheckFormat::Json => serde_json::to_string(&Told { at: at.clone(), change })?,
            _ => words(&at, change),
        };
        output::print(line + "\n")?;
    }
    Ok(())
}

fn words(at: &str, change: &Change) -> String {
    match change {
        Change::New(it) => format!("{at} {} {it}; {} [{}]", super::state(it), it.remedy, it.id),
        Change::Gone(it) => format!("{at} over {it} [{}]", it.id),
    }
}

/// A finding is the same as long as check and place are: counts in its text may grow.
fn changes(former: &[Finding], now: &[Finding]) -> Vec<Change> {
    let has = |all: &[Finding], one: &Finding| all.iter().any(|it| (&it.id, &it.subject) == (&one.id, &one.subject));
    let gone = former.iter().filter(|it| !has(now, it)).cloned().map(Change::Gone);
    let new = now.iter().filter(|it| !has(former, it)).cloned().map(Change::New);
    gone.chain(new).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::checks::Severity;

    fn finding(id: &str, subject: &str, found: &str) -> Finding {
        Finding {
            id: id.into(),
            severity: Severity::Error,
            subject: subject.into(),
            found: found.into(),
            why: String::new(),
            remedy: "mend it".into(),
            fixable: false,
            fixed: false,
            ignored: false,
        }
    }

    #[test]
    fn only_what_came_and_what_went_is_told() {
        let stays = |count: &str| finding("pod-crashing", "Pod a/b", count);
        let (came, went) = (finding("node-not-ready", "Node n", "x"), finding("dns", "10.0.0.1", "y"));
        let told = changes(&[stays("3 restarts"), went.clone()], &[stays("4 restarts"), came.clone()]);
        assert_eq!(told, [Change::Gone(went), Change::New(came.clone())]);
        assert_eq!(words("T", &told[1]), "T error Node n: x; mend it [node-not-ready]");
        assert_eq!(changes(std::slice::from_ref(&came), std::slice::from_ref(&came)), []);
    }
}
