//! Container images from a real registry.

use crate::fixture::Workshop;
use crate::peer_registry::Registry;
use sealer_build::{Error, Lock, Options, PullPolicy};

/// A workshop whose image list asks for the registry's image.
fn workshop(registry: &Registry) -> Workshop {
    let list = format!("{}/team/web:1", registry.address);
    let mut workshop =
        Workshop::new(&[("Kubefile", "FROM scratch\nCOPY manifests manifests/"), ("manifests/imageList", &list)]);
    workshop.registries.push(registry.address.clone());
    workshop
}

#[test]
fn images_are_pulled_and_an_unreachable_registry_is_no_hindrance_to_the_next_build() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    registry.fill(&workshop, "one");
    let built = workshop.build("demo/app:v1");
    let carried = &workshop.catalog(&built).container_images[0];
    assert_eq!(carried.name.to_string(), format!("{}/team/web:1", registry.address));
    assert!(carried.original_index.is_some());
    assert_eq!(workshop.store.missing(&built.descriptor).unwrap(), []);
    drop(registry);
    let again = workshop.build("demo/app:v1");
    assert_eq!(again.descriptor, built.descriptor);
    let warnings = workshop.warnings.lock().unwrap().clone();
    assert!(warnings[0].contains("is taken as the store has it"), "{warnings:?}");
    let always = Options { pull_policy: PullPolicy::Always, ..workshop.options("demo/app:v1") };
    assert!(matches!(workshop.build_with(always), Err(Error::Missing(_))));
}

#[test]
fn a_newer_image_is_taken_unless_the_policy_says_otherwise() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    registry.fill(&workshop, "one");
    let digest = |policy| {
        let options = Options { pull_policy: policy, ..workshop.options("demo/app:v1") };
        let built = workshop.build_with(options).unwrap();
        workshop.catalog(&built).container_images[0].digest.clone()
    };
    let first = digest(PullPolicy::IfNewer);
    registry.fill(&workshop, "two");
    assert_eq!(digest(PullPolicy::Missing), first);
    assert_eq!(digest(PullPolicy::Never), first);
    assert_ne!(digest(PullPolicy::IfNewer), first);
}

#[test]
fn a_locked_build_takes_what_was_there_then_and_nothing_else() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    let path = workshop.context().join("Kubefile.lock");
    let locked =
        |workshop: &Workshop| Options { locked: Some(Lock::read(&path).unwrap()), ..workshop.options("demo/app:v1") };
    workshop.write("Kubefile", "FROM scratch\nCOPY Kubefile etc/");
    workshop.build("demo/base:v1");
    workshop.write("Kubefile", "FROM demo/base:v1\nCOPY manifests manifests/\nCOPY --from=demo/base:v1 etc/ copied/");
    registry.fill(&workshop, "one");
    let options = Options { lock: Some(path.clone()), ..workshop.options("demo/app:v1") };
    let first = workshop.build_with(options).unwrap().descriptor;
    let text = std::fs::read_to_string(&path).unwrap();
    for kind in ["\"base\"", "\"copied-from\"", "\"container-image\""] {
        assert_eq!(text.matches(kind).count(), 1, "{text}");
    }
    // the tag leads elsewhere now, and the former image is taken nevertheless
    registry.fill(&workshop, "two");
    assert_ne!(workshop.build("demo/app:v1").descriptor, first);
    let images = text.replace("team/web:1", "team/web:2");
    assert_eq!(workshop.build_with(locked(&workshop)).unwrap().descriptor, first);
    workshop.store.collect_garbage().unwrap();
    // another base than the locked one, of which nothing is left, is no base
    workshop.write("Kubefile", "FROM scratch\nCOPY manifests etc/");
    workshop.build("demo/base:v1");
    workshop.write("Kubefile", "FROM demo/base:v1\nCOPY manifests manifests/");
    workshop.build("demo/app:v1");
    workshop.store.collect_garbage().unwrap();
    let never = Options { pull_policy: PullPolicy::Never, ..locked(&workshop) };
    assert!(workshop.refused(never).contains("the base image docker.io/demo/base:v1 is not in the store"));
    // and what the lock does not name is not chosen anew
    std::fs::write(&path, images).unwrap();
    workshop.write("Kubefile", "FROM scratch\nCOPY manifests manifests/");
    let refused = workshop.refused(locked(&workshop));
    assert!(refused.contains("team/web:1 for linux/amd64 is not in the lock"), "{refused}");
}

#[test]
fn an_unchanged_rebuild_asks_once_for_each_image_however_many_platforms_there_are() {
    let Some(registry) = Registry::start() else {
        return;
    };
    let workshop = workshop(&registry);
    registry.fill(&workshop, "one");
    let name = format!("{}/team/web:1", registry.address);
    workshop.write("Kubefile", &format!("FROM scratch\nCOPY manifests manifests/\nCOPY --from={name} text parts/\n"));
    let platforms = vec![crate::fixture::amd64(), sealer_model::Platform::linux("arm64")];
    let build = || {
        let options = Options { platforms: platforms.clone(), ..workshop.options("demo/app:v1") };
        workshop.build_with(options).unwrap()
    };
    let first = build();
    registry.asked();
    assert_eq!(build().descriptor, first.descriptor);
    assert_eq!(registry.asked(), ["HEAD /v2/team/web/manifests/1"]);
}
