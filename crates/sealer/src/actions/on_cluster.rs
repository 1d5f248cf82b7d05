//! `sealer run IMAGE --kubeconfig FILE`: the applications of an image in a cluster that is there already, whoever made it. Its container
//! images go to a registry that the cluster can pull from, its files are tailored as for a host, and every application is launched from
//! this machine, as it would be from a master. The same command again pushes what is missing and launches what has changed.

pub(super) mod files;
mod launching;
mod registry;

use super::Context;
use super::access::environment_of;
use super::blocking::blocking;
use super::clusterfile;
use super::desired::{Desired, files_below};
use crate::args::{Existing, Run};
use crate::failure::Failure;
use crate::output;
use files::Folder;
use launching::Launcher;
use registry::Target;
use sealer_model::Reference;
use sealer_model::cluster::{Cluster, Member, Role, Secrets};
use sealer_model::launch::{self, LaunchCommand, Launched};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// Launches the applications, and tells which.
///
/// # Errors
/// When the image is nowhere, the registry or the cluster does not take something, or an application fails; the same command goes on.
pub(super) async fn run(request: Run, kubeconfig: PathBuf, context: &Context) -> Result<(), Failure> {
    let Run { image, delivering, existing } = request;
    let file = match &delivering.clusterfile {
        Some(path) => Some(clusterfile::read_fit(path.clone(), context).await?),
        None => None,
    };
    let Desired { mut cluster, bundle, .. } =
        Desired::of_run(image.as_ref(), &delivering, file.as_ref(), context).await?;
    let read = |text: &str| Target::read(text, &existing.insecure.hosts);
    let target = existing.registry.as_deref().map(read).transpose()?;
    cluster.registry.external = target.as_ref().map(Target::registry);
    cluster.members = vec![this_machine()];
    let without = launched(&cluster, &bundle.extension, &existing, &Secrets::default())?;
    if delivering.dry_run {
        return told(&without);
    }
    let secrets = environment_of(&cluster, file.as_ref(), context).await?;
    let launched = launched(&cluster, &bundle.extension, &existing, &secrets)?;
    // what is not reached is told before anything is sent
    let access = {
        let (path, name) = (kubeconfig.clone(), existing.kube_context.clone());
        blocking(move || Ok(sealer_release::kubeconfig::read(&path, name.as_deref())?)).await?
    };
    let reached = sealer_release::Cluster::reach(&access).await;
    reached.map_err(|error| Failure::of(error).within(format!("cannot reach the cluster at {}", access.server)))?;
    let names = match &target {
        Some(target) => target.push(&cluster, &bundle, &existing, context).await?,
        None => without_registry(&bundle.container_images, context),
    };
    let originals = files_below(vec!["application/".to_owned()], &cluster, context).await?;
    let folder =
        Folder::write(context.settings.root.clone(), (&cluster, &secrets), &bundle.extension, originals, names).await?;
    let launcher =
        Launcher { folder: &folder, kubeconfig: &kubeconfig, existing: &existing, secrets: &secrets, context };
    launcher.launch(&launched).await?;
    output::print(format!("{} applications of {} are launched\n", launched.len(), cluster.image))
}

/// Commands and templates see the machine that they run on.
fn this_machine() -> Member {
    Member { address: IpAddr::V4(Ipv4Addr::LOCALHOST), ssh_port: 22, role: Role::Master }
}

/// What is launched, unless somebody has to agree to it first.
fn launched(
    cluster: &Cluster,
    extension: &sealer_model::image::Extension,
    existing: &Existing,
    secrets: &Secrets,
) -> Result<Vec<Launched>, Failure> {
    let launched = launch::applications(cluster, extension, secrets).map_err(Failure::of)?;
    let is_shell = |command: &LaunchCommand| matches!(command, LaunchCommand::Shell(_));
    let with_commands: Vec<&str> =
        launched.iter().filter(|one| one.commands.iter().any(is_shell)).map(Launched::name).collect();
    if with_commands.is_empty() || existing.commands_here {
        return Ok(launched);
    }
    let what =
        format!("these bring commands of their own, which would run on this machine: {}", with_commands.join(", "));
    Err(Failure::usage(what).hint("agree with --commands-here, or choose others with --apps"))
}

fn told(launched: &[Launched]) -> Result<(), Failure> {
    let of = |one: &Launched| {
        let commands = one.commands.iter().map(|command| format!("  {}\n", command.text()));
        format!("{}\n{}", one.name(), commands.collect::<String>())
    };
    output::print(launched.iter().map(of).collect::<String>())
}

fn without_registry(images: &[Reference], context: &Context) -> BTreeMap<Reference, Reference> {
    if !images.is_empty() {
        let text = "the image's container images are pushed nowhere: the cluster has to have them, or a way to their own registries";
        context.listener.warn(format!("{text}; --registry pushes them"));
    }
    BTreeMap::new()
}
