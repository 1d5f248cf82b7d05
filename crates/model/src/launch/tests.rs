//! Which commands start what, where, in which order.

use super::*;
use crate::cluster::{ApplicationSettings, Config, DEFAULT_DATA_ROOT, Member, Role, Site, SiteRegistry};
use crate::image::ApplicationType;
use crate::image::Launch;

fn cluster() -> Cluster {
    Cluster {
        name: "c".into(),
        image: "i:v1".parse().unwrap(),
        image_digest: crate::Digest::of(b""),
        members: vec![Member { address: "10.0.0.1".parse().unwrap(), ssh_port: 22, role: Role::Master }],
        registry: SiteRegistry::default(),
        container_runtime: Default::default(),
        data_root: DEFAULT_DATA_ROOT.into(),
        env: BTreeMap::from([("A".into(), "cluster".into())]),
        applications: None,
        commands: Vec::new(),
        site: Site::default(),
        former_images: Vec::new(),
        image_changes: 0,
        adopted: None,
    }
}

fn application(name: &str, files: &[&str]) -> Application {
    Application {
        name: name.into(),
        application_type: ApplicationType::Kube,
        files: files.iter().map(|file| (*file).to_owned()).collect(),
        ..Application::default()
    }
}

fn extension() -> Extension {
    Extension {
        applications: vec![application("net", &["net.yaml"]), application("web", &["a b.yaml"])],
        labels: BTreeMap::from([("cluster.alpha.sealer.io/kube-cni-net".into(), "true".into())]),
        env: BTreeMap::from([("A".into(), "image".into()), ("B".into(), "image".into())]),
        launch: Launch { cmds: Vec::new(), application_names: vec!["web".into()] },
        ..Extension::default()
    }
}

fn texts(launched: &Launched) -> Vec<String> {
    launched.commands.iter().map(LaunchCommand::text).collect()
}

/// How manifests are applied that are not waited for.
const ENDING: &str = "--take-over --kubeconfig /etc/kubernetes/admin.conf";

fn applications(cluster: &Cluster, extension: &Extension) -> Result<Vec<Launched>, CannotLaunch> {
    super::applications(cluster, extension, &Secrets::default())
}

fn plugins(cluster: &Cluster, extension: &Extension) -> Result<Vec<Launched>, CannotLaunch> {
    super::plugins(cluster, extension, &Secrets::default())
}

#[test]
fn a_chart_becomes_a_release_without_a_shell() {
    let shop =
        Application { application_type: ApplicationType::Helm, ..application("shop", &["shop", "site values.yaml"]) };
    let net = Application { application_type: ApplicationType::Helm, ..application("net", &["net"]) };
    let launch = Launch { cmds: Vec::new(), application_names: vec!["shop".into()] };
    let extension = Extension { applications: vec![net, shop], launch, ..extension() };
    let fixed = "--install --namespace default --reset-values --take-over";
    let applications = applications(&cluster(), &extension).unwrap();
    let LaunchCommand::Release(arguments) = &applications[0].commands[0] else { panic!("{applications:?}") };
    assert!(arguments.contains(&"application/apps/shop/site values.yaml".to_owned()), "{arguments:?}");
    let expected = format!(
        "sealer app upgrade shop application/apps/shop {fixed} --values application/apps/shop/site values.yaml \
         --wait --timeout 8m --kubeconfig /etc/kubernetes/admin.conf"
    );
    assert_eq!(texts(&applications[0]), [expected]);
    // plugins come before the nodes that they make ready
    let expected =
        format!("sealer app upgrade net application/apps/net {fixed} --kubeconfig /etc/kubernetes/admin.conf");
    assert_eq!(texts(&plugins(&cluster(), &extension).unwrap()[0]), [expected]);
}

#[test]
fn plugins_come_by_themselves_and_applications_by_the_launch_list() {
    let plugins = plugins(&cluster(), &extension()).unwrap();
    assert_eq!(
        texts(&plugins[0]),
        [format!("sealer app apply net application/apps/net/net.yaml --namespace default {ENDING}")]
    );
    let applications = applications(&cluster(), &extension()).unwrap();
    assert_eq!(applications.len(), 1);
    assert_eq!(
        texts(&applications[0]),
        [format!("sealer app apply web application/apps/web/a b.yaml --namespace default {ENDING}")]
    );
    assert_eq!(applications[0].environment["A"], "cluster");
    assert_eq!(applications[0].environment["B"], "image");
}

#[test]
fn commands_of_the_cluster_replace_those_of_the_image() {
    let cluster = Cluster { commands: vec!["echo hi".into()], ..cluster() };
    let launched = applications(&cluster, &extension()).unwrap();
    assert_eq!(texts(&launched[0]), ["echo hi"]);
}

#[test]
fn what_the_site_says_of_an_application_wins_over_the_image() {
    let env = BTreeMap::from([("B".into(), "site".into())]);
    let commands = vec!["./start".into()];
    let settings = ApplicationSettings { env, commands, ..ApplicationSettings::default() };
    let site = Site { applications: BTreeMap::from([("web".into(), settings)]), ..Site::default() };
    let launched = applications(&Cluster { site, ..cluster() }, &extension()).unwrap();
    assert_eq!(texts(&launched[0]), ["cd application/apps/web && ./start"]);
    assert_eq!(launched[0].environment["A"], "cluster");
    assert_eq!(launched[0].environment["B"], "site");
}

#[test]
fn an_empty_list_launches_nothing_and_an_unknown_name_is_an_error() {
    let none = Cluster { applications: Some(Vec::new()), ..cluster() };
    assert_eq!(applications(&none, &extension()), Ok(Vec::new()));
    let wrong = Cluster { applications: Some(vec!["wbe".into()]), ..cluster() };
    let error = applications(&wrong, &extension()).unwrap_err();
    assert_eq!(error.to_string(), "application wbe is not in the image, which has net, web");
}

/// Charts and manifests in this order, of which the site says so much.
fn site(order: &[&str], said: &[(&str, ApplicationSettings)]) -> (Cluster, Extension) {
    let names: Vec<String> = order.iter().map(|name| (*name).to_owned()).collect();
    let kind = |name: &str| if name.starts_with("chart") { ApplicationType::Helm } else { ApplicationType::Kube };
    let one = |name: &&str| Application { application_type: kind(name), ..application(name, &["a.yaml"]) };
    let launch = Launch { cmds: Vec::new(), application_names: names };
    let extension = Extension { applications: order.iter().map(one).collect(), launch, ..Extension::default() };
    let mut cluster = cluster();
    cluster.site.applications = said.iter().map(|(name, said)| ((*name).to_owned(), said.clone())).collect();
    (cluster, extension)
}

fn after(names: &[&str]) -> ApplicationSettings {
    let after = names.iter().map(|name| (*name).to_owned()).collect();
    ApplicationSettings { after: Some(after), ..ApplicationSettings::default() }
}

/// `web<db,cache`: each application with what comes before it.
fn ordered((cluster, extension): &(Cluster, Extension)) -> Vec<String> {
    let launched = applications(cluster, extension).unwrap();
    let one = |it: &Launched| format!("{}<{}", it.application.clone().unwrap_or_default(), it.after.join(","));
    launched.iter().map(one).collect()
}

#[test]
fn without_a_word_each_application_comes_after_those_before_it_in_the_list() {
    assert_eq!(ordered(&site(&["a", "b", "c"], &[])), ["a<", "b<a", "c<a,b"]);
}

#[test]
fn what_is_said_of_the_order_counts_and_the_rest_keeps_the_lists_as_far_as_it_can() {
    let said = [("a", after(&["c"])), ("d", after(&[]))];
    assert_eq!(ordered(&site(&["a", "b", "c", "d"], &said)), ["a<c", "b<a", "c<", "d<"]);
    let mut parallel = site(&["a", "b", "c"], &[("c", after(&["a"]))]);
    parallel.0.site.parallel_launch = true;
    assert_eq!(ordered(&parallel), ["a<", "b<", "c<a"]);
    // one that is not launched this time keeps nobody waiting
    let (mut cluster, extension) = site(&["a", "b"], &[("b", after(&["a"]))]);
    cluster.applications = Some(vec!["b".into()]);
    assert_eq!(ordered(&(cluster, extension)), ["b<"]);
}

#[test]
fn who_waits_for_itself_or_for_nobody_known_is_told() {
    let (cluster, extension) =
        site(&["a", "b", "c"], &[("a", after(&["b"])), ("b", after(&["c"])), ("c", after(&["a"]))]);
    let error = applications(&cluster, &extension).unwrap_err();
    assert_eq!(error.to_string(), "each of these applications is to come after the next: a, b, c, a");
    let (cluster, extension) = site(&["a"], &[("a", after(&["z"]))]);
    let error = applications(&cluster, &extension).unwrap_err();
    assert_eq!(error.to_string(), "application z is not in the image, which has a");
}

#[test]
fn who_is_waited_for_has_to_be_ready_whatever_it_is() {
    let (cluster, extension) = site(&["db", "web"], &[("web", after(&["db"]))]);
    let launched = applications(&cluster, &extension).unwrap();
    let expected = "sealer app apply db application/apps/db/a.yaml --namespace default --take-over --wait --timeout 8m \
                    --kubeconfig /etc/kubernetes/admin.conf";
    assert_eq!(texts(&launched[0]), [expected]);
    let expected = format!("sealer app apply web application/apps/web/a.yaml --namespace default {ENDING}");
    assert_eq!(texts(&launched[1]), [expected]);
}

#[test]
fn a_chart_goes_where_the_site_says_with_its_values_and_its_patience() {
    let said = ApplicationSettings {
        namespace: Some("shop".into()),
        values_files: vec!["values-large.yaml".into()],
        atomic: true,
        minutes: Some(20),
        ..ApplicationSettings::default()
    };
    let (mut cluster, extension) = site(&["chart"], &[("chart", said)]);
    cluster.site.configs =
        vec![Config { application: Some("chart".into()), path: SITE_VALUES.into(), ..Config::default() }];
    let launched = applications(&cluster, &extension).unwrap();
    let folder = "application/apps/chart";
    let expected = format!(
        "sealer app upgrade chart {folder} --install --namespace shop --create-namespace --reset-values --take-over \
         --values {folder}/values-large.yaml --values {folder}/{SITE_VALUES} --wait --atomic --timeout 20m \
         --kubeconfig /etc/kubernetes/admin.conf"
    );
    assert_eq!(texts(&launched[0]), [expected]);
}

#[test]
fn a_chart_need_not_be_waited_for_and_manifests_may_be() {
    let waits = |wait| ApplicationSettings { wait: Some(wait), ..ApplicationSettings::default() };
    let namespace = ApplicationSettings { namespace: Some("shop".into()), force_conflicts: true, ..waits(true) };
    let (cluster, extension) = site(&["chart", "web"], &[("chart", waits(false)), ("web", namespace)]);
    let launched = applications(&cluster, &extension).unwrap();
    assert!(!texts(&launched[0])[0].contains("--wait"), "{launched:?}");
    let expected = "sealer app apply web application/apps/web/a.yaml --namespace shop --create-namespace --force-conflicts \
                    --take-over --wait --timeout 8m --kubeconfig /etc/kubernetes/admin.conf";
    assert_eq!(texts(&launched[1]), [expected]);
}
