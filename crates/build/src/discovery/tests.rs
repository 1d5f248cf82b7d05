//! Which images a rootfs asks for.

use super::*;
use crate::context::Kind;
use crate::files::Entry;
use sealer_model::image::ApplicationType;
use std::fs;

/// What files with these texts ask for.
fn discovered(texts: &[(&str, &str)]) -> Discovered {
    discovered_with(texts, &[])
}

fn discovered_with(texts: &[(&str, &str)], applications: &[Application]) -> Discovered {
    discovered_for(texts, Usage { applications, ..Usage::default() })
}

fn discovered_for(texts: &[(&str, &str)], usage: Usage<'_>) -> Discovered {
    discover_texts(texts, usage).unwrap()
}

fn discover_texts(texts: &[(&str, &str)], usage: Usage<'_>) -> Result<Discovered, Error> {
    let folder = tempfile::tempdir().unwrap();
    let mut files = Files::new();
    for (index, (path, text)) in texts.iter().enumerate() {
        let source = folder.path().join(index.to_string());
        fs::write(&source, text).unwrap();
        let kind = Kind::File { source, size: text.len() as u64 };
        files.insert((*path).to_owned(), Entry { kind, mode: 0o644, owner: (0, 0) });
    }
    discover(&files, usage)
}

/// `image <- application file field` for each demand.
fn demands(texts: &[(&str, &str)]) -> Vec<String> {
    let discovered = discovered(texts);
    assert_eq!(discovered.unknown, []);
    let mut lines = Vec::new();
    for (name, wanted) in &discovered.demands.0 {
        for demand in &wanted.demands {
            let application = demand.application.as_deref().unwrap_or("-");
            let document = demand.document.as_ref().map(|document| format!("{document} ")).unwrap_or_default();
            lines.push(format!("{name} <- {application} {} {document}{}", demand.file, demand.field));
        }
    }
    lines
}

#[test]
fn every_image_has_application_file_document_and_field() {
    let pod = "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: a:1}]}";
    let texts = [
        ("application/apps/web/p.yml", pod),
        ("manifests/x/p.json", "{\"kind\":\"Pod\",\"spec\":{\"containers\":[{\"image\":\"b\"}]}}"),
    ];
    assert_eq!(
        demands(&texts),
        [
            "docker.io/library/a:1 <- web application/apps/web/p.yml Pod/p spec.containers[0].image",
            "docker.io/library/b:latest <- - manifests/x/p.json Pod/? spec.containers[0].image",
        ]
    );
}

#[test]
fn a_rootfs_brings_fields_of_its_own_custom_resources() {
    let table = "- resources: [Cache.example.com]\n  images: [spec.server]\n";
    let cache = "apiVersion: example.com/v1\nkind: Cache\nmetadata: {name: c}\nspec: {server: cache}";
    assert!(demands(&[("manifests/c.yaml", cache)]).is_empty());
    let found = demands(&[("manifests/c.yaml", cache), ("application/image-fields.yaml", table)]);
    assert_eq!(found, ["docker.io/library/cache:latest <- - manifests/c.yaml Cache/c spec.server"]);
}

#[test]
fn kustomizations_are_searched_as_what_they_make_and_their_files_not_by_themselves() {
    let texts = [
        ("manifests/base/p.yaml", "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: a:1}]}"),
        ("manifests/base/kustomization.yaml", "resources: [p.yaml]"),
        ("manifests/one/kustomization.yaml", "resources: [../base]\nimages: [{name: a, newTag: '2'}]"),
    ];
    assert_eq!(
        demands(&texts),
        [
            "docker.io/library/a:2 <- - manifests/base/p.yaml Pod/p spec.containers[0].image (as manifests/one/kustomization.yaml makes it)"
        ]
    );
}

#[test]
fn only_the_overlay_that_the_command_names_counts() {
    let texts = [
        ("application/apps/web/base/p.yaml", "kind: Pod\nspec: {containers: [{image: a:1}]}"),
        ("application/apps/web/base/kustomization.yaml", "resources: [p.yaml]"),
        ("application/apps/web/one/kustomization.yaml", "resources: [../base]\nimages: [{name: a, newTag: one}]"),
        ("application/apps/web/two/kustomization.yaml", "resources: [../base]\nimages: [{name: a, newTag: two}]"),
    ];
    let images = |applications: &[Application]| {
        let discovered = discovered_with(&texts, applications);
        discovered.demands.0.keys().map(ToString::to_string).collect::<Vec<String>>()
    };
    assert_eq!(images(&[]), ["docker.io/library/a:one", "docker.io/library/a:two"]);
    let application =
        Application { name: "web".into(), cmds: vec!["kubectl apply -k one".into()], ..Application::default() };
    assert_eq!(images(&[application]), ["docker.io/library/a:one"]);
    let kube = Application {
        name: "web".into(),
        application_type: ApplicationType::Kube,
        files: vec!["base/p.yaml".into()],
        ..Application::default()
    };
    assert_eq!(images(&[kube]), ["docker.io/library/a:1", "docker.io/library/a:one", "docker.io/library/a:two"]);
}

#[test]
fn the_image_list_asks_too_and_knows_sources() {
    let discovered = discovered(&[("manifests/imageList", "# x\nredis:7 docker-archive:parts/redis.tar\n")]);
    let wanted = &discovered.demands.0[&"redis:7".parse().unwrap()];
    assert_eq!(wanted.demands[0].field, "line 2");
    assert_eq!(wanted.source.as_ref().unwrap().path, "parts/redis.tar");
}

#[test]
fn other_folders_and_other_files_are_not_manifests() {
    let pod = "kind: Pod\nspec: {containers: [{image: x}]}";
    assert!(demands(&[("etc/a.yaml", pod), ("manifests/a.json.txt", pod), ("manifests.yaml", pod)]).is_empty());
}

#[test]
fn what_cannot_be_looked_into_is_named() {
    let discovered = discovered(&[
        ("manifests/a.yaml.tmpl", "image: {{ x"),
        ("manifests/broken.yaml", "a: [1"),
        ("manifests/name.yaml", "kind: Pod\nmetadata: {name: p}\nspec: {containers: [{image: $(IMAGE)}]}"),
        ("charts/redis/Chart.yaml", "name: redis"),
        ("charts/redis/charts/sub/Chart.yaml", "name: sub"),
        ("application/apps/web/Chart.yaml", "{name: web, version: 1.0.0, apiVersion: v2}"),
        ("application/apps/web/templates/x.yaml", "{{ broken }}"),
    ]);
    let expected = [
        "manifests/a.yaml.tmpl: is a template that cannot be filled in: ",
        "application/apps/web: release web cannot be rendered: ",
        "charts/redis: release redis cannot be rendered: ",
        "manifests/broken.yaml: is neither YAML nor JSON",
        "manifests/name.yaml: Pod/p spec.containers[0].image: \"$(IMAGE)\" is not an image name",
    ];
    assert_eq!(discovered.unknown.len(), expected.len(), "{:?}", discovered.unknown);
    for (reason, expected) in discovered.unknown.iter().zip(expected) {
        assert!(reason.to_string().starts_with(expected), "{reason}");
    }
}

#[test]
fn documents_that_mean_harm_are_told_and_not_read() {
    let mut aliases = "a: &a [x,x,x,x,x,x,x,x,x]\n".to_owned();
    for (next, last) in "bcdefghijklmnop".chars().zip("abcdefghijklmno".chars()) {
        aliases.push_str(&format!("{next}: &{next} [*{last},*{last},*{last},*{last},*{last},*{last},*{last}]\n"));
    }
    let deep = format!("a: {}{}", "[".repeat(3000), "]".repeat(3000));
    for text in [aliases, deep] {
        let unknown = discovered(&[("manifests/harm.yaml", &text)]).unknown;
        assert_eq!(unknown[0].file, "manifests/harm.yaml");
        assert!(unknown[0].reason.starts_with("is neither YAML nor JSON: "), "{unknown:?}");
    }
}

#[test]
fn templates_are_filled_in_from_the_environment_of_image_and_application() {
    let texts = [
        ("manifests/a.yaml.tmpl", "kind: Pod\nspec: {containers: [{image: {{ .Registry }}/a:1}]}"),
        (
            "application/apps/web/b.yml.tmpl",
            "kind: Pod\nspec: {containers: [{image: '{{ .Registry }}/b:{{ .Version | default 2 }}'}]}",
        ),
        (
            "application/apps/web/kustomization.yaml.tmpl",
            "resources: [b.yml]\nimages: [{name: own.io/b, newTag: '{{ .Tag }}'}]",
        ),
    ];
    let environment = BTreeMap::from([("Registry".to_owned(), "r.io".to_owned())]);
    let env = BTreeMap::from([("Registry".to_owned(), "own.io".to_owned()), ("Tag".to_owned(), "3".to_owned())]);
    let applications = [Application { name: "web".into(), env, ..Application::default() }];
    let usage = Usage { applications: &applications, environment: Some(&environment), ..Usage::default() };
    let discovered = discovered_for(&texts, usage);
    assert_eq!(discovered.unknown, []);
    let names: Vec<String> = discovered.demands.0.keys().map(ToString::to_string).collect();
    assert_eq!(names, ["own.io/b:3", "r.io/a:1"]);
    let demands: Vec<&Demand> = discovered.demands.0.values().flat_map(|wanted| &wanted.demands).collect();
    assert_eq!(demands[0].file, "application/apps/web/b.yml.tmpl");
    assert_eq!(demands[1].file, "manifests/a.yaml.tmpl");
}

#[test]
fn an_image_that_only_the_site_knows_is_told() {
    let text = "kind: Pod\nmetadata: {name: '{{ .Name }}'}\nspec: {containers: [{image: '{{ .Registry }}/a:1'}]}";
    let unknown = discovered(&[("manifests/a.yaml.tmpl", text)]).unknown;
    assert_eq!(unknown[0].file, "manifests/a.yaml.tmpl");
    assert!(
        unknown[0].reason.contains("spec.containers[0].image: \"<no value>/a:1\" is not an image name"),
        "{unknown:?}"
    );
}

#[test]
fn checks_that_a_site_could_not_make_fail_the_build_with_file_and_line() {
    let good = "apiVersion: sealer.io/v2\nkind: Check\nmetadata: {name: a}\nspec:\n  title: t\n  remedy: r\n  \
                tcp: {host: db.shop.svc, port: 5432}\n";
    assert!(discover_texts(&[("checks/a.yaml", good)], Usage::default()).is_ok());
    let bad = good.replace("port: 5432", "port: many");
    let error = discover_texts(&[("checks/a.yaml", &bad)], Usage::default()).unwrap_err().to_string();
    assert!(error.contains("checks/a.yaml:7") && error.contains("\"many\" is not a whole number"), "{error}");
}

/// `image <- file` of what commands ask for.
fn named_by_commands(texts: &[(&str, &str)], cmds: &[&str]) -> Vec<String> {
    let launch = Launch { cmds: cmds.iter().map(|text| (*text).to_owned()).collect(), ..Launch::default() };
    let environment = BTreeMap::from([("TAG".to_owned(), "1.2".to_owned())]);
    let usage = Usage { launch: Some(&launch), environment: Some(&environment), ..Usage::default() };
    let discovered = discovered_for(texts, usage);
    assert_eq!(discovered.unknown, []);
    let all = discovered.demands.0.iter();
    all.flat_map(|(name, wanted)| wanted.demands.iter().map(move |demand| format!("{name} <- {}", demand.file)))
        .collect()
}

#[test]
fn images_that_commands_name_are_found_in_the_scripts_they_call_too() {
    let texts = [
        ("scripts/up.sh", "NAME=b\nkubectl run x --image $NAME:$TAG\n. scripts/more.sh\n"),
        ("scripts/more.sh", "ctr -n k8s.io images pull docker.io/library/c:$TAG\n./scripts/up.sh\n"),
        ("scripts/unused.sh", "docker pull no:1"),
    ];
    let cmds = ["kubectl set image deployment/web web=a:${TAG}", "bash scripts/up.sh", "sh -c 'nerdctl pull d:1'"];
    let found = named_by_commands(&texts, &cmds);
    let expected = [
        "docker.io/library/a:1.2 <- Kubefile",
        "docker.io/library/b:1.2 <- scripts/up.sh",
        "docker.io/library/c:1.2 <- scripts/more.sh",
        "docker.io/library/d:1 <- Kubefile",
    ];
    assert_eq!(found, expected);
}

#[test]
fn manifests_that_commands_apply_count_wherever_they_lie() {
    let pod = |image: &str| format!("kind: Pod\nmetadata: {{name: p}}\nspec: {{containers: [{{image: '{image}'}}]}}\n");
    let (a, b, c, no) = (pod("a:1"), pod("b:1"), pod("c:1"), pod("no:1"));
    let script = format!("kubectl apply -f - <<EOF\n{}EOF\necho done\n", pod("d:$TAG"));
    let texts = [
        ("etc/a.yaml", a.as_str()),
        ("etc/more/b.yml", &b),
        ("etc/more/deep/c.yaml", &c),
        ("etc/unused.yaml", &no),
        ("scripts/up.sh", &script),
    ];
    let cmds = ["kubectl apply -f etc/a.yaml", "cd etc && kubectl create -R -f more", "scripts/up.sh"];
    let expected = [
        "docker.io/library/a:1 <- etc/a.yaml",
        "docker.io/library/b:1 <- etc/more/b.yml",
        "docker.io/library/c:1 <- etc/more/deep/c.yaml",
        "docker.io/library/d:1.2 <- scripts/up.sh",
    ];
    assert_eq!(named_by_commands(&texts, &cmds), expected);
}

#[test]
fn what_only_the_site_knows_is_told() {
    let cmds = ["docker pull $IMAGE".to_owned(), "kubectl apply -f https://x/y.yaml".to_owned()];
    let launch = Launch { cmds: cmds.to_vec(), ..Launch::default() };
    let discovered = discovered_for(&[], Usage { launch: Some(&launch), ..Usage::default() });
    assert!(discovered.warnings[0].contains("nobody knows what $IMAGE is"), "{:?}", discovered.warnings);
    assert!(discovered.unknown[0].reason.contains("https://x/y.yaml"), "{:?}", discovered.unknown);
}
