//! `LAUNCH`, `CMDS` and `CMD`, merged with what the base image launches.

use super::applications::present;
use sealer_model::image::annotation::CLUSTER_LABEL_PREFIX;
use sealer_model::image::{Application, Extension, Launch};
use sealer_model::kubefile::{Instruction, Mistake};
use std::collections::BTreeMap;

/// What the Kubefile says about launching.
#[derive(Default)]
pub(super) struct Said {
    applications: Option<Vec<String>>,
    commands: Option<Vec<String>>,
}

impl Said {
    pub(super) fn applications(
        &mut self,
        instruction: &Instruction,
        names: &[String],
        known: &[Application],
    ) -> Result<(), Mistake> {
        let known: Vec<String> = known.iter().map(|application| application.name.clone()).collect();
        if let Some(unknown) = names.iter().find(|name| !known.contains(name)) {
            return Err(instruction
                .mistake(format!("application {unknown} does not exist in the image"))
                .hint(present(&known)));
        }
        self.applications = Some(names.to_vec());
        Ok(())
    }

    pub(super) fn commands(&mut self, commands: &[String]) {
        self.commands.get_or_insert_default().extend_from_slice(commands);
    }

    pub(super) fn command(&mut self, command: &str) {
        self.commands.get_or_insert_default().push(command.to_owned());
    }

    /// The launch of the image. Commands stand alone, for whoever runs the image starts plugins before them.
    pub(super) fn merged(
        self,
        base: &Extension,
        applications: &[Application],
        labels: &BTreeMap<String, String>,
    ) -> Launch {
        let Launch { cmds, application_names } = self.or(&base.launch);
        if !cmds.is_empty() {
            return Launch { cmds, application_names };
        }
        let all = applications.iter().map(|application| application.name.clone());
        let plugins = all.filter(|name| is_plugin(name, labels));
        let mut names: Vec<String> = Vec::new();
        for name in plugins.chain(application_names) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
        Launch { cmds, application_names: names }
    }

    /// What was said, or else what the base says.
    fn or(self, base: &Launch) -> Launch {
        if self.applications.is_none() && self.commands.is_none() {
            return base.clone();
        }
        Launch { cmds: self.commands.unwrap_or_default(), application_names: self.applications.unwrap_or_default() }
    }
}

/// Whether an application is the cluster's network or storage.
fn is_plugin(name: &str, labels: &BTreeMap<String, String>) -> bool {
    let label = |role| format!("{CLUSTER_LABEL_PREFIX}{role}-{name}");
    ["kube-cni", "kube-csi"].into_iter().any(|role| labels.contains_key(&label(role)))
}
