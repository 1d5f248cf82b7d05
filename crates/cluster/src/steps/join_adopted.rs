//! Makes a host a node of a cluster that the Go sealer made: by the scripts of the cluster's own image, as its maker would, and kubeadm. The
//! way to the API and the registry goes through our balancer, so that a master that dies takes neither with it.

use crate::delivery::command;
use crate::step::{Answer, On, Step};
use crate::steps::registry::file;
use crate::steps::{balancer, init, join};
use crate::verbs::Joining;
use crate::{Error, kubectl};
use sealer_model::agent::{Change, Text};
use sealer_model::cluster::{API_SERVER_DOMAIN, Cluster, Member};
use sealer_model::image::Extension;
use sealer_model::kubeadm::Documents;
use std::time::{Duration, Instant};

/// Join the node.
pub(crate) struct JoinAdopted;

const STEP: &str = "join-adopted";
const PAUSE: Duration = Duration::from_secs(1);

impl Step<Joining> for JoinAdopted {
    fn id(&self) -> &'static str {
        STEP
    }

    fn title(&self) -> &'static str {
        "Join the node"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        cluster.members.clone()
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Joining>) -> Answer<'a, bool> {
        Box::pin(async move { Ok(on.agent()?.read_file(&join::mark(on.cluster())).await?.is_some()) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Joining>) -> Answer<'a, ()> {
        Box::pin(async move {
            let mut changes = vec![names(on.cluster(), on.member)];
            changes.extend(trust(on).await?);
            changes.extend(balancer::changes(on, &on.context.whole, "/")?);
            on.change(changes, false).await?;
            for script in [format!("{}.sh", on.context.runtime), "init-kube.sh".to_owned()] {
                run_script(on, &script).await?;
            }
            if on.agent()?.read_file(TRACE).await?.is_some() {
                start_over(on).await?;
            }
            kubeadm_join(on).await?;
            let started = Instant::now();
            while !kubectl::node_state(on.fleet(), on.context.master, on.address()).await.is_ok_and(|node| node.ready) {
                on.fleet().go_on()?;
                if started.elapsed() > on.context.deadline {
                    return Err(Error::NoNode(on.address()));
                }
                tokio::time::sleep(PAUSE).await;
            }
            on.change(vec![file(join::mark(on.cluster()), 0o644, "")], false).await.map(drop)
        })
    }
}

/// What kubeadm writes early when it joins a host.
const TRACE: &str = "/etc/kubernetes/kubelet.conf";

/// A join that was interrupted: kubeadm begins only where nothing of an earlier one is.
async fn start_over(on: &On<'_, Joining>) -> Result<(), Error> {
    let reset = command(on.cluster(), "kubeadm", &["reset", "--force"]);
    on.fleet().run(on.address(), STEP, reset).await?;
    kubectl::forget_node(on.fleet(), on.context.master, on.address()).await
}

/// The API and the registry, both at the node's own balancer.
fn names(cluster: &Cluster, member: &Member) -> Change {
    let here = balancer::loopback(member.address);
    let lines = [&cluster.registry.domain, API_SERVER_DOMAIN].map(|name| format!("{here} {name}"));
    let aliases = cluster.site.host_aliases.iter().map(|alias| format!("{} {}", alias.ip, alias.hostnames.join(" ")));
    Change::Block {
        path: "/etc/hosts".into(),
        name: cluster.name.clone(),
        lines: lines.into_iter().chain(aliases).collect(),
    }
}

/// The registry's certificate, which is its own authority, where each runtime looks for it.
async fn trust(on: &On<'_, Joining>) -> Result<Vec<Change>, Error> {
    let (cluster, registry) = (on.cluster(), &on.cluster().registry);
    let path = format!("{}/certs/{}.crt", cluster.rootfs(), registry.domain);
    let Some(certificate) = on.fleet().agent(on.context.master)?.read_file(&path).await? else {
        return Ok(Vec::new());
    };
    let certificate = String::from_utf8_lossy(&certificate).into_owned();
    let place = format!("{}:{}", registry.domain, registry.port);
    let docker = format!("/etc/docker/certs.d/{place}/{}.crt", registry.domain);
    if on.context.runtime == "docker" {
        return Ok(vec![file(docker, 0o644, &certificate)]);
    }
    let folder = format!("/etc/containerd/certs.d/{place}");
    let url = registry.url();
    let text = format!(
        "server = \"{url}\"\n\n[host.\"{url}\"]\n  capabilities = [\"pull\", \"resolve\"]\n  ca = \"{folder}/ca.crt\"\n"
    );
    Ok(vec![file(format!("{folder}/ca.crt"), 0o644, &certificate), file(format!("{folder}/hosts.toml"), 0o644, &text)])
}

/// Runs a script of the image as the Go sealer does: in the folder of scripts, with the cluster's environment. An image need not have it.
async fn run_script(on: &On<'_, Joining>, name: &str) -> Result<(), Error> {
    let folder = format!("{}/scripts", on.cluster().rootfs());
    let path = format!("{folder}/{name}");
    if on.agent()?.read_file(&path).await?.is_none() {
        return Ok(());
    }
    let mut shell = command(on.cluster(), "bash", &[&path]);
    let ours = std::mem::take(&mut shell.environment);
    shell.environment = on.cluster().environment(&Extension::default(), on.member, on.fleet().secrets());
    shell.environment.insert("ContainerRuntime".to_owned(), on.context.runtime.clone());
    shell.environment.extend(ours);
    shell.directory = Some(folder);
    on.fleet().run(on.address(), STEP, shell).await.map(drop)
}

async fn kubeadm_join(on: &On<'_, Joining>) -> Result<(), Error> {
    let mut documents = Documents::default();
    documents.join.discovery.bootstrap_token = join::discovery(on, on.context.master).await?;
    let registration = &mut documents.join.node_registration;
    registration.name.clone_from(&on.fleet().facts_of(on.address())?.hostname);
    registration.cri_socket.clone_from(&on.context.socket);
    registration.kubelet_extra_args.set("node-ip", on.address().to_string());
    let file = documents.join_file(on.context.version)?;
    let mut join = command(on.cluster(), "kubeadm", &["join", "--config", "/dev/stdin", &init::skipped(&[])]);
    join.input = Some(Text(file.text));
    on.fleet().run(on.address(), STEP, join).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_names_lead_to_the_nodes_own_balancer() {
        let cluster = crate::step::tests::cluster(&["10.0.0.1"], &["10.0.0.9"]);
        let Change::Block { lines, .. } = names(&cluster, &cluster.members[1]) else { panic!("no block") };
        assert_eq!(lines, ["127.0.0.1 sea.hub", "127.0.0.1 apiserver.cluster.local"]);
    }
}
