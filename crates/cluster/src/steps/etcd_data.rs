//! Makes etcd's data on a master from a snapshot that lies there. The program that does it is in the image of etcd itself; what was there
//! before is kept beside it.

use crate::backup::{EtcdMember, initial_cluster};
use crate::delivery::command;
use crate::registry::external::FOLDER as REGISTRIES;
use crate::step::On;
use crate::{Error, Fleet};
use sealer_model::agent::Command;
use sealer_model::cluster::{Cluster, ContainerRuntime};
use std::net::IpAddr;

/// The folder of a half-made restoration, and where etcd's data lies in its folder.
const PART: &str = "restored";
const DATA: &str = "member";

/// The container of the program that restores.
const CONTAINER: &str = "sealer-restore";

/// What etcd's data is made from.
pub(super) struct Source<'a> {
    /// The step that makes it.
    pub(super) step: &'static str,
    /// The path of the snapshot on the host.
    pub(super) snapshot: &'a str,
    /// All members of the etcd that is to be, by their hosts.
    pub(super) members: &'a [(IpAddr, EtcdMember)],
    /// When it began, in seconds since 1970: all members that begin together say the same, and nothing that began before.
    pub(super) began: &'a str,
}

/// Fetches the image of etcd; docker finds who the host is at the registry where root's clients look for it.
pub(super) fn pull(cluster: &Cluster, image: &str) -> Command {
    match cluster.container_runtime {
        ContainerRuntime::Containerd => {
            command(cluster, "ctr", &["--namespace", "k8s.io", "images", "pull", "--hosts-dir", REGISTRIES, image])
        }
        ContainerRuntime::Docker => {
            command(cluster, "docker", &["--config", "/root/.docker", "pull", "--quiet", image])
        }
    }
}

/// Makes etcd's data on a host on which etcd does not run.
pub(super) async fn from_snapshot<C: AsRef<Fleet>>(on: &On<'_, C>, source: &Source<'_>) -> Result<(), Error> {
    let Source { step, snapshot, members, began } = source;
    let own = members.iter().find(|(host, _)| *host == on.address()).map(|(_, member)| member);
    let own = own.ok_or_else(|| Error::Missing { host: on.address(), path: "its member of etcd".into() })?;
    let (part, data) = (format!("{}/{PART}", own.folder), format!("{}/{DATA}", own.folder));
    run(on, step, "mkdir", &["--parents", "--mode=0700", &own.folder]).await?;
    clear(on).await?;
    run(on, step, "rm", &["--recursive", "--force", "--one-file-system", &part]).await?;
    let all = initial_cluster(members.iter().map(|(_, member)| member));
    let (program, words) = match on.cluster().container_runtime {
        ContainerRuntime::Containerd => ("ctr", words(own, &all, snapshot, began)),
        ContainerRuntime::Docker => ("docker", words_of_docker(own, &all, snapshot, began)),
    };
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    run(on, step, program, &words).await?;
    let exists = command(on.cluster(), "test", &["-e", &data]);
    if on.agent()?.command(&exists, |_| ()).await?.exit == 0 {
        run(on, step, "mv", &["--no-target-directory", &data, &format!("{data}-before-{began}")]).await?;
    }
    run(on, step, "mv", &["--no-target-directory", &format!("{part}/{DATA}"), &data]).await?;
    run(on, step, "rmdir", &[&part]).await
}

/// What a restoration that was cut off may have left running, and writing into the folder.
async fn clear<C: AsRef<Fleet>>(on: &On<'_, C>) -> Result<(), Error> {
    let of_containerd: [&[&str]; 2] = [
        &["--namespace", "k8s.io", "tasks", "delete", "--force", CONTAINER],
        &["--namespace", "k8s.io", "containers", "delete", CONTAINER],
    ];
    let (program, all): (&str, &[&[&str]]) = match on.cluster().container_runtime {
        ContainerRuntime::Containerd => ("ctr", &of_containerd),
        ContainerRuntime::Docker => ("docker", &[&["rm", "--force", CONTAINER]]),
    };
    for words in all {
        // it fails where there is none, and whether one is left shows when the next one of its name is made
        on.agent()?.command(&command(on.cluster(), program, words), |_| ()).await?;
    }
    Ok(())
}

/// The words of one run of the tool in a container that sees the snapshot and etcd's folder, and no network.
fn words(own: &EtcdMember, all: &str, snapshot: &str, began: &str) -> Vec<String> {
    let mount = |from: &str, to: &str, how: &str| format!("type=bind,src={from},dst={to},options=rbind:{how}");
    let mut words: Vec<String> = ["--namespace", "k8s.io", "run", "--rm", "--mount"].map(str::to_owned).into();
    words.extend([mount(snapshot, "/snapshot.db", "ro"), "--mount".into(), mount(&own.folder, "/etcd", "rw")]);
    words.extend([own.image.clone(), CONTAINER.into(), own.program().into()]);
    words.extend(words_of_tool(own, all, began));
    words
}

/// The same for docker, whose images may have a program of their own.
fn words_of_docker(own: &EtcdMember, all: &str, snapshot: &str, began: &str) -> Vec<String> {
    let mut words: Vec<String> = ["run", "--rm", "--network=none", "--name", CONTAINER].map(str::to_owned).into();
    words.push(format!("--mount=type=bind,source={snapshot},target=/snapshot.db,readonly"));
    words.push(format!("--mount=type=bind,source={},target=/etcd", own.folder));
    words.extend([format!("--entrypoint={}", own.program()), own.image.clone()]);
    words.extend(words_of_tool(own, all, began));
    words
}

fn words_of_tool(own: &EtcdMember, all: &str, began: &str) -> Vec<String> {
    let mut words: Vec<String> = ["snapshot", "restore", "/snapshot.db"].map(str::to_owned).into();
    words.extend([
        format!("--name={}", own.name),
        format!("--initial-cluster={all}"),
        format!("--initial-advertise-peer-urls={}", own.peer),
        format!("--initial-cluster-token=restored-{began}"),
        format!("--data-dir=/etcd/{PART}"),
    ]);
    words
}

async fn run<C: AsRef<Fleet>>(on: &On<'_, C>, step: &str, program: &str, arguments: &[&str]) -> Result<(), Error> {
    on.fleet().run(on.address(), step, command(on.cluster(), program, arguments)).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backup::EtcdMember;

    #[test]
    fn every_master_restores_its_own_member_of_the_same_cluster() {
        let member = EtcdMember {
            name: "m-1".into(),
            peer: "https://10.0.0.1:2380".into(),
            image: "etcd:3.4.23".into(),
            folder: "/data/etcd".into(),
        };
        let words = words(&member, "m-1=https://10.0.0.1:2380,m-2=https://10.0.0.2:2380", "/s/etcd.db", "17");
        let position = |word: &str| words.iter().position(|found| found == word).unwrap_or_else(|| panic!("{words:?}"));
        assert!(position("type=bind,src=/data/etcd,dst=/etcd,options=rbind:rw") < position("etcd:3.4.23"));
        assert!(position("etcd:3.4.23") < position("etcdctl"));
        position("--name=m-1");
        position("--initial-cluster=m-1=https://10.0.0.1:2380,m-2=https://10.0.0.2:2380");
        position("--initial-cluster-token=restored-17");
        position("--data-dir=/etcd/restored");
        let of_docker = words_of_docker(&member, "m-1=https://10.0.0.1:2380", "/s/etcd.db", "17");
        let expected = [
            "--mount=type=bind,source=/s/etcd.db,target=/snapshot.db,readonly",
            "--mount=type=bind,source=/data/etcd,target=/etcd",
            "--entrypoint=etcdctl",
            "etcd:3.4.23",
            "snapshot",
        ];
        assert_eq!(of_docker[5..10], expected);
        assert!(of_docker.contains(&"--data-dir=/etcd/restored".to_owned()), "{of_docker:?}");
    }
}
