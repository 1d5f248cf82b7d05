//! Several programs work on one store at the same time. Whatever the order in which they come: each ends well, and what has a name
//! at the end is whole.

use crate::registry::Registry;
use crate::surroundings::Surroundings;
use serde_json::Value;
use std::thread;

/// How often each of them does its work: enough to meet, few enough to wait for.
const ROUNDS: usize = 6;

/// A context whose image shares a file with every other one, and has one of its own.
fn context(here: &Surroundings, folder: &str, own: &str) {
    here.write(&format!("{folder}/shared"), "shared ".repeat(50_000));
    here.write(&format!("{folder}/own"), own.repeat(50_000));
    here.write(&format!("{folder}/Kubefile"), "FROM scratch\nCOPY shared bin/\nCOPY own etc/\n");
}

/// Everything that has a name can be saved, and nothing is damaged or missing.
fn assert_whole(here: &Surroundings) {
    let checked = here.sealer(&["store", "verify"]).done();
    assert_eq!(checked.lines().count(), 1, "{checked}");
    let listed: Value = serde_json::from_str(&here.sealer(&["images", "--json"]).done()).unwrap();
    let images = listed.as_array().unwrap();
    assert!(!images.is_empty());
    for image in images {
        let _ = here.sealer(&["save", image["name"].as_str().unwrap(), "-o", "saved.tar"]).done();
    }
}

#[test]
fn builds_pulls_prunes_and_removals_at_once_leave_a_sound_store() {
    let registry = Registry::start();
    let pulled = format!("{}/demo/web:v1", registry.address);
    let sender = Surroundings::new();
    context(&sender, "context", "from afar ");
    let _ = sender.sealer(&["build", "-q", "-t", &pulled, "context"]).done();
    let _ = sender.sealer(&["push", &pulled]).done();

    let here = Surroundings::new();
    let rounds = |work: &dyn Fn(usize)| (0..ROUNDS).for_each(work);
    let build = |builder: &str| {
        rounds(&|round| {
            let (folder, name) = (format!("{builder}{round}"), format!("{builder}:v1"));
            context(&here, &folder, &folder);
            let _ = here.sealer(&["build", "-q", "-t", &name, &folder]).done();
        });
    };
    thread::scope(|scope| {
        scope.spawn(|| build("one"));
        scope.spawn(|| build("two"));
        scope.spawn(|| rounds(&|_| drop(here.sealer(&["pull", &pulled]).done())));
        scope.spawn(|| rounds(&|_| drop(here.sealer(&["prune"]).done())));
        scope.spawn(|| rounds(&|_| drop(here.sealer(&["rmi", "--force", "one:v1", &pulled]).done())));
    });
    // the second builder's image was removed by nobody, and the others can be made again
    let _ = here.sealer(&["inspect", "two:v1"]).done();
    let _ = here.sealer(&["pull", &pulled]).done();
    build("one");
    assert_whole(&here);
}
