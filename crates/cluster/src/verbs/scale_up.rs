//! `scale-up`: what `run` does, for a cluster that was made whole and gets more hosts.

use super::beforehand::{another_image, validate};
use super::delete;
use super::run::{Occasion, Ran, Run, deliver};
use crate::fleet::Access;
use crate::journal::Journal;
use crate::runner::carry_out;
use crate::{Error, Fleet, State};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::event::Listener;

/// Adds hosts to a cluster that was made whole: what `run` does, with the same steps, where the others find themselves done.
///
/// # Errors
/// As [`run`]; and when the cluster is not known, was never made whole, or the desired state differs in more than new hosts.
pub async fn scale_up(run: Run, listener: Listener) -> Result<Ran, Error> {
    validate(&run.cluster, &run.bundle, &run.access.secrets)?;
    let (state, former) = State::lock_existing(&run.root, &run.cluster.name)?;
    state.refuse_meanwhile(&former.name, &Occasion::ScaleUp.work(&run))?;
    if !Journal::ended_well(&state, "run")? {
        return Err(Error::NeverMade { cluster: former.name });
    }
    let stays = |member| run.cluster.members.contains(member);
    if !former.members.iter().all(stays) {
        return Err(Error::Exists { cluster: former.name, what: "hosts that would be gone".into() });
    }
    if former.image_digest != run.cluster.image_digest {
        return Err(Error::Exists { what: another_image(&former), cluster: former.name });
    }
    let joining = run.cluster.members.iter().filter(|member| !former.members.contains(member)).cloned().collect();
    clean_returning(Cluster { members: joining, ..former }, run.access.clone(), &state, listener.clone()).await?;
    deliver(Occasion::ScaleUp, run, state, false, listener).await
}

/// A host that was removed while it could not be reached comes back with all that it had, which neither Kubernetes nor etcd know any
/// more. It starts anew.
pub(super) async fn clean_returning(
    joining: Cluster,
    access: Access,
    state: &State,
    listener: Listener,
) -> Result<(), Error> {
    let (fleet, _) = Fleet::connect_some(joining.clone(), access.clone(), state, listener.clone()).await?;
    let facts = fleet.facts();
    let is_ours = |member: &Member| {
        facts.get(&member.address).is_some_and(|it| it.delivered && it.cluster.as_ref() == Some(&joining.name))
    };
    let members: Vec<Member> = joining.members.iter().filter(|member| is_ours(member)).cloned().collect();
    if members.is_empty() {
        return Ok(());
    }
    drop(fleet);
    let fleet = Fleet::connect(Cluster { members, ..joining }, access, state, listener).await?;
    carry_out(&fleet, &delete::stages_of_hosts()).await.map(drop)
}
