//! Each verb that changes a cluster is killed with -9 at random and given again, to its end; then everything has to be as it is after a verb
//! that nobody disturbed. The moments follow from a seed, which is printed and may be given: `SEALER_TEST_SEED=17`.

mod ends;
mod moment;
mod trial;

use std::time::{Duration, Instant};

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::folders;
use crate::parts::KUBERNETES_VERSION;
use crate::scenarios::Scenario;
use crate::scenarios::scale::of;
use crate::scenarios::snapshot::Snapshot;
use crate::scenarios::upgrade::{self, NEXT_IMAGE, NEXT_VERSION};
use trial::{Trial, Verb};

/// kill -9, whatever sealer does.
#[derive(Debug)]
pub(crate) enum Killed {
    /// While a cluster is made, moved to another image and back, enlarged and removed.
    Making,
    /// While a cluster that is there gets names, certificates, a backup, goes back to it, loses a node and is removed.
    Keeping,
}

impl Scenario for Killed {
    fn title(&self) -> &'static str {
        match self {
            Self::Making => {
                "each verb that makes a cluster is killed at random, and given again it leads to the same end"
            }
            Self::Keeping => {
                "each verb that keeps a cluster is killed at random, and given again it leads to the same end"
            }
        }
    }

    fn hosts(&self) -> (usize, usize) {
        (2, 2)
    }

    fn is_long(&self) -> bool {
        true
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let started = Instant::now();
        let bare = Snapshot::take_all(delivery)?;
        let stage = Stage::new(delivery)?;
        let mut trial = Trial::new(delivery)?;
        let lived = match self {
            Self::Making => stage.making(&mut trial),
            Self::Keeping => stage.keeping(&mut trial),
        };
        let ended = lived.and_then(|()| stage.gone(&mut trial, &bare));
        trial.tell();
        println!("    all of it took {:.0?}", started.elapsed());
        ended
    }
}

/// The cluster in its sizes: as it is made, with a further master and node, and without the further node.
struct Stage {
    small: Delivery,
    large: Delivery,
    without: Delivery,
    joining: [String; 2],
}

impl Stage {
    fn new(delivery: &Delivery) -> Result<Self> {
        let [first, second, node, other] = delivery.hosts.as_slice() else {
            return Err(Error::unmet("the scenario needs four hosts"));
        };
        Ok(Self {
            small: of(delivery, &[first, node], 1),
            large: of(delivery, &[first, second, node, other], 2),
            without: of(delivery, &[first, second, node], 2),
            joining: [second.address.clone(), other.address.clone()],
        })
    }

    fn making(&self, trial: &mut Trial<'_>) -> Result<()> {
        self.made(trial)?;
        self.moved(trial)?;
        self.grown(trial)
    }

    fn keeping(&self, trial: &mut Trial<'_>) -> Result<()> {
        self.large.run()?;
        self.named(trial)?;
        self.renewed(trial)?;
        self.restored(trial)?;
        self.left(trial)
    }

    fn made(&self, trial: &mut Trial<'_>) -> Result<()> {
        let words = self.small.run_arguments(IMAGE);
        trial.complete(&Verb::of("run", &words).takes(45).killed(3))?;
        ends::nothing_is_left_to_do(&self.small)
    }

    /// On to another image and back; then half-way on, and back from there.
    fn moved(&self, trial: &mut Trial<'_>) -> Result<()> {
        upgrade::build(&self.small)?;
        self.small.kubectl(&["create", "configmap", "written-before", "--from-literal=by=v1"])?;
        let on = Verb::of("upgrade", &["upgrade", NEXT_IMAGE, "--yes"]).takes(60);
        let back = Verb::of("rollback", &["rollback", IMAGE, "--yes"]).takes(60);
        trial.complete(&on.clone().killed(2))?;
        upgrade::runs(&self.small, NEXT_VERSION)?;
        trial.complete(&back.clone().resumed())?;
        upgrade::runs(&self.small, KUBERNETES_VERSION)?;
        trial.killed(&on.named("upgrade, to be turned back"))?;
        trial.complete(&back.named("rollback of what was half-way").killed(0))?;
        upgrade::runs(&self.small, KUBERNETES_VERSION)?;
        ends::nothing_is_left_to_do(&self.small)
    }

    /// A master and a node join.
    fn grown(&self, trial: &mut Trial<'_>) -> Result<()> {
        let [master, node] = &self.joining;
        let words = ["scale-up", "--masters", master, "--nodes", node];
        trial.complete(&Verb::of("scale-up", &words).takes(45).killed(2))?;
        trial.complete(&Verb::of("resume of it", &["resume"]).killed(0))?;
        ends::has_joined(&self.large, 2)
    }

    fn named(&self, trial: &mut Trial<'_>) -> Result<()> {
        let alias = ["host-alias", "--ip", "192.0.2.123", "--hostnames", "ntp.site.example"];
        trial.complete(&Verb::of("host-alias", &alias).takes(3))?;
        ends::hosts_know(&self.large, "192.0.2.123 ntp.site.example", 1)?;
        let gone = [&alias[..], &["--remove"]].concat();
        let none = || self.large.attempt(&["host-alias", "--output", "json"]).is_ok_and(|it| it.stdout == "[]\n");
        trial.complete(&Verb::of("host-alias --remove", &gone).takes(3).through_when(none))?;
        ends::hosts_know(&self.large, "192.0.2.123 ntp.site.example", 0)?;
        let names = ["cert", "--alt-names", "api.site.example,192.0.2.77"];
        trial.complete(&Verb::of("cert --alt-names", &names).takes(60).killed(2))?;
        ends::api_is_named(&self.large, "api.site.example")
    }

    fn renewed(&self, trial: &mut Trial<'_>) -> Result<()> {
        let before = ends::certificates(&self.large)?;
        trial.complete(&Verb::of("cert renew", &["cert", "renew"]).takes(120).killed(2).resumed())?;
        ends::certificates_are_new(&self.large, &before)
    }

    fn restored(&self, trial: &mut Trial<'_>) -> Result<()> {
        let folder = self.large.folder().join("backups");
        folders::create(&folder)?;
        let file = folder.join("site.backup");
        let name = file.display().to_string();
        self.large.kubectl(&["create", "configmap", "before-the-backup"])?;
        let words = ["backup", "--output", &name];
        trial.complete(&Verb::of("backup", &words).takes(4).killed(3).through_when(|| file.exists()))?;
        ends::is_saved(&self.large, &folder, &file)?;
        self.large.kubectl(&["create", "configmap", "after-the-backup"])?;
        trial.complete(&Verb::of("restore", &["restore", &name, "--yes"]).takes(40).killed(2).resumed())?;
        ends::is_restored(&self.large)?;
        folders::remove(&folder)
    }

    /// The further node leaves.
    fn left(&self, trial: &mut Trial<'_>) -> Result<()> {
        let [_, node] = &self.joining;
        trial.complete(
            &Verb::of("delete --nodes", &["delete", "--nodes", node, "--yes"]).takes(30).killed(2).resumed(),
        )?;
        ends::has_left(&self.large, &self.without)
    }

    fn gone(&self, trial: &mut Trial<'_>, bare: &[Snapshot]) -> Result<()> {
        let unknown = || !self.large.journal().exists();
        let all = Verb::of("delete --all", &["delete", "--all", "--yes"]).takes(25).killed(3).through_when(unknown);
        trial.complete(&all)?;
        ends::is_gone(&self.large, bare)
    }
}

/// How long whatever was disturbed may take to be well again, after its verb has ended.
const PATIENCE: Duration = Duration::from_secs(240);
