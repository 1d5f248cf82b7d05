//! `COPY --from`: which image, for which platform, and what becomes of its files.

use crate::fixture::{Listed, Workshop, amd64, archive};
use crate::peer_registry::Registry;
use sealer_build::{Built, Lock, Options, PullPolicy};
use sealer_model::Platform;
use sealer_model::image::{Descriptor, Index, media_type};
use std::io::Read;
use tar::EntryType;

const FILE: EntryType = EntryType::Regular;
const FOLDER: EntryType = EntryType::Directory;
const LINK: EntryType = EntryType::Symlink;
const SAME: EntryType = EntryType::Link;

fn arm64() -> Platform {
    Platform::linux("arm64")
}

/// A workshop with the image `demo/tools:v1` of these layers in its store, and a Kubefile with this instruction.
fn workshop(layers: &[&[Listed<'_>]], instruction: &str) -> Workshop {
    let workshop = Workshop::new(&[("Kubefile", &format!("FROM scratch\n{instruction}\n"))]);
    workshop.name("demo/tools:v1", &workshop.image(&amd64(), layers));
    workshop
}

/// The entries of the last layer for a platform: path, mode, owner, and text or target.
fn last_layer(workshop: &Workshop, built: &Built, platform: &Platform) -> Vec<String> {
    let (manifest, _) = workshop.rootfs(built, platform);
    let blob = workshop.store.open_blob(&manifest.layers.last().unwrap().digest).unwrap();
    let mut archive = tar::Archive::new(zstd::Decoder::new(blob).unwrap());
    let told = |entry: std::io::Result<tar::Entry<'_, _>>| {
        let mut entry = entry.unwrap();
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        let header = entry.header();
        let target = entry.link_name().unwrap().map(|target| match header.entry_type() {
            SAME => format!(" = {}", target.display()),
            _ => format!(" -> {}", target.display()),
        });
        let (mode, user, group) = (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap());
        let path = entry.path().unwrap().display().to_string();
        let target = target.unwrap_or_default();
        format!("{path}{target} {mode:o} {user}:{group} {text}").trim_end().to_owned()
    };
    archive.entries().unwrap().map(told).collect()
}

fn copied(layers: &[&[Listed<'_>]], instruction: &str) -> Vec<String> {
    let workshop = workshop(layers, instruction);
    last_layer(&workshop, &workshop.build("demo/app:v1"), &amd64())
}

#[test]
fn owners_and_modes_are_those_of_the_image_unless_the_kubefile_says_otherwise() {
    let layer: &[Listed<'_>] = &[
        ("data/", FOLDER, 0o1770, ""),
        ("data/key", FILE, 0o600, "k"),
        ("data/run", FILE, 0o4711, "r"),
        ("data/d/", FOLDER, 0o700, ""),
    ];
    let plain = copied(&[layer], "COPY --from=demo/tools:v1 data out");
    assert_eq!(plain, ["out/ 755 0:0", "out/d/ 700 7:8", "out/key 600 7:8 k", "out/run 4711 7:8 r"]);
    let told = copied(&[layer], "COPY --from=demo/tools:v1 --chown=1:2 --chmod=0444 data/key out/");
    assert_eq!(told, ["out/key 444 1:2 k"]);
}

#[test]
fn names_of_one_file_stay_names_of_one_file_and_one_alone_is_the_file() {
    let layer: &[Listed<'_>] = &[
        ("bin/busybox", FILE, 0o755, "tool"),
        ("bin/ls", SAME, 0o755, "bin/busybox"),
        ("bin/sh", SAME, 0o755, "bin/busybox"),
    ];
    assert_eq!(copied(&[layer], "COPY --from=demo/tools:v1 /bin/sh bin/"), ["bin/sh 755 7:8 tool"]);
    let all =
        ["bin/ 755 0:0", "bin/busybox 755 7:8 tool", "bin/ls = bin/busybox 755 7:8", "bin/sh = bin/busybox 755 7:8"];
    assert_eq!(copied(&[layer], "COPY --from=demo/tools:v1 /bin bin"), all);
}

#[test]
fn links_that_a_source_names_or_leads_through_are_followed_inside_the_image() {
    let layer: &[Listed<'_>] = &[
        ("bin", LINK, 0o777, "usr/bin"),
        ("usr/bin/tool-1.2", FILE, 0o755, "tool"),
        ("usr/bin/tool", LINK, 0o777, "/etc/alternatives/tool"),
        ("etc/alternatives/tool", LINK, 0o777, "/bin/tool-1.2"),
    ];
    assert_eq!(copied(&[layer], "COPY --from=demo/tools:v1 /bin/tool out/"), ["out/tool 755 7:8 tool"]);
    assert_eq!(copied(&[layer], "COPY --from=demo/tools:v1 /bin/tool-* out/"), ["out/tool-1.2 755 7:8 tool"]);
    let all = copied(&[layer], "COPY --from=demo/tools:v1 bin out");
    assert_eq!(all, ["out/ 755 0:0", "out/tool -> /etc/alternatives/tool 777 7:8", "out/tool-1.2 755 7:8 tool"]);
}

#[test]
fn what_upper_layers_removed_does_not_come_back() {
    let lower: &[Listed<'_>] = &[("opt/app/lib/a", FILE, 0o644, "a"), ("opt/app/lib/b", FILE, 0o644, "b")];
    for removal in ["opt/.wh.app", ".wh.opt", ".wh..wh..opq", "opt/.wh..wh..opq", "opt/app/.wh.lib"] {
        let upper: &[Listed<'_>] = &[(removal, FILE, 0o644, ""), ("opt/app/lib/c", FILE, 0o644, "c")];
        let found = copied(&[lower, upper], "COPY --from=demo/tools:v1 opt/app/lib/* lib/");
        assert_eq!(found, ["lib/c 644 7:8 c"], "{removal}");
    }
}

#[test]
fn what_is_not_in_the_image_or_no_file_is_told_at_its_place() {
    let layer: &[Listed<'_>] = &[("dev/null", EntryType::Char, 0o666, ""), ("circle", LINK, 0o777, "circle")];
    for (source, message) in [
        ("none", "none: no such file in the image docker.io/demo/tools:v1"),
        ("circle", "circle: no such file in the image"),
        ("../etc", "../etc leaves the image"),
        ("/dev", "dev/null is neither a file nor a folder nor a symbolic link"),
    ] {
        let workshop = workshop(&[layer], &format!("COPY --from=demo/tools:v1 {source} out/"));
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains(message) && error.contains("Kubefile:2:"), "{source}: {error}");
    }
}

/// A file that says which platform it is for.
fn text_for(platform: &Platform) -> Vec<u8> {
    archive(&[("text", FILE, 0o644, &platform.architecture)])
}

#[test]
fn each_platform_gets_the_files_that_are_for_it() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nCOPY --from=demo/tools:v1 text out/\n")]);
    let images = [amd64(), arm64()].map(|platform| {
        let text = platform.architecture.clone();
        workshop.image(&platform, &[&[("text", FILE, 0o644, &text)]])
    });
    let index = workshop.store.put_json(media_type::INDEX, &Index::new(images.to_vec())).unwrap();
    workshop.name("demo/tools:v1", &index);
    let options = Options { platforms: vec![amd64(), arm64()], ..workshop.options("demo/app:v1") };
    let built = workshop.build_with(options).unwrap();
    for platform in [amd64(), arm64()] {
        let text = format!("out/text 644 7:8 {}", platform.architecture);
        assert_eq!(last_layer(&workshop, &built, &platform), [text]);
    }
}

#[test]
fn an_image_for_another_platform_is_never_taken() {
    let workshop = workshop(&[&[("text", FILE, 0o644, "amd64")]], "COPY --from=demo/tools:v1 text out/");
    let options = |pull_policy| Options { platforms: vec![arm64()], pull_policy, ..workshop.options("demo/app:v1") };
    let error = workshop.refused(options(PullPolicy::Never));
    assert!(error.contains("docker.io/demo/tools:v1 for linux/arm64 is not in the store"), "{error}");
}

/// A workshop and a registry whose `team/tools:1` has a text for each platform, and a Kubefile that copies it.
fn with_registry() -> Option<(Workshop, Registry, String)> {
    let registry = Registry::start()?;
    let name = format!("{}/team/tools:1", registry.address);
    let mut workshop = Workshop::new(&[("Kubefile", &format!("FROM scratch\nCOPY --from={name} text out/\n"))]);
    workshop.registries.push(registry.address.clone());
    put(&workshop, &registry, text_for);
    Some((workshop, registry, name))
}

fn put(workshop: &Workshop, registry: &Registry, text: impl Fn(&Platform) -> Vec<u8>) {
    registry.put(workshop, "team/tools:1", |layout| {
        let images = [amd64(), arm64()].map(|platform| layout.image_of(&platform, text(&platform)));
        layout.index_of(images.to_vec())
    });
}

fn for_both(workshop: &Workshop) -> Options {
    Options { platforms: vec![amd64(), arm64()], ..workshop.options("demo/app:v1") }
}

#[test]
fn a_name_that_the_user_gave_to_one_platform_stays_and_does_not_stand_for_the_other() {
    let Some((workshop, _registry, name)) = with_registry() else { return };
    let own = workshop.image(&amd64(), &[&[("text", FILE, 0o644, "mine")]]);
    workshop.name(&name, &own);
    let built = workshop.build_with(for_both(&workshop)).unwrap();
    assert_eq!(last_layer(&workshop, &built, &amd64()), ["out/text 644 7:8 mine"]);
    assert_eq!(last_layer(&workshop, &built, &arm64()), ["out/text 644 7:8 arm64"]);
    let named = workshop.store.resolve(&name.parse().unwrap()).unwrap().unwrap();
    assert_eq!(named.digest, own.digest);
}

#[test]
fn what_was_copied_from_a_registry_is_there_for_a_build_without_it_and_has_no_name() {
    let Some((workshop, registry, _)) = with_registry() else { return };
    let built = workshop.build_with(for_both(&workshop)).unwrap();
    let names: Vec<String> = workshop.store.images().unwrap().iter().map(|image| image.name.to_string()).collect();
    assert_eq!(names, ["docker.io/demo/app:v1"]);
    drop(registry);
    let again = workshop.build_with(for_both(&workshop)).unwrap();
    assert_eq!(again.descriptor, built.descriptor);
    let warnings = workshop.warnings.lock().unwrap().clone();
    assert!(warnings.iter().any(|text| text.contains("team/tools:1 is taken as the store has it")), "{warnings:?}");
    for pull_policy in [PullPolicy::Never, PullPolicy::Missing] {
        let again = workshop.build_with(Options { pull_policy, ..for_both(&workshop) }).unwrap();
        assert_eq!(again.descriptor, built.descriptor);
    }
    let always = Options { pull_policy: PullPolicy::Always, ..for_both(&workshop) };
    assert!(workshop.build_with(always).is_err());
}

#[test]
fn a_newer_image_is_copied_from_and_a_locked_build_keeps_the_former() {
    let Some((workshop, registry, _)) = with_registry() else { return };
    let lock = workshop.context().join("Kubefile.lock");
    let first = workshop.build_with(Options { lock: Some(lock.clone()), ..for_both(&workshop) }).unwrap();
    put(&workshop, &registry, |_| archive(&[("text", FILE, 0o644, "newer")]));
    let second = workshop.build_with(for_both(&workshop)).unwrap();
    assert_eq!(last_layer(&workshop, &second, &arm64()), ["out/text 644 7:8 newer"]);
    let locked = || Some(Lock::read(&lock).unwrap());
    let again = workshop.build_with(Options { locked: locked(), ..for_both(&workshop) }).unwrap();
    assert_eq!(again.descriptor, first.descriptor);
    // on another machine, too, which finds it by its digest
    let kubefile = std::fs::read_to_string(workshop.context().join("Kubefile")).unwrap();
    let mut elsewhere = Workshop::new(&[("Kubefile", &kubefile)]);
    elsewhere.registries.push(registry.address.clone());
    let again = elsewhere.build_with(Options { locked: locked(), ..for_both(&elsewhere) }).unwrap();
    assert_eq!(again.descriptor, first.descriptor);
}

#[test]
fn of_a_cluster_image_the_rootfs_is_meant() {
    let workshop = Workshop::new(&[("Kubefile", "FROM scratch\nCOPY etc etc\n"), ("etc/a", "a")]);
    workshop.build("demo/base:v1");
    workshop.write("Kubefile", "FROM scratch\nCOPY --from=demo/base:v1 etc out\n");
    let built = workshop.build("demo/app:v1");
    assert_eq!(last_layer(&workshop, &built, &amd64()), ["out/ 755 0:0", "out/a 644 0:0 a"]);
    let options =
        Options { platforms: vec![arm64()], pull_policy: PullPolicy::Never, ..workshop.options("demo/app:v1") };
    assert!(workshop.refused(options).contains("for linux/arm64"));
}

#[test]
fn a_manifest_that_asks_for_an_image_counts_by_any_of_its_names() {
    let pod = "kind: Pod\nspec: {containers: [{image: 'r.io/none:1'}]}\n";
    let layer: &[Listed<'_>] =
        &[("parts/pod.yaml", FILE, 0o644, pod), ("parts/same.yaml", SAME, 0o644, "parts/pod.yaml")];
    let workshop =
        workshop(&[layer], "COPY --from=demo/tools:v1 parts/pod.yaml etc/\nCOPY --from=demo/tools:v1 parts manifests");
    let options = Options { pull_policy: PullPolicy::Never, ..workshop.options("demo/app:v1") };
    let error = workshop.refused(options);
    assert!(error.contains("manifests/pod.yaml") && error.contains("manifests/same.yaml"), "{error}");
}

/// A descriptor without what it is for, as `docker pull` of a plain image leaves it.
#[test]
fn a_manifest_that_says_nothing_of_its_platform_is_judged_by_its_configuration() {
    let workshop = workshop(&[&[("text", FILE, 0o644, "x")]], "COPY --from=demo/tools:v1 text out/");
    let known = workshop.store.resolve(&"demo/tools:v1".parse().unwrap()).unwrap().unwrap();
    workshop.name("demo/tools:v1", &Descriptor { platform: None, ..known });
    assert_eq!(last_layer(&workshop, &workshop.build("demo/app:v1"), &amd64()), ["out/text 644 7:8 x"]);
}

#[test]
fn a_file_that_is_searched_may_be_another_name_of_one_that_is_not() {
    let pod = "kind: Pod\nspec: {containers: [{image: 'r.io/none:1'}]}\n";
    let layer: &[Listed<'_>] =
        &[("etc/pod.yaml", FILE, 0o644, pod), ("manifests/pod.yaml", SAME, 0o644, "etc/pod.yaml")];
    let workshop = workshop(&[layer], "COPY --from=demo/tools:v1 / /");
    let allow_missing = sealer_build::AllowMissing::Named(vec!["r.io/none:1".parse().unwrap()]);
    let options = Options { pull_policy: PullPolicy::Never, allow_missing, ..workshop.options("demo/app:v1") };
    let built = workshop.build_with(options).unwrap();
    assert_eq!(last_layer(&workshop, &built, &amd64())[1], "manifests/pod.yaml = etc/pod.yaml 644 7:8");
    let proof = sealer_build::completeness(&workshop.store, &built.name).unwrap();
    assert_eq!((proof.asked_for, proof.allowed.len(), proof.leaving.len()), (1, 1, 0));
}

#[test]
fn a_stage_is_built_for_those_that_copy_from_it_and_for_nobody_else() {
    let kubefile = "ARG VERSION=1\nFROM demo/tools:v1 AS Tools\nENV A=$VERSION\nCOPY data/$A made/\n\
                    FROM demo/nowhere:v1 AS unused\n\
                    FROM scratch AS more\nCOPY --from=tools made/ more/\nCOPY --from=0 bin more/bin\n\
                    FROM scratch\nCOPY --from=more /more /out\nCOPY --from=tools /made/v /v\n";
    let layer: &[Listed<'_>] = &[("bin/a", FILE, 0o750, "a"), ("bin/b", SAME, 0o750, "bin/a")];
    let workshop = workshop(&[layer], "");
    workshop.write("Kubefile", kubefile);
    workshop.write("data/1/v", "one");
    workshop.write("data/2/v", "two");
    let built = workshop.build("demo/app:v1");
    let (manifest, config) = workshop.rootfs(&built, &amd64());
    assert_eq!((manifest.layers.len(), config.config.env, config.rootfs.diff_ids.len()), (2, None, 2));
    assert_eq!(last_layer(&workshop, &built, &amd64()), ["v 644 0:0 one"]);
    assert_eq!(workshop.store.missing(&built.descriptor).unwrap(), []);
    workshop.write("Kubefile", kubefile.split_once("\nCOPY --from=tools /made").unwrap().0);
    let given = std::collections::BTreeMap::from([("VERSION".to_owned(), "2".to_owned())]);
    let built = workshop.build_with(Options { build_args: given, ..workshop.options("demo/app:v1") }).unwrap();
    let all = [
        "out/ 755 0:0",
        "out/bin/ 755 0:0",
        "out/bin/a 750 7:8 a",
        "out/bin/b = out/bin/a 750 7:8",
        "out/v 644 0:0 two",
    ];
    assert_eq!(last_layer(&workshop, &built, &amd64()), all);
    let warnings = workshop.warnings.lock().unwrap().clone();
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn mistakes_in_and_about_stages_are_told_with_their_place() {
    for (kubefile, message) in [
        ("FROM scratch AS a\nCOPY none x\nFROM scratch\nCOPY --from=a x y\n", "Kubefile:2:6: none: no such file"),
        ("FROM scratch AS a\nFROM scratch\nCOPY --from=a x y\n", "Kubefile:3:15: x: no such file in the stage a"),
        ("FROM scratch AS a\nAPP x local://y\nFROM scratch\n", "Kubefile:2:1: a FROM follows, so this would be lost"),
        ("FROM scratch AS a\nFROM scratch AS A\n", "Kubefile:2:1: there is a stage a already"),
        ("FROM scratch AS 1\n", "this cannot be the name of a stage"),
        ("FROM scratch AS a\nFROM a\n", "not supported yet: a stage that begins with the stage a"),
    ] {
        let workshop = Workshop::new(&[("Kubefile", kubefile)]);
        let error = workshop.refused(workshop.options("demo/app:v1"));
        assert!(error.contains(message), "{kubefile}: {error}");
    }
}

#[test]
fn an_owner_by_name_is_who_the_rootfs_says() {
    let workshop = Workshop::new(&[
        ("Kubefile", "FROM scratch\nCOPY etc etc\nCOPY --chown=web:staff a srv/a\nCOPY --chown=web a srv/a\n"),
        ("etc/passwd", "web:x:33:34::/:/bin/sh\n"),
        ("etc/group", "staff:x:50:\n"),
        ("a", "a"),
    ]);
    let built = workshop.build("demo/app:v1");
    assert_eq!(last_layer(&workshop, &built, &amd64()), ["srv/a 644 33:34 a"]);
    workshop.write("Kubefile", "FROM demo/app:v1\nCOPY --chown=web:staff a srv/b\n");
    let built = workshop.build("demo/more:v1");
    assert_eq!(last_layer(&workshop, &built, &amd64()), ["srv/b 644 33:50 a"]);
    workshop.write("Kubefile", "FROM demo/app:v1\nCOPY --chown=nobody a srv/b\n");
    let error = workshop.refused(workshop.options("demo/more:v1"));
    assert!(error.contains("Kubefile:2:14: /etc/passwd of the rootfs has no user nobody"), "{error}");
}
