//! What a file becomes: the desired state.

use super::*;

#[test]
fn secrets_do_not_reach_the_desired_state() {
    let secrets = "  ssh: {passwd: hunter2, pkPasswd: hunter3}\n  env:";
    let joined = "---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: InitConfiguration\ncertificateKey: hunter4\nbootstrapTokens: [{token: hunter5}]\n";
    let read = Clusterfile::read("f", &format!("{}{joined}", with("  env:", secrets)));
    let cluster = read.cluster("demo/web:v1".parse().unwrap(), Digest::of(b""));
    let stored = serde_json::to_string(&cluster).unwrap();
    let shown = format!("{:?} {:?} {:?}", read.cluster, read.kubeadm, cluster);
    for secret in ["hunter2", "hunter3", "hunter4", "hunter5"] {
        assert!(!stored.contains(secret) && !shown.contains(secret), "{secret} got out");
    }
}

#[test]
fn the_desired_state_has_masters_first_and_what_each_host_says_for_itself() {
    let text = "\
apiVersion: sealer.io/v2
kind: Cluster
spec:
  ssh: {user: admin, port: 22}
  env: [A=1, A=2, RegistryURL=x, \"CertSANs=a.example, b.example\"]
  hosts:
    - {ips: [10.0.0.4-10.0.0.5], roles: [node, db], ssh: {port: 2222}, labels: {disk: ssd, tier: 1}}
    - {ips: [10.0.0.1], roles: [master], taints: [\"my-key=v:NoSchedule\", old-]}
  hostAliases: [{ip: 10.0.0.9, hostnames: [ntp.example]}]
  registry:
    localRegistry:
      domain: r.example
      port: \"5001\"
      cert: {subjectAltName: {dnsNames: [hub.example], ips: [10.0.0.100, \"FD00:0::1\"]}}
";
    let read = Clusterfile::read("f", text);
    let cluster = read.cluster("web:v1".parse().unwrap(), Digest::of(b""));
    let members: Vec<String> =
        cluster.members.iter().map(|it| format!("{} {} {:?}", it.address, it.ssh_port, it.role)).collect();
    assert_eq!(members, ["10.0.0.1 22 Master", "10.0.0.4 2222 Node", "10.0.0.5 2222 Node"]);
    assert_eq!(cluster.members[0].role, Role::Master);
    assert_eq!(cluster.name, "my-cluster");
    assert_eq!(cluster.env["A"], "2");
    assert!(!cluster.env.contains_key("RegistryURL"));
    assert_eq!(cluster.registry.url(), "https://r.example:5001");
    assert_eq!(cluster.registry.further_names, ["hub.example", "10.0.0.100", "fd00::1"]);
    assert_eq!(cluster.site.kubeadm.cluster["apiServer"]["certSANs"], serde_json::json!(["a.example", "b.example"]));
    let address = |text: &str| text.parse::<IpAddr>().unwrap();
    let marks = &cluster.site.nodes[&address("10.0.0.5")];
    assert_eq!((marks.roles.join(","), marks.labels["tier"].as_str()), ("db".to_owned(), "1"));
    let taints: Vec<String> = cluster.site.nodes[&address("10.0.0.1")].taints.iter().map(ToString::to_string).collect();
    assert_eq!(taints, ["my-key=v:NoSchedule", "old-"]);
    let logins = read.logins();
    assert_eq!(logins[&address("10.0.0.4")].user.as_deref(), Some("admin"));
    assert_eq!(logins[&address("10.0.0.4")].port, Some(2222));
    let text = serde_json::to_string(&cluster).unwrap();
    assert_eq!(serde_json::from_str::<crate::cluster::Cluster>(&text).unwrap(), cluster);
}

#[test]
fn an_application_that_the_image_does_not_have_is_told_at_its_place() {
    let application = |name: &str| Application { name: name.into(), ..Application::default() };
    let extension = Extension { applications: vec![application("web"), application("redis")], ..Extension::default() };
    let text = format!("{SOUND}{APPLICATION}  launchApps: [web, rediss]\n  configs: [{{name: wep, env: [A=1]}}]\n");
    let read = Clusterfile::read("f", &text);
    assert!(read.fit().is_ok());
    let findings = read.fit_for(&extension).unwrap_err().findings;
    let told: Vec<String> = findings
        .iter()
        .map(|it| format!("{}:{} {} [{}]", it.line, it.column, it.message, it.hint.clone().unwrap()))
        .collect();
    assert_eq!(
        told,
        [
            "21:21 the image has no application rediss [did you mean redis?]",
            "22:20 the image has no application wep [did you mean web?]",
        ]
    );
}

#[test]
fn configs_plugins_and_host_environments_reach_the_desired_state() {
    let plugin = |kind: &str, data: &str| format!("{PLUGIN}  type: {kind}\n  action: pre-init-host\n  data: {data}\n");
    let file = "---\napiVersion: sealer.io/v2\nkind: Application\nspec:\n  configs:\n  - {name: web, files: [{path: a.yaml, strategy: merge, data: 'x: 1'}]}\n";
    let text = format!(
        "{}{CONFIG}  path: etc/a.yaml\n  data: x\n{}{}{}{file}",
        with("      roles: [node]", "      roles: [node]\n      env: [B=2, HostIP=no]"),
        plugin("SHELL", "echo hi"),
        plugin("LABEL", "10.0.0.2 ssd=true,disk=big"),
        plugin("TAINT", "10.0.0.2 dedicated=db:NoSchedule"),
    );
    let read = Clusterfile::read("f", &text);
    assert_eq!(read.fit(), Ok(()));
    let site = read.cluster("demo/web:v1".parse().unwrap(), Digest::of(b"")).site;
    let node: IpAddr = "10.0.0.2".parse().unwrap();
    assert_eq!(site.host_env[&node], BTreeMap::from([("B".to_owned(), "2".to_owned())]));
    assert_eq!(site.nodes[&node].labels["disk"], "big");
    assert_eq!(site.nodes[&node].taints, ["dedicated=db:NoSchedule".parse().unwrap()]);
    let scripts: Vec<&str> = site.plugins.iter().map(|plugin| plugin.data.as_str()).collect();
    assert_eq!(scripts, ["echo hi"]);
    let files: Vec<String> = site.configs.iter().map(crate::cluster::Config::file).collect();
    assert_eq!(files, ["etc/a.yaml", "application/apps/web/a.yaml"]);
    let wrong = Clusterfile::read("f", &format!("{SOUND}{}", plugin("LABEL", "10.0.0.2")));
    assert!(wrong.fit().unwrap_err().findings[0].message.contains("does not say which hosts"));
}
