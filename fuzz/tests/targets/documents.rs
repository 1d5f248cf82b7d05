//! Documents: YAML, JSON and TOML as templates read them, manifests searched for images, and what a site merges into an image's files.

use sealer_build::{ImageFields, images_of_text};
use sealer_fuzz::Target;
use sealer_model::image::{Extension, Index, Manifest};
use sealer_template::{json, toml, yaml};

const DOCUMENTS: [&str; 3] = [
    "# why\na: &x {b: [1, 2.5, ~], \"c\": 'd'}\ne: *x\nf: |\n  two\n  lines\ng: >-\n  folded\n  text\n? complex\n: value\n---\n- 0x1F\n- 1e3\n- 2001-01-01\n",
    "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\nspec:\n  template:\n    spec:\n      initContainers:\n      - {name: a, image: \"quay.io/a/b:v1\"}\n\
     \x20     containers:\n      - name: c\n        image: nginx:1.25\n        args: [--image=docker.io/library/busybox:1.36]\n        env:\n        - {name: RELATED_IMAGE_X, value: x.io/y:1}\n",
    "kind: ConfigMap\napiVersion: v1\ndata:\n  a.yaml: |\n    kind: Pod\n    apiVersion: v1\n    spec: {containers: [{image: \"a.io/b:1\"}]}\n",
];
const WORDS: &[&str] = &[
    "- ",
    ": ",
    "&a ",
    "*a",
    "<<: ",
    "!!str ",
    "|",
    ">",
    "---\n",
    "...\n",
    "? ",
    "{",
    "]",
    "\t",
    "%YAML 1.1\n",
    "image",
    "\u{2028}",
];

#[test]
fn documents() {
    let target = Target::of_texts("documents", &DOCUMENTS, WORDS);
    target.run_texts(|text| {
        let read = yaml::read_all(text);
        for document in read.iter().flatten() {
            let _ = (yaml::write(document), yaml::write_pretty(document), json::write(document));
        }
        let _ = images_of_text(text, &ImageFields::known());
        read.is_ok()
    });
}

#[test]
fn tables_of_image_fields() {
    let seeds = [
        "- resources: [Cache.example.com]\n  images:\n  - spec.server.runtime\n  - spec.shards.*.runtime\n  - {name: \"a.io/b:{spec.version}\", unless: spec.x}\n",
    ];
    let target = Target::of_texts("image-fields", &seeds, &["*", "..", "{", "}", "spec.", "unless", "[]"]);
    let document = "kind: Cache\napiVersion: example.com/v1\nspec: {version: 3, server: {runtime: \"a.io/c:1\"}, shards: [{runtime: \"a.io/d:1\"}]}\n";
    target.run_texts(|text| {
        let mut fields = ImageFields::known();
        let added = fields.add(text);
        images_of_text(document, &fields).unwrap();
        added.is_ok()
    });
}

#[test]
fn merging_into_files_of_the_image() {
    let map = "# why\na: &x {b: [1, 2.5, ~], \"c\": 'd'} # one\ne: *x\nf: |\n  two\n  lines\n---\nb:\n- x\n";
    let target = Target::of_texts("merge", &[map, DOCUMENTS[1], DOCUMENTS[2]], WORDS);
    target.run_texts(|text| {
        let of_ours = sealer_tailor::merge(text, "a: {b: 2}\nspec: {template: {spec: null}}\n");
        let of_theirs = sealer_tailor::merge("# why\na: 1 # one\nb:\n- x\n", text);
        of_ours.is_ok() || of_theirs.is_ok()
    });
}

#[test]
fn json_and_toml() {
    let seeds = [
        "{\"a\": [1, -2.5e3, \"\\u00e9\\n\", null, true], \"b\": {}}",
        "a = 1\n[b.c]\nd = [\"x\", 'y']\ne = 1979-05-27T07:32:00Z\n[[f]]\ng = 1e3\n",
    ];
    let target = Target::of_texts("json-toml", &seeds, &["{", "}", "[[", "\"\"\"", "\\u", "=", "e999", "inf", "nan"]);
    target.run_texts(|text| json::read(text).is_ok() | toml::read(text).is_ok());
}

#[test]
fn documents_of_oci() {
    let seeds = [
        "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\
         \"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"size\":7,\"platform\":{\"os\":\"linux\",\"architecture\":\"amd64\"},\
         \"annotations\":{\"org.opencontainers.image.ref.name\":\"a:1\"}}]}",
        "{\"schemaVersion\":2,\"config\":{\"mediaType\":\"a/b\",\"digest\":\"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\"size\":0},\"layers\":[]}",
        "{\"schemaVersion\":\"v1alpha1\",\"type\":\"kube-installer\",\"applications\":[{\"name\":\"web\",\"type\":\"helm\",\"version\":\"v1\"}],\"launch\":{\"cmds\":[\"a\"],\"app_names\":[\"web\"]}}",
    ];
    let target =
        Target::of_texts("oci", &seeds, &["null", "-1", "[]", "{}", "\"\"", "sha512:", "digest", "size", "manifests"]);
    target.run(|input| {
        let index = serde_json::from_slice::<Index>(input);
        if let Ok(index) = &index {
            let _ = (index.is_cluster_image(), index.entries().map(|entries| entries.len()));
        }
        let manifest = serde_json::from_slice::<Manifest>(input).map(|manifest| manifest.blobs().count());
        index.is_ok() | manifest.is_ok() | serde_json::from_slice::<Extension>(input).is_ok()
    });
}
