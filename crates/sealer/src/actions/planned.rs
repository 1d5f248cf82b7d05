//! `sealer apply PLAN`: what `sealer plan` told, and nothing else.

use super::Context;
use super::access::access_again;
use super::resume::with_image;
use super::run::make;
use super::scale_up::Terms;
use crate::args::Login;
use crate::failure::Failure;
use sealer_cluster::{State, verbs};
use sealer_model::intention::Work;
use sealer_model::plan::PlannedDelivery;
use std::path::{Path, PathBuf};

const AGAIN: &str = "make the plan again: sealer plan --output json";

/// Carries out a plan, or says what has changed since it was made.
///
/// # Errors
/// When the file is no plan of this machine, hosts are not as they were found, or the delivery fails.
pub(super) async fn carry_out(path: PathBuf, login: Login, context: &Context) -> Result<(), Failure> {
    let root = &context.settings.root;
    let planned = read(&path)?;
    let other_machine = || {
        Failure::failed(format!("{}: it was not made on this machine, or with another --root", path.display()))
            .hint(AGAIN)
    };
    let intention = State::kept_plan(root, &planned.intention)?.ok_or_else(other_machine)?;
    let Work::Run { cluster } = intention.work else { return Err(other_machine()) };
    let (desired, terms) = (with_image(*cluster, context).await?, Terms::remembered(&intention.terms)?);
    let access = access_again(&desired.cluster, login, intention.terms.secrets, context).await?;
    let (cluster, listener) = (desired.cluster.clone(), context.listener.clone());
    let now = verbs::forecast(root, cluster, &desired.bundle, access.clone(), &terms.ignore, listener).await?;
    let changes = planned.forecast.changes(&now);
    if !changes.is_empty() {
        let mut failure = Failure::failed(format!("{}: hosts are not as they were when it was made", path.display()));
        failure.causes.extend(changes);
        return Err(failure.hint(AGAIN));
    }
    make(desired, access, terms, context).await
}

fn read(path: &Path) -> Result<PlannedDelivery, Failure> {
    let text =
        std::fs::read(path).map_err(|error| Failure::of(error).within(format!("cannot read {}", path.display())))?;
    serde_json::from_slice(&text)
        .map_err(|error| Failure::of(error).within(format!("{} is no plan", path.display())).hint(AGAIN))
}
