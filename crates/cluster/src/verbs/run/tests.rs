//! Which stages a delivery has.

use super::*;
use crate::step::tests::cluster;
use sealer_model::cluster::{NodeMarks, Plugin};

/// The stages in which hosts take these steps, counted from one.
fn found(occasion: Occasion, cluster: &Cluster, steps: &[&str]) -> Vec<usize> {
    let plan = plan_of(occasion, cluster);
    let stage = |id: &&str| {
        let takes = |step: &sealer_model::plan::PlannedStep| step.id == **id && !step.hosts.is_empty();
        plan.stages.iter().position(|stage| stage.steps.iter().any(takes)).map_or(0, |index| index + 1)
    };
    steps.iter().map(stage).collect()
}

#[test]
fn every_node_is_marked_as_soon_as_it_has_joined() {
    let mut cluster = cluster(&["10.0.0.1"], &["10.0.0.2", "10.0.0.3"]);
    let marks = NodeMarks { roles: vec!["db".into()], ..NodeMarks::default() };
    cluster.site.nodes.insert("10.0.0.3".parse().unwrap(), marks);
    let plan = plan(&cluster);
    let stage = plan.stages.iter().find(|stage| stage.steps.iter().any(|step| step.id == "join")).unwrap();
    let steps: Vec<&str> = stage.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(steps, ["join-master", "join", "mark-node", "post-init-host", "applications"]);
    let marked: Vec<String> = stage.steps[2].hosts.iter().map(ToString::to_string).collect();
    assert_eq!(marked, ["10.0.0.3"]);
}

#[test]
fn scripts_for_the_whole_cluster_wait_until_every_host_has_joined() {
    let mut cluster = cluster(&["10.0.0.1"], &["10.0.0.2"]);
    let script = |phase: &str| Plugin { name: phase.into(), phases: vec![phase.into()], ..Plugin::default() };
    assert_eq!(found(Occasion::Run, &cluster, &["join", "applications", "ready"]), [4, 4, 5]);
    cluster.site.plugins = vec![script("post-install")];
    let steps = ["join", "post-install", "applications", "ready"];
    assert_eq!(found(Occasion::Run, &cluster, &steps), [4, 5, 5, 6]);
    // the other occasion has no script
    assert_eq!(found(Occasion::ScaleUp, &cluster, &steps), [4, 0, 4, 5]);
    cluster.site.plugins = vec![script("post-scaleup")];
    let steps = ["join", "post-scaleup", "applications", "ready"];
    assert_eq!(found(Occasion::ScaleUp, &cluster, &steps), [4, 5, 5, 6]);
}
