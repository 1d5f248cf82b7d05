//! Charts from the command line: manifests, images with their reasons, and mistakes.

use crate::surroundings::Surroundings;

/// A chart that shows values, the version of Kubernetes and a custom resource definition.
fn chart(here: &Surroundings) {
    here.write("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.2.3\n");
    here.write("web/values.yaml", "image: {repository: registry.example/web, tag: '1'}\nextra: false\n");
    here.write("web/crds/thing.yaml", "kind: CustomResourceDefinition\nmetadata: {name: things.example}\n");
    here.write("web/templates/NOTES.txt", "image: not/one:1\n");
    here.write(
        "web/templates/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-{{ .Release.Namespace }}\nspec:\n  containers:\n  \
         - name: web\n    image: {{ .Values.image.repository }}:{{ .Values.image.tag }}\n  \
         {{- if .Values.extra }}\n  - name: extra\n    image: registry.example/extra:{{ .Capabilities.KubeVersion.Minor }}\n  {{- end }}\n",
    );
}

#[test]
fn template_prints_what_the_values_make_of_a_chart() {
    let here = Surroundings::new();
    chart(&here);
    here.write("v.yaml", "image: {tag: '2'}\n");
    let words = [
        "chart",
        "template",
        "web",
        "--name",
        "a",
        "-n",
        "b",
        "-f",
        "v.yaml",
        "--set",
        "extra=true",
        "--kube-version",
        "1.20",
    ];
    let printed = here.sealer(&words).done();
    let expected = "---\n# Source: web/templates/pod.yaml\napiVersion: v1\nkind: Pod\nmetadata:\n  name: a-b\nspec:\n  containers:\n  \
         - name: web\n    image: registry.example/web:2\n  - name: extra\n    image: registry.example/extra:20\n";
    assert_eq!(printed, expected);
    let with_definitions = here.sealer(&["chart", "template", "web", "--include-crds"]).done();
    assert!(with_definitions.starts_with("---\n# Source: web/crds/thing.yaml\n"), "{with_definitions}");
}

#[test]
fn template_writes_files() {
    let here = Surroundings::new();
    chart(&here);
    assert_eq!(
        here.sealer(&["chart", "template", "web", "--output-dir", "out"]).done(),
        "wrote out/web/templates/pod.yaml\n"
    );
    let text = std::fs::read_to_string(here.work().join("out/web/templates/pod.yaml")).unwrap();
    assert!(text.contains("name: release-name-default"), "{text}");
}

#[test]
fn images_are_told_with_the_place_and_the_values_that_name_them() {
    let here = Surroundings::new();
    chart(&here);
    let printed = here.sealer(&["chart", "images", "web", "--set", "image.tag=3"]).done();
    let line = printed.lines().nth(1).unwrap();
    assert!(line.starts_with("registry.example/web:3"), "{printed}");
    for part in [
        "web/templates/pod.yaml, Pod/release-name-default spec.containers[0].image",
        "chart web 1.2.3",
        "--set image.tag=3",
        "values.yaml image.{repository}",
    ] {
        assert!(line.contains(part), "{part}: {printed}");
    }
    assert_eq!(printed.lines().count(), 2, "{printed}");
    let json = here.sealer(&["chart", "images", "web", "--output", "json"]).done();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["images"][0]["name"], "registry.example/web:1");
}

#[test]
fn a_template_that_cannot_be_rendered_is_told_with_its_place() {
    let here = Surroundings::new();
    chart(&here);
    here.write(
        "web/templates/_part.tpl",
        "{{ define \"part\" }}\n{{ required \"the tag is missing\" .Values.none }}{{ end }}",
    );
    here.write("web/templates/b.yaml", "a: {{ include \"part\" . }}");
    here.sealer(&["chart", "template", "web"]).fails(
        1,
        "error: cannot render the chart web\n  1: execution error at (web/templates/b.yaml:1:6): the tag is missing\n",
    );
    let _ = here.sealer(&["chart", "images", "web", "--set-file", "a=gone"]).ended(1);
    let _ = here.sealer(&["chart", "images", "oci://registry.example/charts/web"]).ended(2);
}
