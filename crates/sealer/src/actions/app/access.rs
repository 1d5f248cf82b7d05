//! From what was typed to a cluster that answers.

use super::super::Context;
use super::super::blocking::blocking;
use crate::args::Kubeconfig;
use crate::failure::Failure;
use crate::settings::Environment;
use sealer_release::{Cluster, kubeconfig};
use std::path::{Path, PathBuf};

/// Where kubeadm puts the administrator's kubeconfig on a master.
const OF_KUBEADM: &str = "/etc/kubernetes/admin.conf";

/// A cluster that has answered, and the namespace that is meant.
pub(super) struct Reached {
    pub(super) cluster: Cluster,
    pub(super) namespace: String,
}

/// Reaches the cluster that is meant.
///
/// # Errors
/// When there is no kubeconfig, or the cluster does not answer.
pub(super) async fn reach(typed: &Kubeconfig, context: &Context) -> Result<Reached, Failure> {
    let path = match &typed.kubeconfig {
        Some(path) => path.clone(),
        None => found(&context.environment)?,
    };
    let name = typed.kube_context.clone();
    let access = blocking(move || Ok(kubeconfig::read(&path, name.as_deref())?)).await?;
    let cluster = Cluster::reach(&access).await;
    let cluster =
        cluster.map_err(|error| Failure::of(error).within(format!("cannot reach the cluster at {}", access.server)))?;
    Ok(Reached { cluster, namespace: typed.namespace.clone().unwrap_or(access.namespace) })
}

/// The first of the usual places that is there.
fn found(environment: &Environment) -> Result<PathBuf, Failure> {
    if let Some(listed) = environment.path("KUBECONFIG") {
        let mut paths = std::env::split_paths(&listed).filter(|path| !path.as_os_str().is_empty());
        let (first, more) = (paths.next(), paths.next());
        return match (first, more) {
            (Some(path), None) => Ok(path),
            _ => Err(Failure::usage("KUBECONFIG names several files, which are not merged")
                .hint("name one with --kubeconfig FILE")),
        };
    }
    let home = environment.path("HOME").map(|home| home.join(".kube/config"));
    let usual = home.into_iter().chain([PathBuf::from(OF_KUBEADM)]).find(|path: &PathBuf| Path::exists(path));
    usual.ok_or_else(|| Failure::usage("there is no kubeconfig").hint("name one with --kubeconfig FILE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_variable_counts_before_the_home_folder() {
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join(".kube/config");
        std::fs::create_dir(home.path().join(".kube")).unwrap();
        std::fs::write(&config, "").unwrap();
        let folder = home.path().to_str().unwrap();
        assert_eq!(found(&Environment::of(&[("HOME", folder)])).unwrap(), config);
        assert_eq!(found(&Environment::of(&[("HOME", folder), ("KUBECONFIG", "/a")])).unwrap(), Path::new("/a"));
        assert!(found(&Environment::of(&[("KUBECONFIG", "/a:/b")])).is_err());
    }
}
