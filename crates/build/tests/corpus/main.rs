//! Precision and recall of the search on real charts: Helm's own renderings of 57 charts, kept beside the repository and not in
//! it. What PodSpecs name is collected by a walker that knows nothing of the search; the search must find it, and whatever it
//! finds beyond that must be an image, too.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use sealer_build::{Found, ImageFields, images_of_text};
use sealer_chart::{Origin, Release, Request, template};
use sealer_model::Reference;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

/// What Helm makes of a chart.
#[derive(serde::Deserialize)]
struct Expected {
    release: String,
    namespace: String,
    missing_dependencies: Vec<String>,
    rendered: BTreeMap<String, String>,
}

/// The charts, unpacked, and Helm's renderings by their names.
struct Corpus {
    folder: tempfile::TempDir,
    expected: BTreeMap<String, Expected>,
}

impl Corpus {
    fn open() -> Option<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/charts/corpus.tar.zst");
        let Ok(file) = File::open(path) else {
            eprintln!("left out: ../shared/charts/corpus.tar.zst is not there");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        tar::Archive::new(zstd::Decoder::new(file).unwrap()).unpack(folder.path()).unwrap();
        let mut expected = BTreeMap::new();
        for entry in std::fs::read_dir(folder.path().join("expected")).unwrap() {
            let path = entry.unwrap().path();
            let key = path.file_stem().unwrap().to_str().unwrap().to_owned();
            expected.insert(key, serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap());
        }
        Some(Self { folder, expected })
    }

    /// A chart rendered by ourselves, as Helm rendered it.
    fn rendered(&self, key: &str, expected: &Expected) -> BTreeMap<String, String> {
        let origin = Origin::Path(self.folder.path().join("charts").join(key));
        let mut request = Request::new(origin, Release::new(&expected.release, &expected.namespace));
        request.allows_missing_dependencies = !expected.missing_dependencies.is_empty();
        template(&request).unwrap_or_else(|error| panic!("{key}: {error}")).files
    }
}

/// Every image of a list of containers, anywhere.
fn in_pod_specs(value: &Value, images: &mut BTreeSet<String>) {
    let below: Vec<&Value> = match value {
        Value::Object(map) => {
            for list in ["containers", "initContainers"] {
                let containers = map.get(list).and_then(Value::as_array).into_iter().flatten();
                images.extend(containers.filter_map(|each| Some(each.get("image")?.as_str()?.to_owned())));
            }
            map.values().collect()
        }
        Value::Array(items) => items.iter().collect(),
        _ => Vec::new(),
    };
    below.into_iter().for_each(|value| in_pod_specs(value, images));
}

fn is_manifest(path: &str) -> bool {
    [".yaml", ".yml"].iter().any(|ending| path.ends_with(ending))
}

/// Whether a registry could be asked for it: a name with its version written out.
fn can_be_pulled(image: &str) -> bool {
    let last = image.rsplit('/').next().unwrap_or(image);
    image.parse::<Reference>().is_ok() && last.contains([':', '@'])
}

/// What the search finds in the texts of a chart, with the file of each.
fn found(files: &BTreeMap<String, String>) -> Vec<(String, Found)> {
    let fields = ImageFields::known();
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| is_manifest(path)) {
        let images = images_of_text(text, &fields).unwrap_or_else(|error| panic!("{path}: {error}"));
        found.extend(images.into_iter().map(|image| (path.clone(), image)));
    }
    found
}

/// What PodSpecs in the texts of a chart name.
fn truth(files: &BTreeMap<String, String>) -> BTreeSet<String> {
    let mut truth = BTreeSet::new();
    for (_, text) in files.iter().filter(|(path, _)| is_manifest(path)) {
        let documents: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_default();
        documents.iter().for_each(|document| in_pod_specs(document, &mut truth));
    }
    truth
}

/// What is found beside the images of PodSpecs: the image, where it stands, and why it is one.
const BEYOND: &str = include_str!("beyond.txt");

/// Compares what was found with what Helm's renderings name: nearly all of it, and nothing that is no image.
fn compare(corpus: &Corpus, all: bool, texts: impl Fn(&str, &Expected) -> BTreeMap<String, String>) {
    let (mut wanted, mut missed, mut beyond, mut junk) = (0, Vec::new(), Vec::new(), Vec::new());
    for (chart, expected) in &corpus.expected {
        let (truth, found) = (truth(&expected.rendered), found(&texts(chart, expected)));
        wanted += truth.len();
        let names: BTreeSet<&str> = found.iter().map(|(_, found)| found.image.as_str()).collect();
        missed.extend(
            truth.iter().filter(|image| !names.contains(image.as_str())).map(|image| format!("{chart}: {image}")),
        );
        for (path, found) in found.iter().filter(|(_, found)| !truth.contains(&found.image)) {
            let line =
                format!("{} <- {path} {} {}", found.image, found.document.as_deref().unwrap_or("-"), found.field);
            if can_be_pulled(&found.image) { beyond.push(line) } else { junk.push(line) }
        }
    }
    let charts = corpus.expected.len();
    eprintln!("{charts} charts, {wanted} images in PodSpecs, {} missed, {} beyond", missed.len(), beyond.len());
    beyond.iter().for_each(|line| eprintln!("  beyond: {line}"));
    assert!(wanted > charts, "only {wanted} images to find in {charts} charts");
    assert!(missed.len() * 100 <= wanted, "missed: {missed:#?}");
    assert!(junk.is_empty(), "no images: {junk:#?}");
    // somebody has looked at each of these
    let known: BTreeSet<&str> = BEYOND.lines().filter_map(|line| Some(line.split_once(" # ")?.0)).collect();
    let beyond: BTreeSet<&str> = beyond.iter().map(String::as_str).collect();
    let new: Vec<_> = beyond.difference(&known).collect();
    assert!(new.is_empty(), "are these images? {new:#?}");
    if all {
        assert_eq!(beyond, known, "some are not found any more");
    }
}

#[test]
fn all_images_of_helms_renderings_are_found_and_nothing_else() {
    if let Some(corpus) = Corpus::open() {
        compare(&corpus, true, |_, expected| expected.rendered.clone());
    }
}

/// Templates are slow where nothing is optimized; then one chart in this many is rendered.
const SAMPLE: usize = if cfg!(debug_assertions) { 10 } else { 1 };

#[test]
fn charts_rendered_here_name_the_images_that_they_name_rendered_by_helm() {
    let Some(mut corpus) = Corpus::open() else { return };
    if SAMPLE > 1 {
        eprintln!("left out: all but one in {SAMPLE} charts, because this build is not optimized");
    }
    let all = std::mem::take(&mut corpus.expected);
    corpus.expected = all.into_iter().step_by(SAMPLE).collect();
    compare(&corpus, SAMPLE == 1, |key, expected| corpus.rendered(key, expected));
}

#[test]
fn definitions_of_custom_resources_name_nothing() {
    let Some(corpus) = Corpus::open() else { return };
    let (mut looked_at, mut open) = (0, vec![corpus.folder.path().join("charts")]);
    while let Some(folder) = open.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                open.push(path);
            } else if path.to_str().is_some_and(|path| path.contains("/crds/") && path.ends_with(".yaml")) {
                let found = images_of_text(&std::fs::read_to_string(&path).unwrap(), &ImageFields::known());
                looked_at += usize::from(found.is_ok());
                assert_eq!(found.unwrap_or_default(), [], "{}", path.display());
            }
        }
    }
    assert!(looked_at > 50, "only {looked_at} files");
}
