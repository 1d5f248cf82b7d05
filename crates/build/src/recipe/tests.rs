//! What a Kubefile means for one platform.

use super::*;
use sealer_model::Platform;
use sealer_model::image::ApplicationType;

/// The recipe for arm64 on top of a base, or the mistake's text.
fn read_on(base: &Extension, text: &str) -> Result<Recipe, String> {
    let kubefile = Kubefile::parse("Kubefile", text).map_err(|error| error.to_string())?;
    let given = BTreeMap::from([("VERSION".to_owned(), "7".to_owned()), ("ODD".to_owned(), "x".to_owned())]);
    let mut scope = Scope::new(&Platform::linux("arm64"), &Platform::linux("s390x"), &given);
    let explain = |mistake| kubefile.explain(mistake).to_string();
    let last = kubefile.stages().len() - 1;
    foundation(&kubefile, last, &mut scope).map_err(explain)?;
    Recipe::read(&kubefile, last, scope, base).map_err(explain)
}

fn read(text: &str) -> Recipe {
    read_on(&Extension::default(), &format!("FROM scratch\n{text}")).unwrap_or_else(|error| panic!("{error}"))
}

fn refused(text: &str) -> String {
    read_on(&Extension::default(), &format!("FROM scratch\n{text}")).unwrap_err()
}

/// A base with a network `calico` and an application `web` that it launches.
fn base() -> Extension {
    let application = |name: &str| Application {
        name: name.into(),
        application_type: ApplicationType::Kube,
        ..Application::default()
    };
    Extension {
        applications: vec![application("web"), application("calico")],
        labels: BTreeMap::from([("cluster.alpha.sealer.io/kube-cni-calico".into(), "true".into())]),
        env: BTreeMap::from([("BASE".into(), "b".into())]),
        launch: Launch { cmds: vec![], application_names: vec!["calico".into(), "web".into()] },
        ..Extension::default()
    }
}

fn copies(recipe: &Recipe) -> Vec<&CopyStep> {
    recipe.copies().collect()
}

fn sources(step: &CopyStep) -> Vec<&str> {
    step.sources.iter().map(|source| source.text.as_str()).collect()
}

#[test]
fn an_application_is_a_layer_an_entry_and_a_place_in_the_launch() {
    let recipe = read("COPY ${ARCH}/bin bin\nAPP web local://app.yaml\nLAUNCH web");
    assert_eq!((sources(copies(&recipe)[0]), copies(&recipe)[0].destination.as_str()), (vec!["arm64/bin"], "bin"));
    assert_eq!(sources(copies(&recipe)[1]), ["app.yaml"]);
    assert_eq!(copies(&recipe)[1].destination, "application/apps/web/");
    assert_eq!((recipe.applications[0].name.as_str(), recipe.applications[0].version.as_str()), ("web", "v1"));
    assert_eq!(recipe.launch.application_names, ["web"]);
}

#[test]
fn commands_are_kept_as_they_are() {
    let recipe = read(r#"CMDS ["kubectl apply -f abc.yaml", "kubectl apply -f bcd.yaml"]"#);
    assert_eq!(recipe.launch.cmds, ["kubectl apply -f abc.yaml", "kubectl apply -f bcd.yaml"]);
    assert_eq!(read("CMD a b\nCMD c").launch.cmds, ["a b", "c"]);
}

#[test]
fn later_environment_of_an_application_wins() {
    let recipe = read("ENV g=v\nAPP app1 local://a.yaml\nAPPENV app1 k1=v1 k2=v2\nAPPENV app1 k1=v3 k2=$g");
    assert_eq!(recipe.environment, BTreeMap::from([("g".into(), "v".into())]));
    let expected = BTreeMap::from([("k1".into(), "v3".into()), ("k2".into(), "v".into())]);
    assert_eq!(recipe.applications[0].env, expected);
}

#[test]
fn variables_are_those_from_before_the_line() {
    let recipe = read("ARG VERSION=1 OTHER=2\nENV a=one\nENV a=two b=$a c=$VERSION$OTHER\nLABEL x=$a");
    let value = |name: &str| recipe.environment[name].clone();
    assert_eq!([value("a"), value("b"), value("c")], ["two", "one", "72"]);
    assert_eq!(recipe.labels["x"], "two");
    assert_eq!(recipe.warnings, ["no ARG of the Kubefile takes the build argument ODD"]);
}

#[test]
fn the_machine_that_builds_is_known_and_reaches_a_command_only_where_an_arg_asks_for_it() {
    let recipe = read("LABEL on=$BUILDPLATFORM\nRUN [\"a\"]\nARG BUILDARCH\nRUN [\"b\"]");
    assert_eq!(recipe.labels["on"], "linux/s390x");
    let seen = |step: &Step| match step {
        Step::Run(run) => run
            .environment
            .iter()
            .filter(|(name, _)| name.ends_with("ARCH"))
            .map(|(name, value)| format!("{name}={value}"))
            .collect(),
        Step::Copy(_) => Vec::new(),
    };
    assert_eq!(seen(&recipe.steps[0]), ["ARCH=arm64", "TARGETARCH=arm64"]);
    assert_eq!(seen(&recipe.steps[1]), ["ARCH=arm64", "BUILDARCH=s390x", "TARGETARCH=arm64"]);
}

#[test]
fn the_base_may_come_from_an_argument() {
    let kubefile = Kubefile::parse("Kubefile", "ARG TAG=v1\nFROM --platform=linux/$ARCH k:$TAG").unwrap();
    let mut scope = Scope::new(&Platform::linux("arm64"), &Platform::linux("arm64"), &BTreeMap::new());
    let foundation = foundation(&kubefile, 0, &mut scope).unwrap();
    let platform = Some(Platform::linux("arm64"));
    assert_eq!(foundation, Foundation::Image { name: "k:v1".parse().unwrap(), platform });
}

#[test]
fn launch_is_inherited_or_replaced_and_plugins_come_first_either_way() {
    let names = |text: &str| read_on(&base(), text).unwrap().launch.application_names;
    assert_eq!(names("FROM k"), ["calico", "web"]);
    assert_eq!(names("FROM k\nAPP x local://x.yaml\nLAUNCH x"), ["calico", "x"]);
    assert_eq!(names("FROM k\nCSI disk local://x.yaml\nLAUNCH web"), ["calico", "disk", "web"]);
    assert_eq!(names("FROM k\nLAUNCH"), ["calico"]);
    let recipe = read_on(&base(), "FROM k\nCMDS [\"x\"]\n").unwrap();
    assert_eq!((recipe.launch.cmds, recipe.launch.application_names), (vec!["x".to_owned()], vec![]));
}

#[test]
fn labels_environment_and_applications_are_inherited() {
    let recipe = read_on(&base(), "FROM k\nCNI cilium local://c\nKUBEVERSION v1.20\nENV A=$BASE").unwrap();
    for label in ["cluster.alpha.sealer.io/kube-cni-calico", "cluster.alpha.sealer.io/kube-cni-cilium"] {
        assert_eq!(recipe.labels[label], "true");
    }
    assert_eq!(recipe.labels["app.alpha.sealer.io/supported-kube-version"], "v1.20");
    assert_eq!(recipe.environment["A"], "b");
    assert_eq!(recipe.applications.len(), 3);
}

#[test]
fn owners_modes_and_folders_are_understood() {
    let recipe = read("COPY --chown=1:2 --chmod=600 a b/\nCOPY --chown=root x .\nCOPY y /etc/./z");
    assert_eq!((copies(&recipe)[0].owner, copies(&recipe)[0].mode), (Some((1, 2)), Some(0o600)));
    assert_eq!((copies(&recipe)[1].owner, copies(&recipe)[1].destination.as_str()), (Some((0, 0)), "/"));
    assert_eq!(copies(&recipe)[2].destination, "etc/z");
}

#[test]
fn what_cannot_be_carried_out_is_refused_with_the_line_and_a_way_out() {
    for (text, message) in [
        ("RUN --network=some true", "\"some\" is no network"),
        ("FROM 0", "not supported yet: a stage that begins with the stage 0"),
        ("COPY --chown=: a b", "is no owner"),
    ] {
        let error = refused(text);
        assert!(error.contains(message) && error.contains("Kubefile:2:") && error.contains("hint:"), "{error}");
    }
}

#[test]
fn contradictions_are_mistakes() {
    for (text, message) in [
        ("LAUNCH web", "application web does not exist in the image"),
        ("APPENV web a=b", "the specified app name(web) for `APPENV` should be exist"),
        ("APPCMDS web []", "the specified app name(web) for `APPCMDS` should be exist"),
        ("COPY a b c", "the destination must be a folder"),
        ("COPY a ../b", "the destination leaves the rootfs"),
        ("COPY --chmod=999 a b", "\"999\" is not a mode"),
        ("COPY $ODD b", "the variable ODD is not set"),
    ] {
        let error = refused(text);
        assert!(error.contains(message), "{text} gives {error}");
    }
}
