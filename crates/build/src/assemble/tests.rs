//! The documents of a cluster image.

use super::*;
use crate::layers::{BuiltLayer, Made};
use crate::options::Options;
use crate::recipe::Recipe;
use sealer_image::layer::Layer;
use sealer_model::image::{Demand, Descriptor, ImageType, media_type};
use sealer_model::{Digest, Platform};
use std::collections::BTreeMap;

fn options() -> Options {
    let tag = "demo/app:v1".parse().unwrap();
    Options { sealer_version: "v1.0".into(), ..Options::new(".", tag, Platform::linux("amd64")) }
}

fn carried(name: &str, index: Option<&[u8]>, applications: &[Option<&str>]) -> Carried {
    let demand = |application: &Option<&str>| Demand {
        application: application.map(str::to_owned),
        file: "f".into(),
        field: "x".into(),
        ..Demand::default()
    };
    Carried {
        name: name.parse().unwrap(),
        platform: Platform::linux("amd64"),
        manifest: Descriptor::of(media_type::DOCKER_MANIFEST, name.as_bytes()),
        original_index: index.map(|bytes| Descriptor::of(media_type::DOCKER_INDEX, bytes)),
        demands: applications.iter().map(demand).collect(),
    }
}

#[test]
fn a_configuration_continues_that_of_the_base() {
    let mut base = empty_config(&Platform::linux("arm64"));
    base.rootfs.diff_ids.push(Digest::of(b"base"));
    let recipe = Recipe {
        labels: BTreeMap::from([("a".into(), "recipe".into()), ("b".into(), "recipe".into())]),
        environment: BTreeMap::from([("K".into(), "v w".into())]),
        ..Recipe::default()
    };
    let options = Options {
        labels: BTreeMap::from([("b".into(), "option".into())]),
        source_date_epoch: Some(1_000_000_000),
        ..options()
    };
    let descriptor = Descriptor::of("x", b"blob");
    let layer = Layer { descriptor: descriptor.clone(), diff_id: Digest::of(b"own") };
    let built = BuiltLayer { instruction: "COPY a b".into(), descriptor, cached: false };
    let config = config(base, &recipe, &options, &[Made { built, layer }]);
    assert_eq!(config.created.as_deref(), Some("2001-09-09T01:46:40Z"));
    assert_eq!(config.rootfs.diff_ids, [Digest::of(b"base"), Digest::of(b"own")]);
    assert_eq!(config.history[0].created_by.as_deref(), Some("COPY a b"));
    assert_eq!(config.config.env, Some(vec!["K=v w".to_owned()]));
    let labels = config.config.labels.unwrap();
    assert_eq!([&labels["a"], &labels["b"], &labels["io.sealer.version"]], ["recipe", "option", "v1.0"]);
}

#[test]
fn annotations_are_those_of_the_go_sealer() {
    let recipe = Recipe::default();
    let extension = extension(&recipe, &options(), ImageType::KubeInstaller);
    let images = [carried("nginx:1.25", None, &[Some("web"), Some("web"), None])];
    let annotations = annotations(&extension, &images.each_ref(), &options()).unwrap();
    assert_eq!(
        annotations["sealer.image.extension"],
        r#"{"buildClient":{"sealerVersion":"v1.0"},"schemaVersion":"v1alpha1","type":"kube-installer","launch":{}}"#
    );
    let platform = r#""platform":{"architecture":"amd64","os":"linux","variant":""}"#;
    assert_eq!(
        annotations["sealer.image.container.images"],
        format!(
            r#"[{{"image":"docker.io/library/nginx:1.25",{platform}}},{{"image":"docker.io/library/nginx:1.25","appName":"web",{platform}}}]"#
        )
    );
}
