//! Clusterfiles, as far as they go without hosts: what is told about them, what they become, and what a delivery takes from them.

use crate::fixtures::built;
use crate::surroundings::{Surroundings, same};
use sealer_model::event::Outcome;
use sealer_model::journal::{Entry, Record};
use serde_json::Value;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

const SITE: &str = "\
apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: site}
spec:
  image: web:v1
  ssh: {passwd: hunter2, port: 1}
  hosts:
    - {ips: [127.0.0.1], roles: [master]}
    - {ips: [127.0.0.2-127.0.0.3], roles: [node]}
";

/// A world with the image and a Clusterfile.
fn site(clusterfile: &str) -> Surroundings {
    let here = Surroundings::new();
    built(&here, "web:v1");
    here.write("Clusterfile", clusterfile);
    here
}

#[test]
fn lint_tells_everything_with_its_place_and_ends_with_4() {
    let here = Surroundings::new();
    here.write("Clusterfile", SITE.replace("image", "imgae").replace("127.0.0.2-", "127.0.0.1-"));
    let ended = here.sealer(&["clusterfile", "lint"]).ended(4);
    same(
        "Clusterfile:5:3: error: spec.imgae: unknown field\n  \
           5 |   imgae: web:v1\n    \
             |   ^\n  \
           hint: did you mean image?\n\
         Clusterfile:6:17: warning: spec.ssh.passwd: everybody who can read this file can read the secret\n  \
           6 |   ssh: {passwd: ******** ***** **\n    \
             |                 ^\n  \
           hint: write passwdFrom: {env: NAME}, {file: PATH}, {age: PATH} or {prompt: true} instead of passwd\n\
         Clusterfile:9:14: error: spec.hosts[1].ips[0]: host 127.0.0.1 is named twice; the other place is line 8\n  \
           9 |     - {ips: [127.0.0.1-127.0.0.3], roles: [node]}\n    \
             |              ^\n",
        &ended.stdout,
    );
    same("", &ended.stderr);
    let json = here.sealer(&["clusterfile", "lint", "Clusterfile", "--output", "json"]).ended(4).stdout;
    let findings: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(findings[0]["line"], 5);
    assert_eq!(findings[0]["severity"], "error");
    assert_eq!(findings[0]["hint"], "did you mean image?");
    assert!(!json.contains("hunter2"), "{json}");
}

#[test]
fn what_init_writes_is_fit_and_a_file_that_is_there_stays() {
    let here = Surroundings::new();
    let words =
        ["clusterfile", "init", "web:v1", "-m", "192.0.2.1", "-n", "192.0.2.2", "--user", "admin", "-p", "hunter2"];
    let words = [&words[..], &["-f", "Clusterfile"]].concat();
    let _ = here.sealer(&words).done();
    let path = here.work().join("Clusterfile");
    let written = std::fs::read_to_string(&path).unwrap();
    assert!(!written.contains("hunter2"), "{written}");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    same("no problems found\n", &here.sealer(&["clusterfile", "lint"]).done());
    let again = here.sealer(&words).ended(1);
    assert!(again.stderr.contains("cannot write Clusterfile"), "{}", again.stderr);
}

#[test]
fn a_clusterfile_of_the_first_version_is_converted_and_not_run() {
    let here =
        site("apiVersion: sealer.cloud/v1\nkind: Cluster\nspec:\n  image: web:v1\n  masters: {ipList: [192.0.2.1]}\n");
    let refused = here.sealer(&["run", "-f", "Clusterfile", "--dry-run"]).ended(1);
    assert!(refused.stderr.contains("sealer clusterfile convert Clusterfile"), "{}", refused.stderr);
    let converted = here.sealer(&["clusterfile", "convert"]).done();
    here.write("Clusterfile", converted);
    let plan = here.sealer(&["run", "-f", "Clusterfile", "--dry-run"]).done();
    assert!(plan.contains("192.0.2.1"), "{plan}");
}

#[test]
fn a_plan_has_the_hosts_of_the_file_and_those_that_were_typed() {
    let here = site(SITE);
    let plan = here.sealer(&["run", "-f", "Clusterfile", "-n", "127.0.0.9", "--dry-run"]).done();
    assert!(plan.contains("127.0.0.1,127.0.0.2,127.0.0.3,127.0.0.9"), "{plan}");
    let twice = here.sealer(&["run", "-f", "Clusterfile", "-n", "127.0.0.2", "--dry-run"]).ended(1);
    assert!(twice.stderr.contains("host 127.0.0.2 is named twice"), "{}", twice.stderr);
    let words = ["apply", "-f", "Clusterfile", "--cluster-name", "other", "--dry-run", "--output", "json"];
    let plan: Value = serde_json::from_str(&here.sealer(&words).done()).unwrap();
    assert_eq!(plan["cluster"], "other");
}

#[test]
fn a_file_that_is_not_fit_is_refused_before_anything_is_kept() {
    let cases = [
        (SITE.replace("roles: [node]", "role: [node]"), "did you mean roles?"),
        (SITE.replace("  image", "  appNames: [wep]\n  image"), "did you mean web?"),
        (SITE.replace("passwd: hunter2", "encrypted: true"), "not supported yet: spec.ssh.encrypted"),
    ];
    for (text, expected) in cases {
        let here = site(&text);
        for verb in ["run", "apply"] {
            let ended = here.sealer(&[verb, "-f", "Clusterfile"]).ended(1);
            assert!(
                ended.stderr.contains("error: Clusterfile cannot be used; no host was touched"),
                "{}",
                ended.stderr
            );
            assert!(ended.stderr.contains(expected), "{expected}: {}", ended.stderr);
        }
        assert!(!here.root().join("clusters").exists());
    }
}

#[test]
fn a_planted_secret_is_in_nothing_that_is_written_or_printed() {
    let variable = SITE.replace("passwd: hunter2", "passwdFrom: {env: SITE_PASSWORD}");
    for text in [SITE, &variable] {
        let here = site(text).with("SITE_PASSWORD", "hunter2");
        let ended = here.sealer(&["run", "-f", "Clusterfile", "--debug"]).ended(1);
        assert!(ended.stderr.contains("127.0.0.1"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("hunter2"), "{}", ended.stderr);
        assert!(here.root().join("clusters/site/cluster.json").exists());
        for file in files(&here.root()) {
            let content = std::fs::read(&file).unwrap();
            assert!(!content.windows(7).any(|bytes| bytes == b"hunter2"), "{} holds the secret", file.display());
        }
    }
}

/// The same site with secrets for its environment, one of each kind.
fn with_secret_environment(here: &Surroundings) -> String {
    here.write("token", "hunter4\n");
    let file = here.work().join("token");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    let text = SITE.replace("  image", "  envFrom: [{name: DB, env: DB_SECRET}, {name: TOKEN, file: token}]\n  image");
    let text = text.replace("passwd: hunter2", "passwdFrom: {env: SITE_PASSWORD}");
    let text = text.replace("roles: [master]", "roles: [master], envFrom: [{name: KEY, env: KEY_SECRET}]");
    format!(
        "{text}---\napiVersion: sealer.io/v2\nkind: Application\nspec:\n  configs:\n    - name: web\n      \
         envFrom: [{{name: DB, env: WEB_SECRET}}]\n      \
         files: [{{path: secret.yaml, strategy: render, data: 'db: {{{{ .DB }}}}, {{{{ .TOKEN }}}}'}}]\n"
    )
}

#[test]
fn secrets_of_the_environment_are_kept_as_references() {
    let here = site("");
    here.write("Clusterfile", with_secret_environment(&here));
    let planted =
        [("SITE_PASSWORD", "hunter2"), ("DB_SECRET", "hunter3"), ("KEY_SECRET", "hunter5"), ("WEB_SECRET", "hunter6")];
    let here = planted.into_iter().fold(here, |here, (name, value)| here.with(name, value));
    let ended = here.sealer(&["run", "-f", "Clusterfile", "--debug"]).ended(1);
    // the hosts are asked for, so the secrets were found and the files could be filled in
    assert!(ended.stderr.contains("127.0.0.1") && !ended.stderr.contains("hunter"), "{}", ended.stderr);
    let state = std::fs::read_to_string(here.root().join("clusters/site/cluster.json")).unwrap();
    let whole = here.work().join("token").display().to_string();
    assert!(state.contains("DB_SECRET") && state.contains("WEB_SECRET") && state.contains(&whole), "{state}");
    for file in files(&here.root()) {
        let content = std::fs::read(&file).unwrap();
        assert!(!content.windows(6).any(|bytes| bytes == b"hunter"), "{} holds a secret", file.display());
    }
    let lost = here.with("DB_SECRET", "").sealer(&["run", "-f", "Clusterfile"]).ended(1);
    assert!(
        lost.stderr.contains("DB_SECRET, which is not set") || lost.stderr.contains("DB of the environment is empty"),
        "{}",
        lost.stderr
    );
}

#[test]
fn what_contradicts_itself_in_secrets_is_told_before_anything_is_kept() {
    let cases = [
        ("{name: DB, env: X}, {name: DB, file: y}", "spec.envFrom[1].name: DB is at line"),
        ("{name: DB, env: X, file: y}", "exactly one of env, file, age and prompt"),
        ("{name: DB, age: x, file: y}", "exactly one of env, file, age and prompt"),
        ("{name: DB, env: X, key: DB}", "spec.envFrom[0].key: only a file of age has secrets with names"),
        ("{name: DB}", "exactly one of env, file, age and prompt"),
        ("{name: A, env: X}", "spec.envFrom[0].name: A is at line"),
    ];
    for (from, expected) in cases {
        let here = site(&SITE.replace("  image", &format!("  env: [A=1]\n  envFrom: [{from}]\n  image")));
        let ended = here.sealer(&["run", "-f", "Clusterfile"]).ended(1);
        assert!(ended.stderr.contains(expected), "{expected}: {}", ended.stderr);
        assert!(!here.root().join("clusters").exists());
    }
}

#[test]
fn a_secret_that_is_not_where_the_file_says_is_told() {
    let here = site(&SITE.replace("passwd: hunter2", "passwdFrom: {env: SITE_PASSWORD}"));
    let ended = here.sealer(&["run", "-f", "Clusterfile"]).ended(1);
    assert!(ended.stderr.contains("the variable SITE_PASSWORD, which is not set"), "{}", ended.stderr);
}

#[test]
fn apply_wants_a_file_and_refuses_what_it_cannot_change_by_name() {
    let here = site(SITE);
    let ended = here.sealer(&["apply", "-m", "127.0.0.1"]).ended(2);
    assert!(ended.stderr.contains("apply wants a Clusterfile or a plan"), "{}", ended.stderr);
    // nobody answers at port 1, but the state is there; a delivery that went through would have ended its journal like this
    let _ = here.sealer(&["apply", "-f", "Clusterfile"]).ended(1);
    ended_well(&here.root().join("clusters/site/journal.ndjson"));
    here.write("Clusterfile", SITE.replace("127.0.0.2-127.0.0.3", "127.0.0.2-127.0.0.4"));
    here.write("Clusterfile", SITE.replace("spec:\n", "spec:\n  dataRoot: /elsewhere\n"));
    let ended = here.sealer(&["apply", "-f", "Clusterfile", "-e", "A=1"]).ended(1);
    assert!(ended.stderr.contains("cluster site exists"), "{}", ended.stderr);
    assert!(ended.stderr.contains(": dataRoot\n") && !ended.stderr.contains(": env\n"), "{}", ended.stderr);
}

#[test]
fn apply_shows_which_hosts_it_adds_and_removes_and_asks() {
    let here = site(SITE);
    let _ = here.sealer(&["apply", "-f", "Clusterfile"]).ended(1);
    ended_well(&here.root().join("clusters/site/journal.ndjson"));
    here.write("Clusterfile", SITE.replace("127.0.0.2-127.0.0.3", "127.0.0.3-127.0.0.4"));
    let shown = here.sealer(&["apply", "-f", "Clusterfile", "--dry-run"]).done();
    assert_eq!(shown, "cluster site: add 127.0.0.4; remove 127.0.0.2\n");
    let ended = here.sealer(&["apply", "-f", "Clusterfile"]).ended(2);
    assert!(ended.stderr.contains("no terminal to ask at"), "{}", ended.stderr);
    let ended = here.sealer(&["apply", "-f", "Clusterfile", "--yes"]).ended(1);
    assert!(ended.stderr.contains("hosts cannot be used"), "{}", ended.stderr);
}

#[test]
fn verbs_that_change_a_cluster_show_their_plan_first() {
    let here = site(SITE);
    let _ = here.sealer(&["apply", "-f", "Clusterfile"]).ended(1);
    let plan = |words: &[&str]| here.sealer(&[words, &["--cluster-name", "site", "--dry-run"]].concat()).done();
    assert!(plan(&["delete", "--all"]).contains("Leave the host as it was"));
    assert!(plan(&["scale-up", "--nodes", "127.0.0.9"]).contains("127.0.0.9"));
    let leaving = plan(&["delete", "--nodes", "127.0.0.2", "--output", "json"]);
    let leaving: serde_json::Value = serde_json::from_str(&leaving).unwrap();
    assert_eq!(leaving["verb"], "scale-down");
    let ended = here.sealer(&["delete", "--masters", "127.0.0.1", "--cluster-name", "site", "--dry-run"]).ended(1);
    assert!(ended.stderr.contains("master"), "{}", ended.stderr);
}

fn ended_well(journal: &Path) {
    let entry = Entry::Ended { verb: "run".into(), outcome: Outcome::Done };
    let record = Record { at: "2026-01-01T00:00:00Z".into(), entry };
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(journal).unwrap();
    writeln!(file, "{}", serde_json::to_string(&record).unwrap()).unwrap();
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { files.extend(self::files(&path)) } else { files.push(path) }
    }
    files
}
