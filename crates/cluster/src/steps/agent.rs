//! Installs the agent: this very program, sent over SSH, verified on the host, and started there for the time of the verb.

use crate::Fleet;
use crate::step::{Answer, On, Step, everywhere};
use sealer_host::install::FOLDER;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;

/// Install the agent.
pub(crate) struct InstallAgent;

impl<C: AsRef<Fleet> + Send + Sync> Step<C> for InstallAgent {
    fn id(&self) -> &'static str {
        "agent"
    }

    fn title(&self) -> &'static str {
        "Install the agent"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, _cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{FOLDER}/")]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(on.fleet().start_agent(on.address()))
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        Box::pin(on.fleet().install_agent(on.address()))
    }
}
