//! The container images of the example application: redis and nginx from Debian's packages under their usual names, and the page
//! between them.

use std::path::Path;

use crate::error::Result;
use crate::parts::container::{Addition, Container, Form};
use crate::parts::{Workshop, oci};

/// The package sets that the images are extracted from.
pub(crate) const PACKAGES: &[&[&str]] = &[REDIS, NGINX, PYTHON];
/// Tracked files that go into the images.
pub(crate) const TRACKED: &[&str] = &["examples/guestbook/guestbook.py"];

const REDIS: &[&str] = &["redis-server", "dash"];
const NGINX: &[&str] = &["nginx", "dash"];
const PYTHON: &[&str] = &["python3"];

/// Makes all of them in `place`, one in each form.
pub(crate) fn place(workshop: &Workshop, place: &Path) -> Result<()> {
    redis().make(workshop, place)?;
    nginx().make(workshop, place)?;
    page(workshop).make(workshop, place)
}

fn redis() -> Container {
    Container {
        name: "docker.io/library/redis:7".to_owned(),
        file: "redis",
        form: Form::Layout,
        packages: REDIS,
        additions: Vec::new(),
        links: &[("bin/sh", "dash")],
        configuration: oci::Configuration {
            arguments: vec!["redis-server", "--bind", "0.0.0.0", "--protected-mode", "no", "--dir", "/tmp"],
            ..Default::default()
        },
    }
}

fn nginx() -> Container {
    Container {
        name: "docker.io/library/nginx:1.22".to_owned(),
        file: "nginx",
        form: Form::OciArchive,
        packages: NGINX,
        additions: Vec::new(),
        links: &[("bin/sh", "dash")],
        configuration: oci::Configuration { arguments: vec!["nginx", "-g", "daemon off;"], ..Default::default() },
    }
}

fn page(workshop: &Workshop) -> Container {
    let source = workshop.folders.example("guestbook").join("guestbook.py");
    Container {
        name: "docker.io/library/guestbook:v1".to_owned(),
        file: "guestbook",
        form: Form::DockerArchive,
        packages: PYTHON,
        additions: vec![Addition { from: source, to: "srv/guestbook.py", mode: 0o644 }],
        links: &[],
        configuration: oci::Configuration {
            entrypoint: vec!["/usr/bin/python3", "/srv/guestbook.py"],
            ..Default::default()
        },
    }
}
