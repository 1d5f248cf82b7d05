//! An image of applications alone: manifests and a chart, both with one container image that no node has.

use std::path::Path;

use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;

/// The image.
pub(super) const IMAGE: &str = "hello:v1";
/// The container image that it carries.
pub(super) const NAME: &str = "docker.io/library/greeter:v1";
/// What the container image is made of: nginx of the guestbook, under another name.
const ARCHIVE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/guestbook/parts/images/nginx.tar");

const KUBEFILE: &str = "FROM scratch\nCOPY imageList manifests/imageList\nAPP hello local://hello.yaml\nAPP stock local://stock\n\
                        LAUNCH [\"hello\", \"stock\"]\n";

/// Builds it.
pub(super) fn build(delivery: &Delivery, folder: &Path) -> Result<()> {
    let context = folder.join("context");
    folders::create(&context.join("stock/templates"))?;
    let files = [
        ("Kubefile", KUBEFILE.to_owned()),
        ("imageList", format!("{NAME} oci-archive:greeter.tar\n")),
        ("hello.yaml", deployment("hello", NAME, "manifests")),
        ("stock/Chart.yaml", "apiVersion: v2\nname: stock\nversion: 0.1.0\n".to_owned()),
        ("stock/values.yaml", format!("image: {NAME}\n")),
        ("stock/templates/deployment.yaml", deployment("{{ .Release.Name }}", "{{ .Values.image }}", "a chart")),
    ];
    for (path, text) in files {
        folders::write(&context.join(path), text)?;
    }
    let archive = context.join("greeter.tar");
    std::fs::copy(ARCHIVE, &archive).map_err(Error::file("copy", &archive))?;
    delivery.show(&["build", "--type", "app-installer", "-t", IMAGE, &context.display().to_string()])
}

fn deployment(name: &str, image: &str, greeting: &str) -> String {
    format!(
        r#"apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}}}
spec:
  selector: {{matchLabels: {{app: {name}}}}}
  template:
    metadata: {{labels: {{app: {name}}}}}
    spec:
      terminationGracePeriodSeconds: 1
      containers:
        - name: web
          image: {image}
          command: [sh, -c]
          args:
            - |
              echo "hello from the site: {greeting}"
              echo "events {{}}" >/tmp/nginx.conf
              exec nginx -c /tmp/nginx.conf -g 'daemon off; user root; pid /tmp/nginx.pid; error_log stderr;'
"#
    )
}
