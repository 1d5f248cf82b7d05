//! Verbs of day two as far as they go without hosts: what is left of a cluster that cannot be reached, names that hosts know, and what is
//! refused for a cluster that the Go sealer made.

use crate::cluster::recorded;
use crate::surroundings::Surroundings;
use serde_json::Value;

#[test]
fn a_cluster_of_which_no_host_answers_is_forgotten_at_the_second_time_only() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    let record = here.root().join("clusters/my-cluster/cluster.json");
    let refused = here.sealer(&["delete", "--all", "--yes"]).ended(1);
    assert!(refused.stderr.contains("127.0.0.1") && refused.stderr.contains("127.0.0.2"), "{}", refused.stderr);
    assert!(refused.stderr.contains("--force"), "{}", refused.stderr);
    let first = here.sealer(&["delete", "--all", "--force"]).ended(1);
    assert!(first.stderr.contains("once more forgets cluster my-cluster"), "{}", first.stderr);
    assert!(record.exists());
    let second = here.sealer(&["delete", "--all", "--force"]).ended(3);
    assert!(second.stdout.contains("127.0.0.1 was not cleaned: "), "{}", second.stdout);
    assert!(
        second.stdout.contains("/var/lib/etcd") && second.stdout.contains("is forgotten here"),
        "{}",
        second.stdout
    );
    assert!(!record.exists());
}

#[test]
fn names_of_hosts_are_listed_and_refused_before_anybody_is_reached() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    assert_eq!(here.sealer(&["host-alias", "--output", "json"]).done(), "[]\n");
    let own = ["host-alias", "--ip", "192.0.2.1", "--hostnames", "apiserver.cluster.local"];
    let refused = here.sealer(&own).ended(1);
    assert!(refused.stderr.contains("is the cluster's own name"), "{}", refused.stderr);
    let unknown = here.sealer(&["alpha", "host-alias", "--ip", "192.0.2.1", "--remove"]).ended(1);
    assert!(unknown.stderr.contains("192.0.2.1 has no such name"), "{}", unknown.stderr);
    let _ = here.sealer(&["host-alias", "--ip", "192.0.2.1"]).ended(2);
}

#[test]
fn hosts_that_have_left_are_not_unknown_to_a_removal_that_was_cut_off_at_its_very_end() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    let file = here.root().join("clusters/my-cluster/intention.json");
    let begun = serde_json::json!({
        "work": {"verb": "scale-down", "hosts": ["127.0.0.9"], "force": false},
        "terms": {"deadlineSeconds": 900, "ignore": [], "fix": false}, "asked": 1,
    });
    let removal = ["delete", "--nodes", "127.0.0.9", "--yes"];
    for words in [&removal[..], &["resume"]] {
        std::fs::write(&file, begun.to_string()).unwrap();
        let done = here.sealer(words).done();
        assert!(done.contains("ready without these hosts"), "{words:?}: {done}");
        assert!(!file.exists(), "{words:?}");
    }
    let unknown = here.sealer(&removal).ended(1);
    assert!(unknown.stderr.contains("127.0.0.9"), "{}", unknown.stderr);
}

#[test]
fn hosts_that_cannot_be_asked_for_their_certificates_are_rows_and_a_problem() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    let table = here.sealer(&["cert", "check"]).ended(4).stdout;
    let row = |host: &str| table.lines().any(|line| line.starts_with(host) && line.contains("(not asked)"));
    assert!(row("127.0.0.1") && row("127.0.0.2") && table.contains("refused"), "{table}");
    let json = here.sealer(&["cert", "check", "--output", "json"]).ended(4).stdout;
    let told: Value = serde_json::from_str(&json).unwrap();
    let hosts: Vec<_> = told["unreached"].as_array().unwrap().iter().map(|it| it["host"].clone()).collect();
    assert_eq!(hosts, ["127.0.0.1", "127.0.0.2"]);
    assert!(told["unreached"][0]["reason"].as_str().unwrap().contains("refused"), "{told}");
    assert_eq!(told["certificates"], serde_json::json!([]));
}

#[test]
fn a_kubeconfig_that_is_there_is_not_overwritten() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    here.write("config", "mine");
    let refused = here.sealer(&["kubeconfig", "--file", "config"]).ended(2);
    assert!(refused.stderr.contains("--merge"), "{}", refused.stderr);
    assert_eq!(std::fs::read_to_string(here.work().join("config")).unwrap(), "mine");
}

#[test]
fn a_cluster_of_the_go_sealer_is_not_installed_over() {
    let here = Surroundings::new().with("SEALER_PASSWD", "hunter2");
    recorded(&here);
    let record = here.root().join("clusters/my-cluster/cluster.json");
    let mut cluster: Value = serde_json::from_str(&std::fs::read_to_string(&record).unwrap()).unwrap();
    cluster["adopted"] = serde_json::json!({"runtime": "containerd"});
    std::fs::write(&record, cluster.to_string()).unwrap();
    let again = ["run", "web:v1", "-m", "127.0.0.1", "-n", "127.0.0.2", "--port", "1"];
    for words in [&["upgrade", "web:v1", "--yes"][..], &again, &["host-alias", "--ip", "192.0.2.1", "--hostnames", "a"]]
    {
        let refused = here.sealer(words).ended(1);
        assert!(refused.stderr.contains("was made by the Go sealer"), "{words:?}: {}", refused.stderr);
    }
    let masters = here.sealer(&["scale-up", "--masters", "127.0.0.3", "--port", "1"]).ended(1);
    assert!(masters.stderr.contains("joining masters is not possible"), "{}", masters.stderr);
}
