//! Lists of manifests, put together by hand.

use crate::made::{Made, Wanted, cluster_image, image, name, store};
use sealer_image::{Addition, Error, add_to_list, create_list, inspect, list, remove_from_list};
use sealer_model::Platform;
use sealer_model::event::Listener;

/// `amd64:1` and `arm64:1`, cluster images for one platform each; `both:1`, one for both; `plain:1`, a container image.
fn images() -> Made {
    let made = store();
    let of = |architectures, content| {
        let files: &[(&str, &str)] = &[("bin/kubelet", content)];
        let layers: &[&[(&str, &str)]] = &[files];
        cluster_image(
            &made.store,
            &Wanted { architectures, layers, container_images: &["r.io/pause:1"], ..Wanted::default() },
        )
    };
    for (text, descriptor) in [
        ("amd64:1", of(&["amd64"], "ARCH")),
        ("arm64:1", of(&["arm64"], "ARCH")),
        ("both:1", of(&["amd64", "arm64"], "another ARCH")),
        ("plain:1", image(&made.store, b"plain")),
    ] {
        made.store.tag(&name(text), &descriptor).unwrap();
    }
    made
}

fn add(made: &Made, text: &str, addition: &Addition) -> Result<(), Error> {
    add_to_list(&made.store, &name("list:1"), &name(text), addition).map(drop)
}

fn platforms(made: &Made) -> Vec<String> {
    let inspection = inspect(&made.store, &name("list:1")).unwrap();
    assert_eq!(made.store.verify(&Listener::deaf()).unwrap().faults, []);
    inspection.platforms.iter().map(Platform::to_string).collect()
}

#[test]
fn cluster_images_for_one_platform_each_become_one_for_all() {
    let made = images();
    create_list(&made.store, &name("list:1"), false).unwrap();
    for text in ["arm64:1", "amd64:1", "arm64:1"] {
        add(&made, text, &Addition::default()).unwrap();
    }
    assert_eq!(platforms(&made), ["linux/amd64", "linux/arm64"]);
    let inspection = inspect(&made.store, &name("list:1")).unwrap();
    let images: Vec<String> = inspection.container_images.iter().map(|image| image.platform.to_string()).collect();
    assert_eq!(images, ["linux/amd64", "linux/arm64"]);
    assert_eq!(inspection.container_images[0].demands.len(), 1);
}

#[test]
fn one_platform_of_several_may_be_meant_and_nothing_takes_the_place_of_another_rootfs() {
    let made = images();
    create_list(&made.store, &name("list:1"), false).unwrap();
    let arm64 = Addition { platform: Some(Platform::linux("arm64")), ..Addition::default() };
    add(&made, "both:1", &arm64).unwrap();
    assert_eq!(platforms(&made), ["linux/arm64"]);
    let error = add(&made, "arm64:1", &Addition::default()).unwrap_err();
    assert!(error.to_string().contains("the rootfs for linux/arm64"), "{error}");
    let riscv = Addition { platform: Some(Platform::linux("riscv64")), ..Addition::default() };
    assert!(matches!(add(&made, "both:1", &riscv), Err(Error::NoPlatform { .. })));
    let error = add(&made, "plain:1", &Addition::default()).unwrap_err();
    assert!(matches!(error, Error::List { .. }), "{error}");
}

#[test]
fn what_is_removed_takes_its_container_images_with_it() {
    let made = images();
    create_list(&made.store, &name("list:1"), false).unwrap();
    add(&made, "both:1", &Addition { all: true, ..Addition::default() }).unwrap();
    let top = made.store.require(&name("list:1")).unwrap();
    let arm64 = made.store.index(&top).unwrap().rootfs_for(&Platform::linux("arm64")).unwrap().digest.clone();
    remove_from_list(&made.store, &name("list:1"), &arm64).unwrap();
    assert_eq!(platforms(&made), ["linux/amd64"]);
    assert_eq!(inspect(&made.store, &name("list:1")).unwrap().container_images.len(), 1);
    let error = remove_from_list(&made.store, &name("list:1"), &arm64).unwrap_err();
    assert!(error.to_string().contains("has nothing of digest sha256:"), "{error}");
    let amd64 = list(&made.store, &name("list:1")).unwrap().manifests[0].digest.clone();
    remove_from_list(&made.store, &name("list:1"), &amd64).unwrap();
    assert_eq!(list(&made.store, &name("list:1")).unwrap().manifests, []);
}

#[test]
fn a_list_of_plain_images_notes_what_was_asked_for() {
    let made = images();
    create_list(&made.store, &name("list:1"), false).unwrap();
    let addition = Addition {
        platform: Some("linux/arm/v7".parse().unwrap()),
        annotations: [("k".to_owned(), "v".to_owned())].into(),
        all: false,
    };
    add(&made, "plain:1", &Addition::default()).unwrap();
    let entry = || list(&made.store, &name("list:1")).unwrap().manifests;
    assert_eq!(entry()[0].platform, Some(Platform::linux("amd64")));
    add(&made, "plain:1", &addition).unwrap();
    assert_eq!((entry().len(), &entry()[0].platform), (1, &addition.platform));
    assert_eq!(entry()[0].annotations, addition.annotations);
    let error = add(&made, "amd64:1", &Addition::default()).unwrap_err();
    assert!(matches!(error, Error::NotAClusterImage { .. }), "{error}");
}

#[test]
fn a_name_that_is_taken_is_kept_unless_it_is_to_be_amended() {
    let made = images();
    let error = create_list(&made.store, &name("both:1"), false).unwrap_err();
    assert!(error.to_string().contains("is there already"), "{error}");
    let before = made.store.require(&name("both:1")).unwrap();
    let kept = create_list(&made.store, &name("both:1"), true).unwrap();
    assert_eq!(kept.digest, before.digest);
    let error = create_list(&made.store, &name("plain:1"), true).unwrap_err();
    assert!(error.to_string().contains("is one image and no list"), "{error}");
}
