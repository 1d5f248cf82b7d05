//! Files for tests to work on: a small Kubefile and, for the container image that it asks for, an OCI image layout.

use crate::surroundings::Surroundings;
use sealer_model::Platform;
use sealer_model::image::{Config, ConfigDetails, Descriptor, Index, Manifest, RootFilesystem, annotation, media_type};
use serde::Serialize;
use std::path::Path;

/// The name of the container image that [`context`] asks for.
pub(crate) const CONTAINER_IMAGE: &str = "registry.example/demo/pause:1";

const KUBEFILE: &str = "\
FROM scratch
LABEL cluster.alpha.sealer.io/cluster-runtime-version=\"v1.26.0\"
COPY imageList manifests/
APP web local://web.yaml
LAUNCH [\"web\"]
";

const WORKLOAD: &str = "\
apiVersion: v1
kind: Pod
metadata: {name: web}
spec:
  containers:
  - {name: web, image: registry.example/demo/pause:1}
";

/// Writes a build context into the folder `context` of the working folder.
pub(crate) fn context(here: &Surroundings) {
    here.write("context/Kubefile", KUBEFILE);
    here.write("context/web.yaml", WORKLOAD);
    here.write("context/imageList", format!("{CONTAINER_IMAGE} oci:pause\n"));
    layout(&here.work().join("context/pause"));
}

/// Builds `name` from a fresh context.
pub(crate) fn built(here: &Surroundings, name: &str) {
    context(here);
    let _ = here.sealer(&["build", "-t", name, "context"]).done();
}

/// An OCI image layout with one image for this machine's platform.
fn layout(folder: &Path) {
    std::fs::create_dir_all(folder.join("blobs/sha256")).unwrap();
    let layer = [0; 1024];
    let layer = put(folder, media_type::LAYER_TAR, &layer);
    let platform = Platform::from_machine(std::env::consts::ARCH);
    let config = Config {
        created: None,
        architecture: platform.architecture.clone(),
        os: platform.os.clone(),
        variant: None,
        config: ConfigDetails::default(),
        rootfs: RootFilesystem { kind: "layers".into(), diff_ids: vec![layer.digest.clone()] },
        history: Vec::new(),
    };
    let config = put_json(folder, media_type::CONFIG, &config);
    let manifest = put_json(folder, media_type::MANIFEST, &Manifest::new(config, vec![layer]));
    let named = manifest.for_platform(platform).annotated(annotation::REFERENCE, "1");
    std::fs::write(folder.join("index.json"), json(&Index::new(vec![named]))).unwrap();
    std::fs::write(folder.join("oci-layout"), r#"{"imageLayoutVersion":"1.0.0"}"#).unwrap();
}

fn put_json(folder: &Path, media_type: &str, document: &impl Serialize) -> Descriptor {
    put(folder, media_type, &json(document))
}

fn put(folder: &Path, media_type: &str, bytes: &[u8]) -> Descriptor {
    let descriptor = Descriptor::of(media_type, bytes);
    std::fs::write(folder.join("blobs/sha256").join(descriptor.digest.hex()), bytes).unwrap();
    descriptor
}

fn json(document: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(document).unwrap()
}
