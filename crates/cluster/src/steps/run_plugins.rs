//! Runs the plugins that the image and the site bring for one phase; most of them are scripts. Those of the cluster's phases run once, on
//! the first master, those of the hosts' phases on every host of their scope. A mark with the digest of what ran tells a later
//! delivery that nothing is left to do.

use crate::delivery::command;
use crate::step::{Answer, On, Step, first_master};
use crate::steps::launch::mark_mode;
use crate::steps::ready;
use crate::steps::registry::{cluster_folder, file};
use crate::steps::save_etcd::save_etcd;
use crate::{Error, Fleet};
use sealer_model::Digest;
use sealer_model::agent::Change;
use sealer_model::cluster::{Cluster, Environment, Member, Plugin, PluginKind, Role, Secrets};
use sealer_model::image::Extension;

/// Run plugins at a phase.
pub(crate) struct RunPlugins {
    phase: &'static str,
    title: &'static str,
    /// Whether it runs on every host of a plugin's scope.
    on_hosts: bool,
    /// Whether the host is about to lose the cluster: then nobody will ask for a mark.
    is_farewell: bool,
}

impl RunPlugins {
    const fn new(phase: &'static str, title: &'static str, on_hosts: bool, is_farewell: bool) -> Self {
        Self { phase, title, on_hosts, is_farewell }
    }

    /// Before Kubernetes is installed.
    pub(crate) const PRE_INSTALL: Self = Self::new("pre-install", "Run plugins: pre-install", false, false);
    /// When the cluster is there, before its applications.
    pub(crate) const POST_INSTALL: Self = Self::new("post-install", "Run plugins: post-install", false, false);
    /// Before hosts join.
    pub(crate) const PRE_SCALEUP: Self = Self::new("pre-scaleup", "Run plugins: pre-scaleup", false, false);
    /// When all hosts run the new version, before its applications.
    pub(crate) const UPGRADE: Self = Self::new("upgrade", "Run plugins: upgrade", false, false);
    /// When all hosts run the former version again, before its applications.
    pub(crate) const ROLLBACK: Self = Self::new("rollback", "Run plugins: rollback", false, false);
    /// When a host has the new rootfs, before its runtime and kubelet are replaced.
    pub(crate) const UPGRADE_HOST: Self = Self::new("upgrade-host", "Run plugins: upgrade-host", true, false);
    /// When hosts have joined.
    pub(crate) const POST_SCALEUP: Self = Self::new("post-scaleup", "Run plugins: post-scaleup", false, false);
    /// Before a host gets its container runtime.
    pub(crate) const PRE_INIT_HOST: Self = Self::new("pre-init-host", "Run plugins: pre-init-host", true, false);
    /// When a host is part of the cluster.
    pub(crate) const POST_INIT_HOST: Self = Self::new("post-init-host", "Run plugins: post-init-host", true, false);
    /// Before the cluster goes.
    pub(crate) const PRE_UNINSTALL: Self = Self::new("pre-uninstall", "Run plugins: pre-uninstall", false, true);
    /// When Kubernetes is gone from all hosts.
    pub(crate) const POST_UNINSTALL: Self = Self::new("post-uninstall", "Run plugins: post-uninstall", false, true);
    /// Before a host loses the cluster.
    pub(crate) const PRE_CLEAN_HOST: Self = Self::new("pre-clean-host", "Run plugins: pre-clean-host", true, true);
    /// When Kubernetes is gone from a host, and the rootfs is still there.
    pub(crate) const POST_CLEAN_HOST: Self = Self::new("post-clean-host", "Run plugins: post-clean-host", true, true);

    /// The plugins that run on a host at this phase, in their order.
    fn of<'a>(&self, cluster: &'a Cluster, member: &Member) -> Vec<&'a Plugin> {
        let concerned = |plugin: &&Plugin| {
            plugin.phases.iter().any(|phase| phase == self.phase)
                && (!self.on_hosts || in_scope(cluster, member, plugin))
        };
        cluster.site.plugins.iter().filter(concerned).collect()
    }

    /// What tells that a plugin ran here in exactly this form.
    fn mark(&self, cluster: &Cluster, plugin: &Plugin, environment: &Environment, secrets: &Secrets) -> Change {
        // only scripts see variables
        let none = Environment::new();
        let environment = if plugin.kind == PluginKind::Script { environment } else { &none };
        let what = format!("{}\n{environment:?}\n{}", plugin.data, self.occasion(cluster));
        let path = format!("{}/plugins/{}/{}", cluster.folder(), self.phase, file_name(&plugin.name));
        file(path, mark_mode(environment, secrets), Digest::of(what.as_bytes()).as_str())
    }
}

impl RunPlugins {
    /// What makes the phase come once more: hosts that join, another image, the same one after a way back. All other phases come once in a
    /// cluster's life, whatever image it runs by then.
    fn occasion(&self, cluster: &Cluster) -> String {
        match self.phase {
            "pre-scaleup" | "post-scaleup" => format!("{:?}", cluster.members),
            "upgrade" | "upgrade-host" | "rollback" => format!("{} {}", cluster.image_digest, cluster.image_changes),
            _ => String::new(),
        }
    }
}

/// Names of plugins are anybody's words.
fn file_name(name: &str) -> String {
    Digest::of(name.as_bytes()).short().to_owned()
}

fn in_scope(cluster: &Cluster, member: &Member, plugin: &Plugin) -> bool {
    let role = match member.role {
        Role::Master => "master",
        Role::Node => "node",
    };
    let further = cluster.site.nodes.get(&member.address).map(|marks| marks.roles.as_slice()).unwrap_or_default();
    let has = |wanted: &String| wanted == role || further.contains(wanted);
    plugin.scope.is_empty() || plugin.scope.iter().any(has)
}

/// What plugins see: the host's environment. What the image itself brings is known wherever the image is.
pub(crate) trait Sees {
    /// The image's applications and environment; none where the cluster is going and the image may be gone.
    fn extension(&self) -> Option<&Extension>;

    /// Waits until the cluster is well, without what its applications have to say.
    fn until_well<'a>(on: &'a On<'a, Self>) -> Answer<'a, ()>
    where
        Self: Sized;
}

impl Sees for Fleet {
    fn extension(&self) -> Option<&Extension> {
        None
    }

    /// A cluster that goes need not be well.
    fn until_well<'a>(_: &'a On<'a, Self>) -> Answer<'a, ()> {
        Box::pin(async { Ok(()) })
    }
}

impl Sees for crate::delivery::Delivery {
    fn extension(&self) -> Option<&Extension> {
        Some(&self.bundle.extension)
    }

    fn until_well<'a>(on: &'a On<'a, Self>) -> Answer<'a, ()> {
        Box::pin(async move { ready::until_well(on, None).await.map(drop) })
    }
}

fn environment<C: AsRef<Fleet> + Sees>(on: &On<'_, C>) -> Environment {
    let none = Extension::default();
    on.cluster().environment(on.context.extension().unwrap_or(&none), on.member, on.fleet().secrets())
}

impl<C: AsRef<Fleet> + Sees + Send + Sync> Step<C> for RunPlugins {
    fn id(&self) -> &'static str {
        self.phase
    }

    fn title(&self) -> &'static str {
        self.title
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        let members = if self.on_hosts { cluster.members.clone() } else { first_master(cluster) };
        members.into_iter().filter(|member| !self.of(cluster, member).is_empty()).collect()
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{}/plugins/", cluster.folder())]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        Box::pin(async move {
            if self.is_farewell {
                return Ok(on
                    .agent()?
                    .read_file(&format!("{}/.sealer-rootfs", on.cluster().rootfs()))
                    .await?
                    .is_none());
            }
            let environment = environment(on);
            for plugin in self.of(on.cluster(), on.member) {
                if on.change(vec![self.mark(on.cluster(), plugin, &environment, on.fleet().secrets())], true).await? {
                    return Ok(false);
                }
            }
            Ok(true)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, ()> {
        Box::pin(async move {
            let environment = environment(on);
            for plugin in self.of(on.cluster(), on.member) {
                let mark = self.mark(on.cluster(), plugin, &environment, on.fleet().secrets());
                if !self.is_farewell && !on.change(vec![mark.clone()], true).await? {
                    continue;
                }
                let done = match plugin.kind {
                    PluginKind::Script => self.run(on, plugin, &environment).await,
                    PluginKind::ClusterCheck => C::until_well(on).await,
                    PluginKind::EtcdBackup => save_etcd(on, self.phase, plugin.data.trim()).await,
                };
                done.map_err(|source| Error::Plugin { name: plugin.name.clone(), source: Box::new(source) })?;
                if !self.is_farewell {
                    on.change(vec![mark], false).await?;
                }
            }
            Ok(())
        })
    }

    /// A farewell has nothing to show for itself but that it ran.
    fn verify<'a>(&'a self, on: &'a On<'a, C>) -> Answer<'a, bool> {
        if self.is_farewell { Box::pin(async { Ok(true) }) } else { self.probe(on) }
    }
}

impl RunPlugins {
    /// The script is a file, not a part of a command line: nobody else reads it there, and its own input stays free.
    async fn run<C: AsRef<Fleet> + Sees>(
        &self,
        on: &On<'_, C>,
        plugin: &Plugin,
        environment: &Environment,
    ) -> Result<(), Error> {
        let path = format!("{}/plugins/{}.sh", on.cluster().folder(), file_name(&plugin.name));
        on.change(vec![cluster_folder(on.cluster()), file(path.clone(), 0o700, &plugin.data)], false).await?;
        let mut shell = command(on.cluster(), "bash", &[&path]);
        let ours = std::mem::replace(&mut shell.environment, environment.clone());
        shell.environment.extend(ours);
        shell.directory = Some(on.cluster().rootfs());
        on.fleet().run(on.address(), self.phase, shell).await.map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step::tests::cluster;
    use sealer_model::cluster::NodeMarks;

    fn plugin(name: &str, phases: &[&str], scope: &[&str]) -> Plugin {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
        let (phases, scope) = (owned(phases), owned(scope));
        Plugin { name: name.into(), phases, scope, data: "true".into(), ..Plugin::default() }
    }

    fn hosts(step: &RunPlugins, cluster: &Cluster) -> Vec<String> {
        let hosts = <RunPlugins as Step<Fleet>>::hosts(step, cluster);
        hosts.iter().map(|member| member.address.to_string()).collect()
    }

    #[test]
    fn a_plugin_runs_where_its_phase_and_its_scope_say() {
        let mut cluster = cluster(&["10.0.0.1", "10.0.0.2"], &["10.0.0.3", "10.0.0.4"]);
        assert!(hosts(&RunPlugins::PRE_INSTALL, &cluster).is_empty());
        let marks = NodeMarks { roles: vec!["gpu".into()], ..NodeMarks::default() };
        cluster.site.nodes.insert("10.0.0.4".parse().unwrap(), marks);
        cluster.site.plugins = vec![
            plugin("a", &["pre-install", "post-install"], &["node"]),
            plugin("b", &["pre-init-host"], &["gpu"]),
            plugin("c", &["post-init-host"], &["node"]),
            plugin("d", &["pre-clean-host"], &[]),
        ];
        assert_eq!(hosts(&RunPlugins::PRE_INSTALL, &cluster), ["10.0.0.1"]);
        assert_eq!(hosts(&RunPlugins::PRE_INIT_HOST, &cluster), ["10.0.0.4"]);
        assert_eq!(hosts(&RunPlugins::POST_INIT_HOST, &cluster), ["10.0.0.3", "10.0.0.4"]);
        assert_eq!(hosts(&RunPlugins::PRE_CLEAN_HOST, &cluster).len(), 4);
        assert!(hosts(&RunPlugins::POST_CLEAN_HOST, &cluster).is_empty());
    }

    #[test]
    fn only_scripts_run_again_when_variables_change() {
        let (cluster, none) = (cluster(&["10.0.0.1"], &[]), Secrets::default());
        let before = Environment::from([("A".to_owned(), "1".to_owned())]);
        let same = |kind: PluginKind| {
            let plugin = Plugin { kind, ..plugin("a", &[], &[]) };
            let mark = |environment: &Environment| RunPlugins::POST_INSTALL.mark(&cluster, &plugin, environment, &none);
            mark(&before) == mark(&Environment::new())
        };
        assert!(!same(PluginKind::Script));
        assert!(same(PluginKind::ClusterCheck) && same(PluginKind::EtcdBackup));
    }

    #[test]
    fn a_mark_that_covers_a_secret_is_for_root_alone() {
        let cluster = cluster(&["10.0.0.1"], &[]);
        let place = sealer_model::cluster::SecretPlace::Prompt;
        let secret = sealer_model::Secret::new("hunter2");
        let secrets: Secrets = [(("A".to_owned(), place), secret)].into_iter().collect();
        let mode = |value: &str| {
            let environment = Environment::from([("A".to_owned(), value.to_owned())]);
            match RunPlugins::POST_INSTALL.mark(&cluster, &plugin("a", &[], &[]), &environment, &secrets) {
                Change::File { mode, .. } => mode,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((mode("hunter2"), mode("open")), (0o600, 0o644));
    }

    #[test]
    fn an_upgrade_is_no_reason_to_install_once_more() {
        let cluster = cluster(&["10.0.0.1"], &[]);
        let image = sealer_model::Digest::of(b"v2");
        let upgraded = cluster.with_image("guestbook:v2".parse().unwrap(), image);
        let (plugin, environment) = (plugin("a", &[], &[]), Environment::default());
        let none = Secrets::default();
        let same = |step: RunPlugins| {
            step.mark(&cluster, &plugin, &environment, &none) == step.mark(&upgraded, &plugin, &environment, &none)
        };
        for once in [
            RunPlugins::PRE_INSTALL,
            RunPlugins::PRE_INIT_HOST,
            RunPlugins::POST_INIT_HOST,
            RunPlugins::POST_INSTALL,
            RunPlugins::POST_SCALEUP,
        ] {
            assert!(same(once));
        }
        for each_time in [RunPlugins::UPGRADE, RunPlugins::UPGRADE_HOST, RunPlugins::ROLLBACK] {
            assert!(!same(each_time));
        }
        let back = upgraded.with_image(cluster.image.clone(), cluster.image_digest.clone());
        let once_more = back.with_image(upgraded.image.clone(), upgraded.image_digest.clone());
        let mark = |cluster: &Cluster| RunPlugins::UPGRADE.mark(cluster, &plugin, &environment, &none);
        assert!(mark(&upgraded) != mark(&once_more), "an upgrade after a way back is another one");
    }
}
