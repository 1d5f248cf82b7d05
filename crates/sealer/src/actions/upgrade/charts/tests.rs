//! Charts in folders, rendered as an upgrade renders them, and what of it is found.

use super::*;
use sealer_model::Digest;
use sealer_model::cluster::{Config, DEFAULT_DATA_ROOT, Member, Role, Site as Wishes, SiteRegistry};
use sealer_model::image::{Application, ApplicationType};
use sealer_model::launch::SITE_VALUES;
use sealer_model::removed_api::in_documents;
use std::fs;

/// An application with a chart of one template, in a rootfs.
struct Site {
    rootfs: tempfile::TempDir,
    chart: Chart,
}

impl Site {
    fn of(template: &str) -> Self {
        let folder = "application/apps/shop".to_owned();
        let chart = Chart { application: "shop".into(), folder, namespace: "web".into(), values: Vec::new() };
        let site = Self { rootfs: tempfile::tempdir().unwrap(), chart };
        site.write("Chart.yaml", "apiVersion: v2\nname: storefront\nversion: 1.0.0\n");
        site.write("values.yaml", "old: false\n");
        site.write("templates/ingress.yaml", template);
        site
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.rootfs.path().join(&self.chart.folder).join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn render(&self, version: &str) -> Result<RootfsFiles, String> {
        self.chart.render(self.rootfs.path(), version.parse().unwrap())
    }

    /// What is found, each with its file.
    fn found(&self, version: &str) -> Vec<String> {
        let minor = version.parse::<KubernetesVersion>().unwrap().minor;
        let found = |(path, file): (String, RootfsFile)| {
            let text = String::from_utf8(file.bytes).unwrap();
            let uses = in_documents(&text, minor);
            uses.into_iter().map(|it| format!("{path}: {} {}", it.removal.api_version, it.name)).collect::<Vec<_>>()
        };
        self.render(version).unwrap().into_iter().flat_map(found).collect()
    }
}

const OLD: &str = "apiVersion: extensions/v1beta1\nkind: Ingress\nmetadata: {name: {{ .Release.Name }}, namespace: {{ .Release.Namespace }}}\n";

#[test]
fn an_old_version_in_a_template_is_found_with_its_file() {
    let site = Site::of(OLD);
    assert_eq!(site.found("v1.22.0"), ["application/apps/shop/templates/ingress.yaml: extensions/v1beta1 web/shop"]);
    assert_eq!(site.found("v1.21.0"), Vec::<String>::new());
}

#[test]
fn a_chart_that_chooses_by_what_the_cluster_has_chooses_right() {
    let choose = |condition: &str| {
        let new = "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: web}\n";
        Site::of(&format!("{{{{- if {condition} }}}}\n{new}{{{{- else }}}}\n{OLD}{{{{- end }}}}\n"))
    };
    for condition in [
        r#".Capabilities.APIVersions.Has "networking.k8s.io/v1/Ingress""#,
        r#"not (.Capabilities.APIVersions.Has "extensions/v1beta1")"#,
        r#"semverCompare ">=1.19-0" .Capabilities.KubeVersion.Version"#,
    ] {
        assert_eq!(choose(condition).found("v1.22.0"), Vec::<String>::new(), "{condition}");
    }
    let wrong = choose(r#".Capabilities.APIVersions.Has "example.com/v1""#);
    assert_eq!(wrong.found("v1.22.0").len(), 1);
}

#[test]
fn the_values_of_the_site_decide() {
    let mut site = Site::of(&format!("{{{{- if .Values.old }}}}\n{OLD}{{{{- end }}}}\n"));
    site.write(".site-values.yaml", "{\"old\": true}");
    assert_eq!(site.found("v1.22.0"), Vec::<String>::new());
    site.chart.values = vec!["application/apps/shop/.site-values.yaml".into()];
    assert_eq!(site.found("v1.22.0").len(), 1);
    site.chart.values = vec!["application/apps/shop/gone.yaml".into()];
    assert!(site.render("v1.22.0").unwrap_err().starts_with("application/apps/shop/gone.yaml: "));
}

#[test]
fn definitions_count_and_tests_and_files_do_not() {
    let site = Site::of(&OLD.replace("namespace:", "annotations: {helm.sh/hook: test}, namespace:"));
    let definition =
        "apiVersion: apiextensions.k8s.io/v1beta1\nkind: CustomResourceDefinition\nmetadata: {name: shops}\n";
    site.write("crds/shops.yaml", definition);
    site.write("files/old.yaml", "apiVersion: extensions/v1beta1\nkind: Ingress\n");
    let expected = ["application/apps/shop/crds/shops.yaml: apiextensions.k8s.io/v1beta1 shops"];
    assert_eq!(site.found("v1.22.0"), expected);
    let file = RootfsFile { bytes: Vec::new(), mode: 0o644 };
    let paths = ["application/apps/shop/files/old.yaml", "application/apps/shopping/web.yaml"];
    let mut manifests: RootfsFiles = paths.map(|path| (path.to_owned(), file.clone())).into();
    site.chart.replace(&mut manifests, site.render("v1.22.0").unwrap());
    let left: Vec<&str> = manifests.keys().map(String::as_str).collect();
    assert_eq!(left, ["application/apps/shop/crds/shops.yaml", "application/apps/shopping/web.yaml"]);
}

#[test]
fn what_needs_the_cluster_is_rendered_as_an_installation_or_says_why_not() {
    let looked_up = r#"{{ if .Release.IsUpgrade }}{{ (lookup "v1" "Secret" "web" "shop").data.password | required "the password" }}{{ end }}"#;
    assert_eq!(Site::of(&format!("{looked_up}\n{OLD}")).found("v1.22.0").len(), 1);
    let refused = Site::of("{{ fail \"there is no cluster\" }}").render("v1.22.0").unwrap_err();
    assert!(refused.contains("there is no cluster"), "{refused}");
}

#[test]
fn a_command_of_a_release_names_its_chart() {
    let arguments = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
    let told =
        "app upgrade shop application/apps/shop --install --namespace web --values a.yaml --values b.yaml --wait";
    let chart = Chart::of(&arguments(told)).unwrap();
    assert_eq!((chart.application.as_str(), chart.namespace.as_str()), ("shop", "web"));
    assert_eq!(chart.values, ["a.yaml", "b.yaml"]);
    assert_eq!(Chart::of(&arguments("app apply shop application/apps/shop/a.yaml")), None);
}

/// A cluster whose site wants the old ingress of the shop.
fn cluster() -> Cluster {
    let values = Config {
        application: Some("shop".into()),
        path: SITE_VALUES.into(),
        data: "{\"old\": true}".into(),
        ..Config::default()
    };
    let site = Wishes { configs: vec![values], ..Wishes::default() };
    Cluster {
        name: "my-cluster".into(),
        image: "shop:v2".parse().unwrap(),
        image_digest: Digest::of(b"shop"),
        members: vec![Member { address: "10.0.0.1".parse().unwrap(), ssh_port: 22, role: Role::Master }],
        registry: SiteRegistry::default(),
        container_runtime: Default::default(),
        data_root: DEFAULT_DATA_ROOT.into(),
        env: BTreeMap::new(),
        applications: None,
        commands: Vec::new(),
        site,
        former_images: Vec::new(),
        image_changes: 0,
        adopted: None,
    }
}

#[tokio::test]
async fn what_the_image_launches_is_rendered_with_what_the_site_writes_into_it() {
    let chart = |name: &str| Application {
        name: name.into(),
        application_type: ApplicationType::Helm,
        ..Application::default()
    };
    let mut extension = Extension { applications: vec![chart("shop"), chart("idle")], ..Extension::default() };
    extension.launch.application_names = vec!["shop".into()];
    let file = |path: &str, text: &str| (path.to_owned(), RootfsFile { bytes: text.into(), mode: 0o644 });
    let template = format!("{{{{- if .Values.old }}}}\n{OLD}{{{{- end }}}}\n");
    let originals = RootfsFiles::from([
        file("application/apps/shop/Chart.yaml", "apiVersion: v2\nname: storefront\nversion: 1.0.0\n"),
        file("application/apps/shop/templates/ingress.yaml", &template),
    ]);
    let (cluster, secrets) = (cluster(), Secrets::default());
    let charts = launched(&cluster, &extension, &secrets).unwrap();
    assert_eq!(charts.iter().map(|it| it.application.as_str()).collect::<Vec<_>>(), ["shop"]);
    let root = tempfile::tempdir().unwrap();
    let names = BTreeMap::new();
    let folder =
        Folder::write(root.path().to_owned(), (&cluster, &secrets), &extension, originals, names).await.unwrap();
    let (_, objects) = rendered(charts, folder, "v1.22.0".parse().unwrap()).await.unwrap().remove(0);
    let objects = objects.unwrap();
    assert_eq!(objects.keys().collect::<Vec<_>>(), ["application/apps/shop/templates/ingress.yaml"]);
    let text = String::from_utf8(objects.into_values().next().unwrap().bytes).unwrap();
    assert_eq!(in_documents(&text, 22).len(), 1, "{text}");
    let left = fs::read_dir(root.path().join("launching")).unwrap().count();
    assert_eq!(left, 0, "what was written to be rendered stays");
}
