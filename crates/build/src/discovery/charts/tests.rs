//! Which releases a rootfs has.

use crate::context::Kind;
use crate::discovery::{Discovered, Usage, discover};
use crate::files::{Entry, Files};
use sealer_model::image::Application;
use std::fs;

const CHART: &str =
    "name: redis\nversion: 18.1.0\nannotations:\n  helm.sh/images: |\n    - {name: redis, image: 'r.io/redis:7'}\n";

fn discovered(texts: &[(&str, &[u8])], commands: &[&str]) -> Discovered {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::new();
    for (index, (path, text)) in texts.iter().enumerate() {
        let source = folder.path().join(index.to_string());
        fs::write(&source, text).unwrap();
        let kind = Kind::File { source, size: text.len() as u64 };
        files.insert((*path).to_owned(), Entry { kind, mode: 0o644, owner: (0, 0) });
    }
    let cmds = commands.iter().map(|command| (*command).to_owned()).collect();
    let applications = [Application { name: "web".into(), cmds, ..Application::default() }];
    let usage = Usage { applications: &applications, kubernetes: Some("v1.21.3"), ..Usage::default() };
    discover(&files, usage).unwrap()
}

/// A chart whose image depends on everything that a release is.
const FILES: [(&str, &[u8]); 6] = [
    ("application/apps/web/redis/Chart.yaml", CHART.as_bytes()),
    ("application/apps/web/redis/values.yaml", b"image: {registry: docker.io, repository: own/redis, tag: '1'}\nextra: false\n"),
    (
        "application/apps/web/redis/templates/pod.yaml",
        b"kind: Pod\nmetadata: {name: {{ .Release.Name }}-{{ .Release.Namespace }}}\nspec:\n  containers:\n\
          \x20 - {name: a, image: '{{ with .Values.image }}{{ .registry }}/{{ .repository }}:{{ .tag }}{{ end }}'}\n\
          \x20 {{- if .Values.extra }}\n  - {name: b, image: 'extra:{{ .Capabilities.KubeVersion.Minor }}'}\n  {{- end }}\n",
    ),
    ("application/apps/web/redis/templates/NOTES.txt", b"image: no:1"),
    ("application/apps/web/redis/crds/x.yaml", b"kind: CustomResourceDefinition\nspec: {image: no:2}"),
    ("application/apps/web/v.yaml", b"image: {tag: '2'}\nother: {repository: no/no, tag: '1'}"),
];

/// `image <- reason` of everything.
fn reasons(commands: &[&str]) -> Vec<String> {
    let discovered = discovered(&FILES, commands);
    assert_eq!(discovered.unknown, []);
    let all = discovered.demands.0.iter();
    let lines = all.flat_map(|(name, wanted)| wanted.demands.iter().map(move |demand| format!("{name} <- {demand}")));
    lines.collect()
}

#[test]
fn a_chart_is_searched_as_the_release_that_the_command_makes_of_it() {
    let folder = "application/apps/web";
    let release = "chart redis 18.1.0, release cache in namespace data";
    let values = format!("values: {folder}/v.yaml; values: --set extra=true");
    let place = format!("{folder}/redis/templates/pod.yaml, Pod/cache-data spec.containers");
    assert_eq!(
        reasons(&["helm install cache ./redis -n data -f v.yaml --set extra=true"]),
        [
            format!("docker.io/library/extra:21 <- {place}[1].image ({release}; {values})"),
            format!(
                "docker.io/own/redis:2 <- {place}[0].image ({release}; {values}; values: values.yaml image.{{registry,repository}})"
            ),
            format!(
                "r.io/redis:7 <- {folder}/redis/Chart.yaml, annotations[\"helm.sh/images\"][0] ({release}; {values})"
            ),
        ]
    );
}

#[test]
fn a_chart_that_no_command_names_is_installed_by_its_name_with_its_own_values() {
    let found = reasons(&[]);
    assert_eq!(found.len(), 2);
    assert!(found[0].starts_with("docker.io/own/redis:1 <- "), "{}", found[0]);
    assert!(found[0].contains("Pod/redis-default"), "{}", found[0]);
}

#[test]
fn every_release_of_a_chart_counts() {
    let found = reasons(&["helm install a redis && helm upgrade --install b redis --set image.tag=3"]);
    let names: Vec<&str> = found.iter().filter_map(|line| line.split(' ').next()).collect();
    assert_eq!(names, ["docker.io/own/redis:1", "docker.io/own/redis:3", "r.io/redis:7", "r.io/redis:7"]);
}

#[test]
fn charts_and_values_that_are_not_in_the_image_are_told() {
    let files: [(&str, &[u8]); 1] = [("application/apps/web/redis/Chart.yaml", CHART.as_bytes())];
    let discovered = discovered(&files, &["helm install a bitnami/redis", "helm install b redis -f gone.yaml"]);
    let told: Vec<String> = discovered.unknown.iter().map(ToString::to_string).collect();
    assert_eq!(told[0], "application/apps/web: helm installs the chart bitnami/redis, which is not in the image");
    assert_eq!(
        told[1],
        "application/apps/web/redis: release b cannot be rendered: the values file application/apps/web/gone.yaml is not in the rootfs"
    );
}

#[test]
fn archives_are_charts_where_they_hold_one() {
    let archive = |name: &str| {
        let mut archive = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
        let mut header = tar::Header::new_gnu();
        header.set_size(7);
        archive.append_data(&mut header, name, &b"name: x"[..]).unwrap();
        archive.into_inner().unwrap().finish().unwrap()
    };
    let (chart, other) = (archive("redis/Chart.yaml"), archive("redis/charts/x/Chart.yaml"));
    let files: [(&str, &[u8]); 3] =
        [("charts/redis.tgz", &chart), ("charts/other.tgz", &other), ("charts/none.tgz", b"none")];
    let files: Vec<String> = discovered(&files, &[]).unknown.into_iter().map(|each| each.file).collect();
    assert_eq!(files, ["charts/redis.tgz"]);
}

#[test]
fn a_chart_is_rendered_for_the_apis_that_the_image_brings_and_for_upgrades_too() {
    let crd = b"kind: CustomResourceDefinition\nspec: {group: x.io, names: {kind: Web}, versions: [{name: v1}]}\n";
    let template = b"{{- define \"pod\" }}\n---\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: '{{ . }}'}]}\n{{- end }}\n\
        {{- include \"pod\" \"plain:1\" }}\n\
        {{- if .Capabilities.APIVersions.Has \"x.io/v1/Web\" }}{{ include \"pod\" \"api:1\" }}{{ end }}\n\
        {{- if .Release.IsUpgrade }}{{ include \"pod\" \"upgrade:1\" }}{{ end }}\n";
    let files: [(&str, &[u8]); 3] = [
        ("application/apps/web/Chart.yaml", b"name: web\nversion: 1.0.0\n"),
        ("application/apps/web/templates/pod.yaml", template),
        ("manifests/crd.yaml", crd),
    ];
    let discovered = discovered(&files, &[]);
    assert_eq!(discovered.unknown, []);
    let all = discovered.demands.0.iter();
    let names: Vec<String> = all.map(|(name, wanted)| format!("{name} {}", wanted.demands.len())).collect();
    assert_eq!(names, ["docker.io/library/api:1 1", "docker.io/library/plain:1 1", "docker.io/library/upgrade:1 1"]);
}
