//! A customer whose site differs in everything that a Clusterfile can say: another registry, another folder, roles, taints, environment of
//! single hosts, files that are merged and filled in, scripts at phases. What was asked for is looked up on the hosts and in the cluster.

use crate::delivery::{CLUSTER, Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::expect::holds;

/// Delivers as the customer's Clusterfile says, looks, changes the greeting, and looks again.
pub(super) fn deliver(delivery: &Delivery) -> Result<()> {
    let file = delivery.folder().join("Clusterfile");
    for greeting in ["hello from site a", "good evening"] {
        std::fs::write(&file, clusterfile(delivery, greeting)?).map_err(Error::file("write", &file))?;
        let file = file.display().to_string();
        delivery.show(&["apply", "--yes", "-f", &file])?;
        look(delivery, greeting)?;
    }
    println!("    what the Clusterfile says is so on {} hosts, and so is what it says next", delivery.hosts.len());
    Ok(())
}

/// The first host is the master, all others are nodes with an environment of their own.
fn clusterfile(delivery: &Delivery, greeting: &str) -> Result<String> {
    let nodes: Vec<&str> = delivery.hosts.iter().skip(1).map(|host| host.address.as_str()).collect();
    let (master, nodes) = (&delivery.master()?.address, nodes.join(", "));
    Ok(format!(
        r#"apiVersion: sealer.io/v2
kind: Cluster
metadata: {{name: {CLUSTER}}}
spec:
  image: {IMAGE}
  dataRoot: /srv/site
  ssh: {{user: root, passwdFrom: {{env: SEALER_PASSWD}}}}
  env: ["GREETING={greeting}", PLACE=hall]
  hosts:
    - ips: [{master}]
      roles: [master]
    - ips: [{nodes}]
      roles: [node, shop]
      env: [PLACE=shop]
      labels: {{disk: ssd}}
      taints: ["site=a:PreferNoSchedule"]
  registry:
    localRegistry: {{domain: registry.site-a.example, port: 5001}}
---
apiVersion: sealer.io/v2
kind: Application
spec:
  configs:
    - name: guestbook
      files:
        - path: 03-guestbook.yaml
          strategy: merge
          data: |
            metadata:
              labels: {{customer: site-a}}
    - name: cache
      files:
        - path: values.yaml
          strategy: merge
          data: |
            greeting: {greeting}
            replicas: 2
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
kind: Plugin
metadata: {{name: sign}}
spec:
  type: SHELL
  action: pre-init-host
  scope: shop
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
metadata: {{name: note}}
spec:
  type: SHELL
  action: post-install
  data: |
    kubectl create configmap note --from-literal=greeting="$GREETING" --dry-run=client -o yaml | kubectl apply -f -
"#
    ))
}

fn look(delivery: &Delivery, greeting: &str) -> Result<()> {
    for (position, host) in delivery.hosts.iter().enumerate() {
        let place = if position == 0 { "hall" } else { "shop" };
        let expected = format!("{greeting} at {}, {place}, registry.site-a.example:5001", host.address);
        reads(delivery, host, &format!("/srv/site/{CLUSTER}/rootfs/etc/place"), &expected)?;
        let sign = host.attempt(&delivery.fleet.engine, &["test", "-e", "/etc/sign"])?.success();
        holds(&format!("the plugin of scope shop ran on the nodes only, {}", host.name), sign == (position > 0))?;
    }
    let asked = [
        (
            &[
                "get",
                "nodes",
                "-l",
                "disk=ssd,node-role.kubernetes.io/shop",
                "-o",
                "jsonpath={.items[*].spec.taints[*].key}",
            ][..],
            "site",
        ),
        (&["get", "configmap", "cache-greeting", "-o", "jsonpath={.data.greeting}"], greeting),
        (&["get", "deployment", "cache", "-o", "jsonpath={.status.readyReplicas}"], "2"),
        (&["get", "configmap", "note", "-o", "jsonpath={.data.greeting}"], greeting),
        (
            &[
                "get",
                "deployments,services,configmaps",
                "-A",
                "-l",
                "customer=site-a",
                "-o",
                "jsonpath={.items[*].kind}",
            ],
            "Deployment",
        ),
    ];
    for (arguments, expected) in asked {
        let found = delivery.kubectl(arguments)?;
        holds(&format!("kubectl {} says {expected}, not {found}", arguments.join(" ")), found.contains(expected))?;
    }
    Ok(())
}

fn reads(delivery: &Delivery, host: &Host, path: &str, expected: &str) -> Result<()> {
    let found = host.run(&delivery.fleet.engine, &["cat", path])?;
    holds(&format!("{path} on {} holds {expected:?}, not {found:?}", host.name), found.trim() == expected)
}
