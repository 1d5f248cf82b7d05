//! containerd from the rootfs, configured for this host: the sandbox image that the cluster image carries, the cgroup driver that the
//! kubelet will use, and registries looked up in `certs.d`.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::On;
use crate::steps::registry::file;
use sealer_model::Reference;
use sealer_model::agent::{Change, Login};
use sealer_model::cluster::ExternalRegistry;

const CONFIGURATION: &str = "/etc/containerd/config.toml";

/// The unit.
pub(super) const UNIT: &str = "containerd.service";

/// Folders that are containerd's.
const FOLDERS: [&str; 4] = ["/etc/containerd", "/var/lib/containerd", "/run/containerd", "/opt/containerd"];

const CTR: &str = "/usr/local/bin/ctr";
const MODULE: &str = "overlay";

/// What that touches.
pub(super) fn touches() -> impl Iterator<Item = String> {
    let folders = FOLDERS.map(|folder| format!("{folder}/"));
    folders.into_iter().chain([CTR.to_owned(), format!("/etc/systemd/system/{UNIT}"), MODULE.to_owned()])
}

/// What makes it run on a host.
pub(super) async fn changes(on: &On<'_, Delivery>) -> Result<Vec<Change>, Error> {
    let documents = on.context.kubeadm_documents(on.address()).await?;
    let login = on.context.external_login().await?;
    let external = on.cluster().registry.external.as_ref().map(ExternalRegistry::name).zip(login);
    let mode = if external.is_some() { 0o600 } else { 0o644 };
    let settings = Settings {
        external,
        sandbox_image: on.context.bundle.sandbox_image()?,
        systemd_cgroup: documents.cgroup_driver(on.context.bundle.kubernetes_version()?) == "systemd",
        restrict_oom_score: !on.fleet().facts_of(on.address())?.may_raise_limits(),
    };
    let mut changes: Vec<Change> = FOLDERS.map(|path| Change::Directory { path: path.into(), mode: 0o755 }).into();
    changes.extend([
        Change::Module { name: MODULE.into() },
        file(CONFIGURATION.into(), mode, &settings.configuration()),
        Change::Link { path: CTR.into(), target: format!("{}/cri/ctr", on.context.rootfs()) },
        file(format!("/etc/systemd/system/{UNIT}"), 0o644, &unit(on.context)),
        Change::Unit { name: UNIT.into(), running: true },
    ]);
    Ok(changes)
}

struct Settings<'a> {
    sandbox_image: &'a Reference,
    systemd_cgroup: bool,
    /// Where root may not raise limits, containerd must not try to protect itself from the OOM killer.
    restrict_oom_score: bool,
    /// A registry that the site has already, and who hosts are there. `hosts.toml` says it in each request, which registries with a token server
    /// do not take; they are logged in to with this.
    external: Option<(String, Login)>,
}

impl Settings<'_> {
    fn configuration(&self) -> String {
        let Self { sandbox_image, systemd_cgroup, restrict_oom_score, .. } = self;
        let logins = self.logins();
        format!(
            r#"version = 2

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "{sandbox_image}"
  restrict_oom_score_adj = {restrict_oom_score}

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/opt/cni/bin"
    conf_dir = "/etc/cni/net.d"

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = {systemd_cgroup}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/etc/containerd/certs.d"
{logins}"#
        )
    }

    /// Strings as JSON has them are strings of TOML, too.
    fn logins(&self) -> String {
        let Some((registry, login)) = &self.external else { return String::new() };
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!(
            "\n  [plugins.\"io.containerd.grpc.v1.cri\".registry.configs.{}.auth]\n    username = {}\n    password = {}\n",
            text(registry),
            text(&login.user),
            text(&login.password.0)
        )
    }
}

/// Limits stay those of the host: a unit that asks for more than the host may give does not start.
fn unit(delivery: &Delivery) -> String {
    let rootfs = delivery.rootfs();
    format!(
        "[Unit]\n\
         Description=containerd of the sealer cluster\n\
         After=network-online.target local-fs.target\n\
         Wants=network-online.target\n\
         \n\
         [Service]\n\
         Environment=PATH={rootfs}/cri:{}\n\
         ExecStart={rootfs}/cri/containerd --config {CONFIGURATION}\n\
         Type=notify\n\
         NotifyAccess=all\n\
         Delegate=yes\n\
         KillMode=process\n\
         Restart=always\n\
         RestartSec=5\n\
         TasksMax=infinity\n\
         \n\
         [Install]\n\
         WantedBy=multi-user.target\n",
        delivery.path()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::agent::Text;

    #[test]
    fn a_password_is_quoted_whatever_is_in_it() {
        let sandbox_image = "registry.k8s.io/pause:3.9".parse().unwrap();
        let login = Login { user: "robot$a".into(), password: Text("a\"b\\c".into()) };
        let external = Some(("[fd00::9]:5000".to_owned(), login));
        let settings =
            Settings { sandbox_image: &sandbox_image, systemd_cgroup: true, restrict_oom_score: false, external };
        let text = settings.configuration();
        let end =
            "registry.configs.\"[fd00::9]:5000\".auth]\n    username = \"robot$a\"\n    password = \"a\\\"b\\\\c\"\n";
        assert!(text.ends_with(end), "{text}");
    }
}
