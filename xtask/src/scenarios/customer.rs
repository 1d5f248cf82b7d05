//! Two customers of one image, whose sites differ in everything that a Clusterfile can say: another registry, another folder, roles, taints,
//! environment of single hosts, applications, values of charts, namespaces, files that are merged and filled in, scripts at phases, a secret,
//! names of hosts. What was asked for is looked up on the hosts and in the cluster.

mod secret;

use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::expect::holds;

/// A customer, and what is different there.
struct Customer {
    name: &'static str,
    folder: &'static str,
    port: u16,
    role: &'static str,
    greetings: &'static [&'static str],
    replicas: u8,
    namespace: &'static str,
    /// Which applications are launched.
    applications: &'static [&'static str],
}

const FIRST: Customer = Customer {
    name: "site-a",
    folder: "/srv/site",
    port: 5001,
    role: "shop",
    greetings: &["hello from site a", "good evening"],
    replicas: 2,
    namespace: "default",
    applications: &["guestbook", "cache"],
};

const SECOND: Customer = Customer {
    name: "site-b",
    folder: "/opt/platform",
    port: 5443,
    role: "kiosk",
    greetings: &["bonjour"],
    replicas: 1,
    namespace: "middleware",
    applications: &["cache"],
};

/// Delivers as the first customer's Clusterfile says, looks, changes the greeting, and looks again.
pub(super) fn deliver(delivery: &Delivery) -> Result<()> {
    deliver_to(delivery, &FIRST)
}

/// The same image as another customer has it.
pub(super) fn deliver_to_another(delivery: &Delivery) -> Result<()> {
    deliver_to(delivery, &SECOND)
}

fn deliver_to(delivery: &Delivery, customer: &Customer) -> Result<()> {
    let file = delivery.folder().join("Clusterfile");
    for greeting in customer.greetings {
        std::fs::write(&file, clusterfile(delivery, customer, greeting)?).map_err(Error::file("write", &file))?;
        let file = file.display().to_string();
        secret::apply(delivery, &file)?;
        look(delivery, customer, greeting)?;
    }
    println!("    what the Clusterfile of {} says is so on {} hosts", customer.name, delivery.hosts.len());
    Ok(())
}

/// The first host is the master, all others are nodes with an environment of their own.
fn clusterfile(delivery: &Delivery, customer: &Customer, greeting: &str) -> Result<String> {
    let nodes: Vec<&str> = delivery.hosts.iter().skip(1).map(|host| host.address.as_str()).collect();
    let (master, nodes) = (&delivery.master()?.address, nodes.join(", "));
    let Customer { name, folder, port, role, replicas, namespace, .. } = customer;
    let applications = customer.applications.join(", ");
    let last = delivery.hosts.last().map_or("", |host| host.address.as_str());
    let key = secret::plant(delivery.folder())?;
    Ok(format!(
        r#"apiVersion: sealer.io/v2
kind: Cluster
metadata: {{name: {CLUSTER}}}
spec:
  image: {IMAGE}
  dataRoot: {folder}
  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}
  env: ["GREETING={greeting}", PLACE=hall]
  envFrom: [{{name: TILL_KEY, file: {key}}}]
  hosts:
    - ips: [{master}]
      roles: [master]
    - ips: [{nodes}]
      roles: [node, {role}]
      env: [PLACE={role}]
      labels: {{disk: ssd}}
      taints: ["{name}=here:PreferNoSchedule"]
  registry:
    localRegistry: {{domain: registry.{name}.example, port: {port}}}
---
apiVersion: sealer.io/v2
kind: Application
spec:
  launchApps: [{applications}]
  configs:
    - name: guestbook
      files:
        - path: 03-guestbook.yaml
          strategy: merge
          data: |
            metadata:
              labels: {{customer: {name}}}
    - name: cache
      namespace: {namespace}
      envFrom: [{{name: CACHE_KEY, file: {key}}}]
      valuesFiles: [till.yaml]
      files:
        - path: till.yaml
          strategy: render
          data: |
            till: {{key: {{{{ .CACHE_KEY | quote }}}}}}
        - path: values.yaml
          strategy: merge
          data: |
            greeting: {greeting}
            replicas: {replicas}
---
apiVersion: sealer.io/v1
kind: Config
metadata: {{name: place}}
spec:
  path: etc/place.tmpl
  data: |
    {{{{ .GREETING }}}} at {{{{ .HostIP }}}}, {{{{ .PLACE }}}}, {{{{ .RegistryURL }}}}
---
apiVersion: sealer.io/v1
kind: Config
metadata: {{name: till}}
spec:
  path: etc/till.conf
  strategy: render
  data: |
    key = {{{{ .TILL_KEY }}}}
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: sign}}
spec:
  type: SHELL
  action: pre-init-host
  scope: {role}
  data: |
    echo "$PLACE" >/etc/sign
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: take-the-sign-down}}
spec:
  type: SHELL
  action: post-clean-host
  data: |
    rm -f /etc/sign
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: names}}
spec:
  type: HOSTNAME
  action: pre-init-host
  data: {last} {name}-till
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: a-look}}
spec:
  type: CLUSTERCHECK
  action: post-install
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: before-the-applications}}
spec:
  type: ETCD
  action: post-install
  data: /var/backups/{name}
---
apiVersion: sealer.io/v1
kind: Plugin
metadata: {{name: note}}
spec:
  type: SHELL
  action: post-install
  data: |
    kubectl create configmap note --from-literal=greeting="$GREETING" --dry-run=client -o yaml | kubectl apply -f -
    echo "the key is $TILL_KEY"
    printf %s "$TILL_KEY" | kubectl create secret generic till --from-file=key=/dev/stdin --dry-run=client -o yaml | kubectl apply -f -
"#
    ))
}

fn look(delivery: &Delivery, customer: &Customer, greeting: &str) -> Result<()> {
    let Customer { name, folder, port, role, .. } = customer;
    for (position, host) in delivery.hosts.iter().enumerate() {
        let place = if position == 0 { "hall" } else { role };
        let expected = format!("{greeting} at {}, {place}, registry.{name}.example:{port}", host.address);
        reads(delivery, host, &format!("{folder}/{CLUSTER}/rootfs/etc/place"), &expected)?;
        let sign = host.attempt(&delivery.fleet.engine, &["test", "-e", "/etc/sign"])?.success();
        holds(&format!("the plugin of scope {role} ran on the nodes only, {}", host.name), sign == (position > 0))?;
    }
    look_into_cluster(delivery, customer, greeting)?;
    named_and_saved(delivery, name)?;
    secret::look(delivery, folder)
}

/// The last host has a name of the site's, as a node, too; and etcd was saved once, however often it is delivered.
fn named_and_saved(delivery: &Delivery, customer: &str) -> Result<()> {
    let engine = &delivery.fleet.engine;
    let wanted = format!("{customer}-till");
    if let Some(host) = delivery.hosts.last() {
        let found = host.run(engine, &["sh", "-c", "uname -n; cat /etc/hostname; getent hosts $(uname -n)"])?;
        let expected = format!("{wanted}\n{wanted}\n{}", host.address);
        holds(&format!("{} is called {wanted}, not {found:?}", host.name), found.starts_with(&expected))?;
    }
    let nodes = delivery.kubectl(&["get", "nodes", "-o", "name"])?;
    holds(&format!("a node is called {wanted}: {nodes}"), nodes.contains(&format!("node/{wanted}")))?;
    let list = format!("stat -c '%a %n' /var/backups/{customer}/*");
    let saved = delivery.master()?.run(engine, &["sh", "-c", &list])?;
    let expected = format!("600 /var/backups/{customer}/etcd-{CLUSTER}-post-install-");
    holds(&format!("etcd was saved once: {saved}"), saved.starts_with(&expected) && saved.lines().count() == 1)
}

fn look_into_cluster(delivery: &Delivery, customer: &Customer, greeting: &str) -> Result<()> {
    let Customer { name, role, namespace, replicas, .. } = customer;
    let marked = format!("disk=ssd,node-role.kubernetes.io/{role}");
    let of_customer = format!("customer={name}");
    let launched = customer.applications.contains(&"guestbook");
    let asked: [(&[&str], &str); 5] = [
        (&["get", "nodes", "-l", &marked, "-o", "jsonpath={.items[*].spec.taints[*].key}"], name),
        (&["get", "configmap", "cache-greeting", "-n", namespace, "-o", "jsonpath={.data.greeting}"], greeting),
        (
            &["get", "deployment", "cache", "-n", namespace, "-o", "jsonpath={.status.readyReplicas}"],
            &replicas.to_string(),
        ),
        (&["get", "configmap", "note", "-o", "jsonpath={.data.greeting}"], greeting),
        (
            &["get", "deployments", "-A", "-l", &of_customer, "-o", "jsonpath={.items[*].kind}"],
            if launched { "Deployment" } else { "" },
        ),
    ];
    for (arguments, expected) in asked {
        let found = delivery.kubectl(arguments)?;
        holds(&format!("kubectl {} says {expected}, not {found}", arguments.join(" ")), found.contains(expected))?;
    }
    let all = delivery.kubectl(&["get", "deployments", "-A", "-o", "name"])?;
    holds(
        &format!("the guestbook is there where it is wanted, and nowhere else: {all}"),
        all.contains("guestbook") == launched,
    )
}

fn reads(delivery: &Delivery, host: &Host, path: &str, expected: &str) -> Result<()> {
    let found = host.run(&delivery.fleet.engine, &["cat", path])?;
    holds(&format!("{path} on {} holds {expected:?}, not {found:?}", host.name), found.trim() == expected)
}
