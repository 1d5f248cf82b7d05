//! Command lines that make no sense, and those that the Go sealer understands and this version does not.

use crate::surroundings::Surroundings;

#[test]
fn a_verb_that_does_not_exist_is_usage() {
    let ended = Surroundings::new().sealer(&["bulid"]).ended(2);
    assert!(ended.stderr.contains("unrecognized subcommand 'bulid'"), "{}", ended.stderr);
    assert!(ended.stderr.contains("'build'"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn a_bad_image_name_is_refused_before_anything_happens() {
    let here = Surroundings::new();
    let ended = here.sealer(&["pull", "UPPER/case/"]).ended(2);
    assert!(ended.stderr.contains("\"UPPER/case/\" is not an image name"), "{}", ended.stderr);
    assert!(!here.root().exists());
}

#[test]
fn a_number_of_hosts_is_not_taken_for_their_addresses() {
    let ended = Surroundings::new().sealer(&["run", "app:v1", "--masters", "3"]).ended(2);
    assert!(ended.stderr.contains("\"3\" is a number"), "{}", ended.stderr);
}

#[test]
fn verbs_for_a_cluster_say_that_it_is_not_known() {
    for words in [&["upgrade", "app:v2", "--ignore-cache"][..], &["rollback", "app:v1"], &["cert", "check"]] {
        let ended = Surroundings::new().sealer(words).ended(1);
        assert!(ended.stderr.contains("my-cluster"), "{}", ended.stderr);
    }
}

#[test]
fn flags_of_the_go_sealer_that_are_missing_say_so() {
    Surroundings::new().sealer(&["run", "app:v1", "-m", "192.0.2.1", "--distributor", "p2p"]).fails(
        2,
        "error: this version of sealer does not have --distributor p2p\n\
         hint: leave it out: each blob leaves this machine once\n",
    );
    let words = ["save", "app:v1", "-o", "app", "--format", "docker-dir"];
    let format = Surroundings::new().sealer(&words).ended(2);
    assert!(format.stderr.contains("copy an oci-archive with skopeo"), "{}", format.stderr);
}

#[test]
fn flags_that_only_concerned_log_lines_are_accepted() {
    let words = ["version", "--short", "--hide-time", "--hide-path", "--log-to-file=false"];
    let _ = Surroundings::new().sealer(&words).done();
}

#[test]
fn failures_are_json_lines_where_events_are() {
    let ended = Surroundings::new()
        .sealer(&["--events", "ndjson", "run", "x", "-m", "192.0.2.1", "--distributor", "p2p"])
        .ended(2);
    let document: serde_json::Value = serde_json::from_str(ended.stderr.trim()).unwrap();
    assert_eq!(document["event"], "failed");
    assert_eq!(document["exit"], 2);
    assert_eq!(document["causes"][0], "this version of sealer does not have --distributor p2p");
    assert_eq!(ended.stdout, "");
}

#[test]
fn colours_appear_only_where_they_are_wished() {
    let words = ["run", "x", "-m", "192.0.2.1", "--distributor", "p2p"];
    let plain = Surroundings::new().sealer(&words).ended(2);
    assert!(!plain.stderr.contains('\u{1b}'), "{:?}", plain.stderr);
    let colourful = Surroundings::new().sealer(&[&["--color", "always"][..], &words].concat()).ended(2);
    assert!(colourful.stderr.starts_with("\u{1b}[1m\u{1b}[31merror\u{1b}[0m: "), "{:?}", colourful.stderr);
}
