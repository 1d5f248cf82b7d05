//! Starts the site's registry: this same program as a systemd unit over the store that the image was sent to, with a
//! certificate of this cluster's authority or one that was brought along. It runs before any container runtime does.

use crate::delivery::Delivery;
use crate::registry::files::{Registry, password_file};
use crate::registry::unit::Unit;
use crate::registry::{PROGRAM, users};
use crate::step::{Answer, Changes, On, first_registry, other_registries};
use crate::{Error, Fleet};
use sealer_model::Secret;
use sealer_model::agent::{Change, Content, Text};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;
use std::collections::BTreeMap;

/// Start the site's registry: on its first host before all else, on each other one when that has its copy of the image.
pub(crate) enum StartRegistry {
    /// On the first host.
    First,
    /// On the other ones.
    Others,
}

const UNIT: &str = "/etc/systemd/system/sealer-registry.service";

impl Changes for StartRegistry {
    fn id(&self) -> &'static str {
        "registry"
    }

    fn title(&self) -> &'static str {
        "Start the site's registry"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        match self {
            Self::First => first_registry(cluster),
            Self::Others => other_registries(cluster),
        }
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{}/", folder(cluster)), PROGRAM.into(), UNIT.into()]
    }

    fn changes<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, Vec<Change>> {
        Box::pin(async move {
            let (cluster, delivery) = (on.cluster(), on.context);
            let (users, passwords) = (users(on).await?, passwords(on).await?);
            let writes = users.is_some() || !cluster.registry.upstreams.is_empty();
            let (host, authority, keys) = (on.address(), &delivery.authority, &delivery.keys);
            let files = Registry { cluster, host, authority, keys, users, passwords }.files();
            let names: Vec<String> = files.iter().map(|file| file.name.clone()).collect();
            let folder = folder(cluster);
            let unit = Unit { folder: &folder, files: &names, port: cluster.registry.port, writes }.text();
            let mut changes = vec![cluster_folder(cluster), Change::Directory { path: folder.clone(), mode: 0o700 }];
            changes.extend(files.iter().map(|it| file(format!("{folder}/{}", it.name), it.mode, &it.text)));
            changes.extend([
                program(on)?,
                file(UNIT.into(), 0o644, &unit),
                Change::Unit { name: "sealer-registry.service".into(), running: true },
            ]);
            Ok(changes)
        })
    }
}

/// Where a registry's files lie on its host.
fn folder(cluster: &Cluster) -> String {
    format!("{}/registry", cluster.folder())
}

/// The file of users, the same on all hosts of the registry: what the first one has counts, as far as it fits.
async fn users(on: &On<'_, Delivery>) -> Result<Option<String>, Error> {
    let Some(username) = on.cluster().registry.username.clone() else { return Ok(None) };
    let there = known(on, "htpasswd").await?.unwrap_or_default();
    let (password, keys) = (on.fleet().registry_secrets().password.clone(), on.context.keys.clone());
    let hashing = tokio::task::spawn_blocking(move || users::file(&username, password.as_ref(), &keys, &there));
    match hashing.await {
        Ok(Ok(text)) => Ok(Some(text)),
        Ok(Err(unknown)) => Err(no_secret(on, format!("the password of {}", unknown.0))),
        Err(_) => Err(Error::Interrupted),
    }
}

/// The passwords for upstreams, by the names of their files: those that are given, else those that the first host has.
async fn passwords(on: &On<'_, Delivery>) -> Result<BTreeMap<String, Secret>, Error> {
    let given = &on.fleet().registry_secrets().upstreams;
    let mut passwords = BTreeMap::new();
    for upstream in on.cluster().registry.upstreams.iter().filter(|upstream| upstream.username.is_some()) {
        let name = password_file(upstream);
        let password = match given.get(&upstream.pattern) {
            Some(password) => password.clone(),
            None => {
                let there = known(on, &name).await?;
                let unknown = || no_secret(on, format!("the password for the upstream {}", upstream.pattern));
                Secret::new(there.ok_or_else(unknown)?)
            }
        };
        passwords.insert(name, password);
    }
    Ok(passwords)
}

/// What the first host of the registry has in a file of it.
async fn known(on: &On<'_, Delivery>, name: &str) -> Result<Option<String>, Error> {
    let first = on.context.first_registry()?;
    let found = on.fleet().agent(first)?.read_file(&format!("{}/{name}", folder(on.cluster()))).await?;
    Ok(found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))
}

fn no_secret(on: &On<'_, Delivery>, secret: String) -> Error {
    let host = on.context.first_registry().unwrap_or_else(|_| on.address());
    Error::NoSecret { secret, host }
}

/// This program, for units; the agent's own file may be replaced by another version.
pub(super) fn program<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<Change, Error> {
    let content = Content::CopyOf(on.fleet().agent_program(on.address())?.to_owned());
    Ok(Change::File { path: PROGRAM.into(), mode: 0o755, content })
}

/// The cluster's folder, the first of our things on a host: whatever programs of the cluster leave in it goes with it.
pub(super) fn cluster_folder(cluster: &Cluster) -> Change {
    Change::Directory { path: cluster.folder(), mode: 0o755 }
}

/// A file with this text.
pub(super) fn file(path: String, mode: u32, text: &str) -> Change {
    Change::File { path, mode, content: Content::Text(Text(text.to_owned())) }
}
