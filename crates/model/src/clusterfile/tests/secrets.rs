//! What a file says of secrets of the environment.

use super::*;
use crate::cluster::SecretPlace;

#[test]
fn secrets_of_cluster_hosts_and_applications_are_references() {
    let text = SOUND.replace(
        "  env: [A=1]\n",
        "  envFrom: [{name: A, env: PLACE}, {name: B, file: ~/b}, {name: D, age: s.age, key: d}]\n",
    );
    let text = text.replace("roles: [master]", "roles: [master]\n      envFrom: [{name: A, prompt: true}]");
    let text = format!("{text}{APPLICATION}  configs: [{{name: web, envFrom: [{{name: C, env: PLACE}}]}}]\n");
    says(&text, &[]);
    let cluster = Clusterfile::read("f", &text).cluster("web:v1".parse().unwrap(), Digest::of(b""));
    let site = &cluster.site;
    assert_eq!(site.env_from["A"], SecretPlace::Variable("PLACE".into()));
    assert_eq!(site.env_from["B"], SecretPlace::File("~/b".into()));
    assert_eq!(site.env_from["D"], SecretPlace::Age { file: "s.age".into(), key: Some("d".into()) });
    assert_eq!(site.host_env_from[&cluster.members[0].address]["A"], SecretPlace::Prompt);
    assert_eq!(site.applications["web"].env_from["C"], SecretPlace::Variable("PLACE".into()));
    let stored = serde_json::to_string(&cluster).unwrap();
    assert_eq!(serde_json::from_str::<crate::cluster::Cluster>(&stored).unwrap(), cluster);
}

#[test]
fn contradictions_are_found_with_their_places() {
    let wrong = "  env: [A=b]\n  envFrom:\n    - {name: A, env: X}\n    - {name: B, env: X}\n    - {name: B, env: X}\n    \
                 - {name: C}\n    - {name: D, env: X, file: y}\n    - {name: HostIP, env: X}\n    - {name: PodCIDR, env: X}\n    \
                 - {name: a-b, env: X}\n    - {env: X}\n    - {name: E, age: x, env: y}\n    - {name: F, file: x, key: y}\n    \
                 - {name: G, age: x}\n";
    let read = Clusterfile::read("f", &SOUND.replace("  env: [A=1]\n", wrong));
    let found: Vec<String> =
        read.findings().iter().map(|it| format!("{}:{}: {}", it.line, it.column, it.message)).collect();
    let first = SOUND.lines().position(|line| line == "  env: [A=1]").unwrap();
    let at = |line: usize, column: usize, message: &str| format!("{}:{column}: {message}", first + line);
    let expected = [
        at(3, 14, &format!("A is at line {}, too", first + 1)),
        at(5, 14, &format!("B is at line {}, too", first + 4)),
        at(6, 7, "it must say exactly one of env, file, age and prompt"),
        at(7, 7, "it must say exactly one of env, file, age and prompt"),
        at(8, 14, "sealer sets HostIP by itself"),
        at(9, 14, "PodCIDR goes into kubeadm's documents, which are no secret"),
        at(10, 14, "\"a-b\" is not the name of a variable"),
        at(11, 7, "the field is missing"),
        at(12, 7, "it must say exactly one of env, file, age and prompt"),
        at(13, 31, "only a file of age has secrets with names"),
    ];
    assert_eq!(found, expected);
}
