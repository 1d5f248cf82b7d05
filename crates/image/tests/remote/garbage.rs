//! Garbage is not collected while somebody needs what has no name, or loses it meanwhile.

use crate::made::{amd64, client, image, name, noise, store};
use crate::registry::Registry;
use rustix::fs::{FlockOperation, flock};
use sealer_image::{SaveOptions, Store};
use sealer_model::event::Listener;
use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A listener that tries to collect garbage, as often as it is told anything; and how often it could have, and could not.
fn collector(store: &Store) -> (Listener, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (could, could_not) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (yes, no, path) = (Arc::clone(&could), Arc::clone(&could_not), store.root().join("ingest/lock"));
    let listener = Listener::new(move |_| {
        let lock = File::options().write(true).create(true).truncate(false).open(&path).unwrap();
        let outcome = flock(&lock, FlockOperation::NonBlockingLockExclusive);
        if outcome.is_ok() { &yes } else { &no }.fetch_add(1, Ordering::SeqCst);
    });
    (listener, could, could_not)
}

#[tokio::test]
async fn no_verb_that_moves_an_image_lets_it_be_collected_meanwhile() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let remote = registry.name("app:v1");
    here.store.tag(&name("app:v1"), &image(&here.store, &amd64(), &noise(1, 3_000_000))).unwrap();

    let (listener, could, could_not) = collector(&here.store);
    sealer_image::push(&here.store, &client(), &name("app:v1"), &remote, &listener).await.unwrap();
    let archive = here.folder.path().join("app.tar");
    sealer_image::save(&here.store, &name("app:v1"), &SaveOptions::default(), &archive, &listener).unwrap();
    assert!(could_not.load(Ordering::SeqCst) >= 2, "nothing was told");
    assert_eq!(could.load(Ordering::SeqCst), 0);

    let (listener, could, could_not) = collector(&there.store);
    sealer_image::pull(&there.store, &client(), &remote, None, &listener).await.unwrap();
    assert!(could_not.load(Ordering::SeqCst) > 0, "nothing was told");
    assert_eq!(could.load(Ordering::SeqCst), 0);
    // nobody holds it any more
    there.store.collect_garbage().unwrap();
}

#[test]
fn who_holds_the_store_keeps_what_lost_its_name() {
    let made = store();
    let app = image(&made.store, &amd64(), b"layer");
    made.store.tag(&name("app:v1"), &app).unwrap();
    let hold = made.store.hold().unwrap();
    made.store.untag(&name("app:v1")).unwrap();
    let collecting = std::thread::spawn({
        let store = made.store.clone();
        move || store.collect_garbage().unwrap()
    });
    assert!(made.store.contains(&app.digest));
    drop(hold);
    assert!(collecting.join().unwrap().blobs > 0);
    assert!(!made.store.contains(&app.digest));
}
