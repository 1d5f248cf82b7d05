//! Removes what Kubernetes put into the host's network: packet filter rules, links and routes of pods. No ledger knows of
//! these, because kubelet, kube-proxy and network plugins make them at run time; their names tell whose they are.

use crate::delivery::command;
use crate::step::{Answer, On, Step, everywhere};
use crate::{Error, Fleet};
use sealer_model::agent::Text;
use sealer_model::cluster::{Cluster, Member};
use sealer_model::kubeadm::Documents;

/// Remove pod networks.
pub(crate) struct RemoveNetwork;

impl Step<Fleet> for RemoveNetwork {
    fn id(&self) -> &'static str {
        "network"
    }

    fn title(&self) -> &'static str {
        "Remove pod networks"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    /// Looking costs as much as doing.
    fn probe<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(false) })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Fleet>) -> Answer<'a, ()> {
        Box::pin(async move {
            let unpacked = format!("{}/.sealer-rootfs", on.cluster().rootfs());
            // where the Go sealer put Kubernetes, the host's own tools are there
            let has_tools = on.cluster().adopted.is_some() || on.agent()?.read_file(&unpacked).await?.is_some();
            if !has_tools {
                return Ok(());
            }
            for family in ["iptables", "ip6tables"] {
                remove_rules(on, family).await?;
            }
            remove_links(on).await?;
            remove_routes(on).await
        })
    }

    /// Every command that removes something must have succeeded.
    fn verify<'a>(&'a self, _: &'a On<'a, Fleet>) -> Answer<'a, bool> {
        Box::pin(async { Ok(true) })
    }
}

async fn output(on: &On<'_, Fleet>, program: &str, arguments: &[&str]) -> Result<String, Error> {
    let command = command(on.cluster(), program, arguments);
    on.fleet().run_silently(on.address(), &command).await
}

/// What a program lists, which is nothing where the program is not there: whoever made rules or links would have needed it.
async fn listed(on: &On<'_, Fleet>, program: &str, arguments: &[&str]) -> Result<String, Error> {
    nothing_without_program(output(on, program, arguments).await)
}

/// Any other failure stays one.
fn nothing_without_program(listed: Result<String, Error>) -> Result<String, Error> {
    match listed {
        Err(Error::Host(sealer_host::Error::NoProgram { .. })) => Ok(String::new()),
        other => other,
    }
}

async fn remove_rules(on: &On<'_, Fleet>, family: &str) -> Result<(), Error> {
    let rules = listed(on, &format!("{family}-save"), &[]).await?;
    if !rules.lines().any(is_of_kubernetes) {
        return Ok(());
    }
    let kept: String = rules.lines().filter(|line| !is_of_kubernetes(line)).map(|line| format!("{line}\n")).collect();
    let mut restore = command(on.cluster(), &format!("{family}-restore"), &[]);
    restore.input = Some(Text(kept));
    on.fleet().run_silently(on.address(), &restore).await?;
    Ok(())
}

/// Chains of kube-proxy, kubelet and the usual network plugins, and rules that mention them.
fn is_of_kubernetes(line: &str) -> bool {
    ["KUBE-", "CNI-", "FLANNEL-", "cali-"].iter().any(|mark| line.contains(mark))
}

async fn remove_links(on: &On<'_, Fleet>) -> Result<(), Error> {
    let links = listed(on, "ip", &["-oneline", "link", "show"]).await?;
    for name in links.lines().filter_map(link_name).filter(|name| is_pod_link(name)) {
        output(on, "ip", &["link", "delete", name]).await?;
    }
    Ok(())
}

/// The name in `4: cni0: <BROADCAST,...` or `5: veth12@if3: <...`.
fn link_name(line: &str) -> Option<&str> {
    let name = line.split(": ").nth(1)?;
    name.split('@').next()
}

fn is_pod_link(name: &str) -> bool {
    let exact = ["cni0", "flannel.1", "kube-ipvs0", "vxlan.calico", "nodelocaldns"];
    exact.contains(&name) || name.starts_with("cali")
}

async fn remove_routes(on: &On<'_, Fleet>) -> Result<(), Error> {
    let file = format!("{}/etc/kubeadm.yml", on.cluster().rootfs());
    let Some(bytes) = on.agent()?.read_file(&file).await? else {
        return Ok(());
    };
    let documents = Documents::read(&String::from_utf8_lossy(&bytes))
        .and_then(|documents| documents.overridden(&on.cluster().site.kubeadm))
        .map_err(|source| Error::Kubeadm { path: "etc/kubeadm.yml".into(), source })?;
    for (family, pods) in ranges(&documents.cluster.networking.pod_subnet) {
        let routes = listed(on, "ip", &[family, "route", "show", "root", pods]).await?;
        for destination in routes.lines().filter_map(|route| route.split_whitespace().next()) {
            output(on, "ip", &[family, "route", "delete", destination]).await?;
        }
    }
    Ok(())
}

/// The ranges of pods, one or one of each family with a comma between, each with the option that makes `ip` speak of its family.
fn ranges(pods: &str) -> impl Iterator<Item = (&'static str, &str)> {
    let ranges = pods.split(',').map(str::trim).filter(|range| !range.is_empty());
    ranges.map(|range| (if range.contains(':') { "-6" } else { "-4" }, range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_of_pods_are_told_from_the_hosts_own() {
        let lines = "1: lo: <LOOPBACK,UP>\n3: eth0@if4: <UP>\n4: cni0: <UP>\n5: cali12@if2: <UP>";
        let names: Vec<&str> = lines.lines().filter_map(link_name).collect();
        assert_eq!(names, ["lo", "eth0", "cni0", "cali12"]);
        assert_eq!(names.into_iter().filter(|name| is_pod_link(name)).count(), 2);
    }

    #[test]
    fn a_program_that_is_not_there_lists_nothing_and_one_that_fails_is_an_error() {
        let (host, program) = ("10.0.0.1".to_owned(), "iptables-save".to_owned());
        let absent = sealer_host::Error::NoProgram { host: host.clone(), program: program.clone() };
        assert_eq!(nothing_without_program(Err(absent.into())).unwrap(), "");
        let broken = sealer_host::Error::CommandFailed { host, program, exit: 1, tail: String::new() };
        assert!(nothing_without_program(Err(broken.into())).is_err());
        assert_eq!(nothing_without_program(Ok("-P INPUT ACCEPT".into())).unwrap(), "-P INPUT ACCEPT");
    }

    #[test]
    fn routes_are_looked_for_in_the_family_of_each_range() {
        assert_eq!(ranges("").count(), 0);
        let both: Vec<_> = ranges("100.64.0.0/16, fd00:64::/56").collect();
        assert_eq!(both, [("-4", "100.64.0.0/16"), ("-6", "fd00:64::/56")]);
    }

    #[test]
    fn rules_of_the_host_stay() {
        assert!(is_of_kubernetes("-A POSTROUTING -m comment --comment x -j KUBE-POSTROUTING"));
        assert!(!is_of_kubernetes("-A INPUT -p tcp --dport 22 -j ACCEPT"));
    }
}
