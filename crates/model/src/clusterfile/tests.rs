//! What is said about Clusterfiles, place by place.

mod applications;
mod desired;
mod older;
mod registry;
mod secrets;

use super::*;
use crate::Digest;
use crate::cluster::{Role, SecretPlace};
use crate::image::{Application, Extension};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// A file without mistakes, into which the cases below put theirs.
const SOUND: &str = "\
apiVersion: sealer.io/v2
kind: Cluster
metadata:
  name: site
spec:
  image: demo/web:v1
  env: [A=1]
  hosts:
    - ips: [10.0.0.1]
      roles: [master]
    - ips: [10.0.0.2]
      roles: [node]
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
networking: {podSubnet: 100.64.0.0/16, serviceSubnet: 10.96.0.0/22}
";

const APPLICATION: &str = "---\napiVersion: sealer.io/v2\nkind: Application\nspec:\n";
const PLUGIN: &str = "---\napiVersion: sealer.io/v1\nkind: Plugin\nspec:\n";
const CONFIG: &str = "---\napiVersion: sealer.io/v1\nkind: Config\nspec:\n";

/// One finding as `line:column field: message [hint]`.
fn told(text: &str) -> Vec<String> {
    let read = Clusterfile::read("Clusterfile", text);
    let one = |it: &Finding| {
        let hint = it.hint.as_deref().unwrap_or("-");
        format!("{}:{} {} {}: {} [{hint}]", it.line, it.column, it.severity.word(), it.field, it.message)
    };
    read.findings().iter().map(one).collect()
}

/// The sound file with one thing replaced.
fn with(from: &str, to: &str) -> String {
    assert!(SOUND.contains(from), "{from:?} is not in the sound file");
    SOUND.replacen(from, to, 1)
}

#[track_caller]
fn says(text: &str, expected: &[&str]) {
    assert_eq!(told(text), expected, "\n{text}");
}

#[test]
fn a_sound_file_gives_no_finding() {
    says(SOUND, &[]);
}

#[test]
fn a_misspelt_field_is_told_with_its_place_and_the_right_name() {
    let cases = [
        (with("  image:", "  imgae:"), "6:3 error spec.imgae: unknown field [did you mean image?]"),
        (with("  env:", "  Env:"), "7:3 error spec.Env: unknown field [did you mean env?]"),
        (
            with("      roles: [node]", "      role: [node]"),
            "12:7 error spec.hosts[1].role: unknown field [did you mean roles?]",
        ),
        (
            with("{podSubnet", "{podSubnets"),
            "16:14 error networking.podSubnets: unknown field [did you mean podSubnet?]",
        ),
        (
            format!("{SOUND}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPod: 9\n"),
            "20:1 error maxPod: unknown field [did you mean maxPods?]",
        ),
        (
            format!(
                "{SOUND}---\napiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\niptable: {{}}\n"
            ),
            "20:1 error iptable: unknown field [did you mean iptables?]",
        ),
        (
            format!("{SOUND}---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\nskipPhase: []\n"),
            "20:1 error skipPhase: unknown field [did you mean skipPhases?]",
        ),
        (
            format!("{SOUND}---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ncaCertPaht: /x\n"),
            "20:1 error caCertPaht: unknown field [did you mean caCertPath?]",
        ),
        (
            format!("{SOUND}{APPLICATION}  launchApp: [web]\n"),
            "21:3 error spec.launchApp: unknown field [did you mean launchApps?]",
        ),
    ];
    for (text, expected) in cases {
        assert!(told(&text).contains(&expected.to_owned()), "{expected}\nis not among\n{:#?}", told(&text));
    }
    let plugin = format!("{SOUND}{PLUGIN}  type: SHELL\n  action: pre-install\n  date: x\n");
    assert!(told(&plugin).contains(&"23:3 error spec.date: unknown field [did you mean data?]".to_owned()));
    let config = format!("{SOUND}{CONFIG}  path: a\n  data: b\n  stratgy: merge\n");
    assert!(told(&config).contains(&"23:3 error spec.stratgy: unknown field [did you mean strategy?]".to_owned()));
}

#[test]
fn a_field_that_only_a_newer_kubernetes_can_know_is_handed_on_with_a_warning() {
    let text =
        format!("{SOUND}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nquantumLeap: 9\n");
    let read = Clusterfile::read("f", &text);
    assert_eq!(read.findings()[0].severity, Severity::Warning);
    assert!(read.fit().is_ok());
    assert_eq!(read.kubeadm.kubelet["quantumLeap"], 9);
}

#[test]
fn documents_are_told_by_kind_and_version() {
    let cases = [
        (
            with("kind: Cluster\n", "kind: Clutser\n"),
            "2:7 error kind: \"Clutser\" is not a document of a Clusterfile [did you mean Cluster?]",
        ),
        (
            with("sealer.io/v2", "sealer.io/v3"),
            "1:13 error apiVersion: \"sealer.io/v3\" is not a version of Cluster [did you mean sealer.io/v2?]",
        ),
        (
            with("apiVersion: sealer.io/v2\n", ""),
            "1:1 error apiVersion: the field is missing [write apiVersion: sealer.io/v2]",
        ),
        (
            format!("{SOUND}---\napiVersion: Application\nkind: sealer.io/v2\n"),
            "19:7 error kind: \"sealer.io/v2\" is not a document of a Clusterfile [apiVersion and kind have changed places]",
        ),
        (
            format!("{SOUND}---\n- 1\n"),
            "18:1 error : a document must be a map with apiVersion and kind, and this is a list [-]",
        ),
        (
            format!("{SOUND}---\n{SOUND}"),
            "18:1 error kind: there is a second Cluster; the first is at line 1 [only one of them can count]",
        ),
        (String::new(), "1:1 error : there is no Cluster document [sealer clusterfile init writes one from flags]"),
        (
            with("sealer.io/v2", "sealer.cloud/v1"),
            "1:1 error apiVersion: this is a Cluster of the first version [sealer clusterfile convert Clusterfile prints it as version 2]",
        ),
    ];
    for (text, expected) in cases {
        assert!(told(&text).contains(&expected.to_owned()), "{expected}\nis not among\n{:#?}", told(&text));
    }
}

#[test]
fn values_follow_the_rules_of_their_fields() {
    let cases = [
        (with("10.0.0.1]", "10.0.0.256]"), "9:13 error spec.hosts[0].ips[0]: \"10.0.0.256\" is not an IP address [-]"),
        (
            with("[A=1]", "[A]"),
            "7:9 error spec.env[0]: it is not of the form KEY=VALUE [the Go sealer would ignore it]",
        ),
        (
            with("[A=1]", "A=1"),
            "7:8 error spec.env: it must be a list and is text [put - in front of each item, or [ ] around them]",
        ),
        (
            with("name: site", "name: Site"),
            "4:9 error metadata.name: \"Site\" is not a cluster's name [1 to 63 lower-case letters, digits or -, with a letter or digit at both ends]",
        ),
        (
            with("      roles: [node]", "      roles: [node]\n      taints: [junk]"),
            "13:16 error spec.hosts[1].taints[0]: \"junk\" has no effect [write junk:NoSchedule, or junk- to remove the taint]",
        ),
        (
            with("      roles: [node]", "      roles: [node]\n      labels: {-a: b}"),
            "13:16 error spec.hosts[1].labels.-a: the label's key \"-a\" must be 1 to 63 letters, digits, -, _ or . with a letter or digit at both ends [-]",
        ),
        (
            with("  env:", "  ssh: {port: 70000}\n  env:"),
            "7:15 error spec.ssh.port: 70000 is not between 1 and 65535 [-]",
        ),
        (
            with("  env:", "  ssh: {encrypted: maybe}\n  env:"),
            "7:20 error spec.ssh.encrypted: it must be true or false and is text [-]",
        ),
        (
            with("  env:", "  dataRoot: data\n  env:"),
            "7:13 error spec.dataRoot: \"data\" is not an absolute path [it begins with / and has no .. in it]",
        ),
        (
            with("100.64.0.0/16", "100.64.0.0"),
            "16:25 error networking.podSubnet: \"100.64.0.0\" is not an address range [an address range looks like 100.64.0.0/16]",
        ),
        (
            with("  env:", "  containerRuntime: {type: containerds}\n  env:"),
            "7:28 error spec.containerRuntime.type: \"containerds\" is not known here [did you mean containerd?]",
        ),
    ];
    for (text, expected) in cases {
        says(&text, &[expected]);
    }
    let plugin = format!("{SOUND}{PLUGIN}  type: SHEL\n  action: PreInstall\n  data: x\n");
    let found = told(&plugin);
    assert!(
        found.contains(&"21:9 error spec.type: \"SHEL\" is not known here [did you mean SHELL?]".to_owned()),
        "{found:#?}"
    );
    assert!(
        found
            .contains(&"22:11 error spec.action: \"PreInstall\" is not a phase [did you mean pre-install?]".to_owned())
    );
}

#[test]
fn contradictions_are_told_at_the_second_place() {
    let cases = [
        (
            with("10.0.0.2]", "10.0.0.1]"),
            "11:13 error spec.hosts[1].ips[0]: host 10.0.0.1 is named twice; the other place is line 9 [-]",
        ),
        (
            with("10.0.0.2]", "10.0.0.0-10.0.0.3]"),
            "11:13 error spec.hosts[1].ips[0]: host 10.0.0.1 is named twice; the other place is line 9 [-]",
        ),
        (
            with("10.0.0.2]", "\"fd00::2\"]"),
            "11:13 error spec.hosts[1].ips[0]: host fd00::2 is not of the same address family as 10.0.0.1 [-]",
        ),
        (
            with("[master]", "[master, node]"),
            "10:14 error spec.hosts[0].roles: a host is either a master or a node [a master runs pods, too, where its taints let it]",
        ),
        (
            with("[node]", "[nodes]"),
            "12:14 error spec.hosts[1].roles: neither master nor node is among the roles [did you mean node?]",
        ),
        (
            with("[master]", "[node]"),
            "9:5 error spec.hosts: no host has the role master [write roles: [master] for the host where the control plane shall run]",
        ),
        (
            with("10.96.0.0/22", "100.64.8.0/22"),
            "16:55 error networking.serviceSubnet: services 100.64.8.0/22 and pods 100.64.0.0/16 have addresses in common [-]",
        ),
        (
            with("10.96.0.0/22", "10.0.0.0/8"),
            "16:55 error networking.serviceSubnet: 10.0.0.0/8 holds the address of host 10.0.0.1 [choose a range that nothing on the site uses]",
        ),
        (
            with("  env:", "  cmd: [x]\n  appNames: [web]\n  env:"),
            "8:13 error spec.appNames: cmd run instead of applications, so that this does not count [keep cmd or appNames]",
        ),
        (
            with("  env:", "  ssh: {passwdFrom: {env: A, file: b}}\n  env:"),
            "7:21 error spec.ssh.passwdFrom: it must say exactly one of env, file, age and prompt [for example {env: SEALER_PASSWD}]",
        ),
    ];
    for (text, expected) in cases {
        says(&text, &[expected]);
    }
}

#[test]
fn everything_is_told_at_once_in_the_order_of_the_file() {
    let text = with("  image:", "  imgae:").replace("10.0.0.2", "10.0.0.1").replace("podSubnet", "podSubnets");
    let lines: Vec<usize> = Clusterfile::read("f", &text).findings().iter().map(|finding| finding.line).collect();
    assert_eq!(lines, [6, 11, 16]);
}

#[test]
fn a_finding_shows_the_line_and_never_a_secret() {
    let text = with("  env:", "  ssh: {user: root, pasword: hunter2, passwd: hunter2, prot: 22}\n  env:");
    let read = Clusterfile::read("f", &text);
    assert!(!format!("{read:?}").replace(&format!("{:?}", read.lines), "").contains("Written(Secret(\"hunter2"));
    let all: String = read.findings().iter().map(|finding| format!("{finding}\n")).collect();
    assert!(
        all.starts_with("f:7:21: error: spec.ssh.pasword: unknown field\n  7 |   ssh: {user: root, pasword:"),
        "{all}"
    );
    assert!(!all.contains("hunter2"), "{all}");
    let malformed = Clusterfile::read("f", "spec:\n  ssh: {passwd: \"hunter2\n");
    let all = malformed.findings().iter().map(ToString::to_string).collect::<String>();
    assert!(all.contains("malformed YAML"), "{all}");
    assert!(!all.contains("hunter2"), "{all}");
}

#[test]
fn what_this_version_cannot_do_is_named_and_keeps_the_file_from_being_used() {
    let cases = [(with("  env:", "  ssh: {encrypted: true}\n  env:"), "spec.ssh.encrypted", 7)];
    for (text, field, line) in cases {
        let unfit = Clusterfile::read("f", &text).fit().unwrap_err();
        let finding = &unfit.findings[0];
        assert_eq!((finding.severity, finding.field.as_str(), finding.line), (Severity::NotYet, field, line), "{text}");
        assert!(finding.hint.is_some(), "{finding}");
    }
    let harmless = with("  env:", "  registry: {localRegistry: {ha: false, insecure: true}}\n  env:");
    assert!(Clusterfile::read("f", &harmless).fit().is_ok());
}

#[test]
fn docker_is_read_and_does_not_go_with_every_registry() {
    let docker = |registry: &str| {
        with("  env:", &format!("  containerRuntime: {{type: docker}}\n  registry: {registry}\n  env:"))
    };
    let read = Clusterfile::read("f", &docker("{localRegistry: {upstreams: [{match: quay.io}]}}"));
    assert_eq!(read.findings(), []);
    let cluster = read.cluster("web:v1".parse().unwrap(), Digest::of(b""));
    assert_eq!(cluster.container_runtime, crate::cluster::ContainerRuntime::Docker);
    let stored = serde_json::to_value(&cluster).unwrap();
    assert_eq!(stored["containerRuntime"], "docker");
    for (registry, part) in [
        ("{localRegistry: {insecure: true}}", "only over TLS"),
        ("{externalRegistry: {domain: hub.example}}", "knows no other place"),
        (
            "{localRegistry: {upstreams: [{match: '*', url: 'https://hub.example'}]}}",
            "only images of Docker Hub and of domains",
        ),
    ] {
        let read = Clusterfile::read("f", &docker(registry));
        let found: Vec<String> = read.findings().iter().map(ToString::to_string).collect();
        assert!(found.len() == 1 && found[0].contains(part), "{registry}: {found:?}");
    }
    let containerd = docker("{localRegistry: {insecure: true}}").replace("docker}", "containerd}");
    assert_eq!(Clusterfile::read("f", &containerd).findings(), []);
}

#[test]
fn what_sealer_computes_is_warned_of_and_left_out() {
    let text = with("networking:", "kubernetesVersion: v1.19.8\nclusterName: x\nnetworking:");
    let read = Clusterfile::read("f", &text);
    assert_eq!(read.findings().len(), 2);
    assert!(read.findings().iter().all(|finding| finding.severity == Severity::Warning));
    assert_eq!(read.kubeadm.cluster.keys().collect::<Vec<_>>(), ["networking"]);
}

#[test]
fn the_example_is_sound_and_says_what_it_seems_to_say() {
    let read = Clusterfile::read("Clusterfile", include_str!("../../../../examples/kubernetes/Clusterfile"));
    assert_eq!(read.findings(), []);
    let cluster = read.cluster(read.cluster.image.clone().unwrap(), Digest::of(b""));
    assert_eq!(cluster.validate(), Ok(()));
    assert_eq!(cluster.members.len(), 3);
    assert_eq!(cluster.registry.domain, "registry.site-a.example");
    assert_eq!(cluster.site.kubeadm.kubelet["failSwapOn"], false);
    assert_eq!(read.cluster.ssh.password, Some(SecretSource::At(SecretPlace::Variable("SITE_PASSWORD".into()))));
}

#[test]
fn the_published_schema_and_page_are_current() {
    let stale = |name: &str| format!("{name} is stale: make it anew with sealer clusterfile schema and reference");
    assert_eq!(
        json_schema(),
        include_str!("../../../../docs/reference/clusterfile.schema.json"),
        "{}",
        stale("schema")
    );
    assert_eq!(reference_page(), include_str!("../../../../docs/reference/clusterfile.md"), "{}", stale("page"));
}

#[test]
fn the_schema_knows_every_kind_and_forbids_other_fields() {
    let schema: serde_json::Value = serde_json::from_str(&json_schema()).unwrap();
    for document in &fields::DOCUMENTS {
        let definition = &schema["definitions"][document.kind];
        assert_eq!(definition["properties"]["kind"]["const"], document.kind);
        assert_eq!(definition["additionalProperties"], document.open);
    }
    assert_eq!(schema["definitions"]["Cluster"]["properties"]["spec"]["additionalProperties"], false);
}

/// Lines that files are made of, and lines that they should not be made of.
fn line() -> impl Strategy<Value = String> {
    let lines: Vec<&'static str> =
        SOUND.lines().chain(["---", "? [a]", "a: &x [*x]", "<<: 1", "- - -", "\t"]).collect();
    prop_oneof![proptest::sample::select(lines).prop_map(str::to_owned), "[ -~\u{e9}]{0,40}"]
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        let read = Clusterfile::read("f", &text);
        prop_assert!(!read.findings().is_empty());
    }

    #[test]
    fn no_mixture_of_lines_makes_the_reader_or_the_mapping_panic(lines in proptest::collection::vec(line(), 0..24)) {
        let text = lines.join("\n");
        let read = Clusterfile::read("f", &text);
        let _ = read.cluster("web:v1".parse().unwrap(), Digest::of(b""));
        let _ = convert("f", &text);
        for finding in read.findings() {
            prop_assert!(finding.line >= 1 && finding.column >= 1);
            prop_assert!(!finding.to_string().is_empty());
        }
    }
}
