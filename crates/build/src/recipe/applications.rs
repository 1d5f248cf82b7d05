//! `APP`, `CNI`, `CSI`, `APPCMDS` and `APPENV`.

use super::{CopySource, CopyStep, Origin, Recipe, Step, origin};
use crate::scope::Scope;
use sealer_model::image::Application;
use sealer_model::image::annotation::CLUSTER_LABEL_PREFIX;
use sealer_model::kubefile::{ApplicationKind, ApplicationSource, Instruction, Mistake};

/// The version that the Go sealer gives every application.
const VERSION: &str = "v1";

impl Recipe {
    /// Declares an application: an entry, a layer with its files, and for network and storage a label.
    pub(super) fn application(
        &mut self,
        instruction: &Instruction,
        kind: ApplicationKind,
        name: &str,
        sources: &[ApplicationSource],
        scope: &Scope,
    ) -> Result<(), Mistake> {
        self.steps.push(Step::Copy(CopyStep {
            instruction: instruction.text.clone(),
            position: instruction.position,
            sources: sources.iter().map(|each| source(each, scope)).collect::<Result<_, _>>()?,
            destination: format!("application/apps/{name}/"),
            owner: None,
            named_owner: None,
            mode: None,
            application: Some(name.to_owned()),
        }));
        if let Some(role) = role(kind) {
            self.label(&format!("{CLUSTER_LABEL_PREFIX}{role}-{name}"), "true");
        }
        self.declare(Application { name: name.to_owned(), version: VERSION.to_owned(), ..Application::default() });
        Ok(())
    }

    /// A later application takes the place of an earlier one of its name.
    fn declare(&mut self, application: Application) {
        match self.applications.iter_mut().find(|known| known.name == application.name) {
            Some(known) => {
                let warning = format!("the application {} replaces an earlier one of that name", known.name);
                self.warnings.push(warning);
                *known = application;
            }
            None => self.applications.push(application),
        }
    }

    /// An application that must exist already.
    pub(super) fn declared(
        &mut self,
        instruction: &Instruction,
        keyword: &str,
        name: &str,
    ) -> Result<&mut Application, Mistake> {
        let known: Vec<String> = self.applications.iter().map(|each| each.name.clone()).collect();
        self.applications.iter_mut().find(|known| known.name == name).ok_or_else(|| {
            instruction
                .mistake(format!("the specified app name({name}) for `{keyword}` should be exist"))
                .hint(present(&known))
        })
    }
}

/// A hint that lists what there is.
pub(super) fn present(known: &[String]) -> String {
    if known.is_empty() {
        return "declare it above with APP".to_owned();
    }
    format!("the applications up to here are {}", known.join(", "))
}

fn role(kind: ApplicationKind) -> Option<&'static str> {
    match kind {
        ApplicationKind::Plain => None,
        ApplicationKind::Network => Some("kube-cni"),
        ApplicationKind::Storage => Some("kube-csi"),
    }
}

fn source(source: &ApplicationSource, scope: &Scope) -> Result<CopySource, Mistake> {
    match source {
        ApplicationSource::Local(word) => {
            let text = scope.expand(word)?;
            Ok(origin::of_application(CopySource { text, position: word.position(), origin: Origin::Context }))
        }
        ApplicationSource::Url { url, checksum } => {
            origin::url(url, checksum.as_ref(), scope).map(origin::of_application)
        }
        ApplicationSource::Chart(word) => origin::chart(word, scope),
    }
}
