//! Images of a registry that wants a password: container images, bases, and what is built on them.

use crate::fixture::{Workshop, amd64};
use crate::peer_registry::{PASSWORD, Registry, USER};
use sealer_build::{Built, Options, PullPolicy};
use sealer_image::push;
use sealer_image::remote::keep_login;
use sealer_model::causes::chain;
use sealer_model::event::Listener;
use sealer_model::image::Descriptor;
use std::collections::BTreeSet;

/// A workshop that knows the registry's password as `sealer login` keeps it.
fn workshop(registry: &Registry, files: &[(&str, &str)]) -> Workshop {
    let mut workshop = Workshop::new(files);
    let path = workshop.context().join("../auth.json");
    keep_login(&path, &registry.address, USER, PASSWORD).unwrap();
    workshop.credential_files.push(path);
    workshop.registries.push(registry.address.clone());
    workshop
}

fn pushed(workshop: &Workshop, built: &Built) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let (client, listener) = (workshop.client(), Listener::deaf());
    let push = push(&workshop.store, &client, &built.name, &built.name, &listener);
    runtime.block_on(push).unwrap_or_else(|error| panic!("{}", chain(&error)));
}

/// A registry with a container image and a base that carries it, and the workshop of the base with the base's name.
fn with_base() -> Option<(Registry, Workshop, String)> {
    let registry = Registry::guarded()?;
    let list = format!("{}/team/web:1", registry.address);
    let kubefile = "FROM scratch\nCOPY etc etc/\nCOPY manifests manifests/\n";
    let workshop = workshop(&registry, &[("Kubefile", kubefile), ("etc/a", "one"), ("manifests/imageList", &list)]);
    registry.fill(&workshop, "web");
    let name = format!("{}/team/base:1", registry.address);
    pushed(&workshop, &workshop.build(&name));
    Some((registry, workshop, name))
}

#[test]
fn a_private_base_is_pulled_built_on_and_pushed_with_what_it_has_shared() {
    let Some((registry, first, base)) = with_base() else { return };
    let second = workshop(&registry, &[("Kubefile", &format!("FROM {base}\nCOPY app app/\n")), ("app/b", "b")]);
    let built = second.build(&format!("{}/team/app:1", registry.address));
    let base = first.store.resolve(&base.parse().unwrap()).unwrap().unwrap();
    let base_blobs = first.store.reachable(&base).unwrap();
    let is_layer = |blob: &&Descriptor| blob.media_type.contains("layer");
    let rootfs = |workshop: &Workshop, image| {
        let index = workshop.store.index(image).unwrap();
        workshop.store.manifest(index.rootfs_for(&amd64()).unwrap()).unwrap()
    };
    let below = rootfs(&first, &base).layers;
    assert_eq!(rootfs(&second, &built.descriptor).layers[..below.len()], below);
    registry.asked();
    pushed(&second, &built);
    let uploaded: BTreeSet<String> = registry.asked().iter().filter_map(|request| uploaded(request)).collect();
    let again: Vec<_> =
        base_blobs.iter().filter(is_layer).filter(|blob| uploaded.contains(blob.digest.hex())).collect();
    assert!(again.is_empty() && !uploaded.is_empty(), "{again:?} of {uploaded:?}");
}

/// The digits of the digest of a blob whose upload a request ends.
fn uploaded(request: &str) -> Option<String> {
    let address = request.strip_prefix("PUT ").filter(|address| address.contains("/blobs/uploads/"))?;
    let digest = address.split_once("digest=sha256%3A").or_else(|| address.split_once("digest=sha256:"))?.1;
    Some(digest.chars().take_while(char::is_ascii_hexdigit).collect())
}

#[test]
fn without_the_password_nothing_is_pulled_and_the_error_says_who_wants_it() {
    let Some((registry, _, base)) = with_base() else { return };
    let mut stranger = Workshop::new(&[("Kubefile", &format!("FROM {base}\n"))]);
    stranger.registries.push(registry.address.clone());
    let error = stranger.refused(stranger.options("demo/app:v1"));
    assert!(error.contains(&registry.address) && error.contains("it wants a password, and none is known"), "{error}");
    assert_eq!(stranger.store.images().unwrap(), []);
}

#[test]
fn a_base_is_asked_for_every_time_unless_the_policy_says_otherwise_or_it_was_made_here() {
    let Some((registry, first, base)) = with_base() else { return };
    let second = workshop(&registry, &[("Kubefile", &format!("FROM {base}\n"))]);
    let with = |pull_policy| {
        let options = Options { pull_policy, ..second.options("demo/app:v1") };
        second.build_with(options).unwrap_or_else(|error| panic!("{}", chain(&error))).descriptor
    };
    let before = with(PullPolicy::IfNewer);
    registry.asked();
    assert_eq!(with(PullPolicy::IfNewer), before);
    assert_eq!(registry.asked().iter().filter(|request| request.contains("/team/base/")).count(), 1);
    first.write("etc/a", "two");
    pushed(&first, &first.build(&base));
    assert_eq!((with(PullPolicy::Missing), with(PullPolicy::Never)), (before.clone(), before.clone()));
    let newer = with(PullPolicy::IfNewer);
    assert_ne!(newer, before);
    // what was built here under a name is that name's image, whatever a registry says
    first.write("etc/a", "three");
    first.build(&base);
    first.write("Kubefile", &format!("FROM {base}\n"));
    registry.asked();
    let own = first.build("demo/app:v1");
    assert_eq!(registry.asked().iter().filter(|request| request.contains("/team/base/")).count(), 0);
    assert_ne!(own.descriptor, newer);
    // and without the registry, what is here will do
    drop(registry);
    assert_eq!(with(PullPolicy::IfNewer), newer);
    let warnings = second.warnings.lock().unwrap().clone();
    assert!(warnings.iter().any(|text| text.contains("team/base:1 is taken as the store has it")), "{warnings:?}");
}
