//! Files from the web that break off on their way.

use crate::made::{client, noise, store};
use crate::registry::{Fault, Registry};
use axum::http::Method;
use sealer_image::remote::FetchedFile;
use sealer_image::{Result, Store};
use sealer_model::Digest;
use sealer_model::event::Listener;
use std::io::Write as _;

const SIZE: usize = 1_000_000;

/// A server with one file.
struct Scene {
    server: Registry,
    content: Vec<u8>,
    digest: Digest,
    url: String,
}

async fn scene(etag: Option<&'static str>) -> Scene {
    let server = Registry::start().await;
    let url = format!("http://{}/files/blobs/tool", server.address);
    let scene = Scene { server, url, content: Vec::new(), digest: Digest::of(b"") };
    scene.server.kept().content.etag = etag;
    scene.with(1)
}

impl Scene {
    /// The same server with another file.
    fn with(self, seed: u8) -> Self {
        let content = noise(seed, SIZE);
        self.server.kept().content.blobs.insert("tool".to_owned(), content.clone());
        Self { digest: Digest::of(&content), content, ..self }
    }

    /// The next answers break off when so many bytes have left.
    fn cut(&self, lengths: &[usize]) {
        lengths.iter().for_each(|length| self.server.fault(Method::GET, "tool", Fault::Cut(*length)));
    }

    async fn fetch(&self, store: &Store, expected: Option<&Digest>) -> Result<FetchedFile> {
        client().fetch_file(store, &self.url, expected, &Listener::deaf()).await
    }

    /// Where in the file its requests began.
    fn starts(&self) -> Vec<usize> {
        let start = |line: &str| line.split_once("bytes=")?.1.strip_suffix('-')?.parse().ok();
        self.server.asked().iter().map(|line| start(line).unwrap_or(0)).collect()
    }

    fn assert_whole(&self, store: &Store, fetched: &FetchedFile) {
        assert_eq!(*fetched, FetchedFile { digest: self.digest.clone(), size: SIZE as u64 });
        assert!(std::fs::read(store.blob_path(&fetched.digest)).unwrap() == self.content);
    }
}

#[tokio::test]
async fn a_file_with_a_checksum_goes_on_where_it_was_also_for_the_next_command() {
    let (scene, made) = (scene(None).await, store());
    scene.cut(&[600_000, 100_000]);
    scene.assert_whole(&made.store, &scene.fetch(&made.store, Some(&scene.digest)).await.unwrap());
    let starts = scene.starts();
    assert!(starts.len() == 3 && starts[0] == 0 && starts[1] > 0 && starts[2] > starts[1], "{starts:?}");

    let (scene, made) = (scene.with(2), store());
    scene.cut(&[500_000, 1000, 1000, 1000]);
    scene.fetch(&made.store, Some(&scene.digest)).await.unwrap_err();
    let reached = *scene.starts().last().unwrap();
    scene.assert_whole(&made.store, &scene.fetch(&made.store, Some(&scene.digest)).await.unwrap());
    let starts = scene.starts();
    assert!(starts.len() == 1 && starts[0] >= reached && reached > 0, "{starts:?} after {reached}");
}

#[tokio::test]
async fn what_was_left_of_a_file_counts_only_if_it_is_the_right_half() {
    let (scene, made) = (scene(None).await, store());
    made.store.partial(&scene.digest).unwrap().write_all(b"wrong").unwrap();
    scene.assert_whole(&made.store, &scene.fetch(&made.store, Some(&scene.digest)).await.unwrap());
    assert_eq!(scene.starts(), [5, 0]);
    // and what is wrong from the beginning is not fetched twice
    let other = Digest::of(b"other");
    assert!(scene.fetch(&made.store, Some(&other)).await.is_err());
    assert_eq!(scene.starts(), [0]);
    assert!(!made.store.contains(&other));
}

#[tokio::test]
async fn a_file_without_a_checksum_goes_on_while_the_server_calls_it_the_same() {
    let (scene, made) = (scene(Some("\"one\"")).await, store());
    scene.cut(&[600_000]);
    scene.assert_whole(&made.store, &scene.fetch(&made.store, None).await.unwrap());
    let starts = scene.starts();
    assert!(starts.len() == 2 && starts[1] > 0, "{starts:?}");
}

#[tokio::test]
async fn without_a_name_for_its_state_a_file_begins_again() {
    for etag in [None, Some("W/\"weak\"")] {
        let (scene, made) = (scene(etag).await, store());
        scene.cut(&[600_000]);
        scene.assert_whole(&made.store, &scene.fetch(&made.store, None).await.unwrap());
        assert_eq!(scene.starts(), [0, 0]);
    }
}

#[tokio::test]
async fn a_server_that_knows_no_ranges_or_has_another_file_now_sends_the_whole_of_it() {
    let (scene, made) = (scene(Some("\"one\"")).await, store());
    scene.server.kept().content.without_ranges = true;
    for expected in [None, Some(&scene.digest)] {
        let made = store();
        scene.cut(&[600_000]);
        scene.assert_whole(&made.store, &scene.fetch(&made.store, expected).await.unwrap());
    }
    scene.server.kept().content.without_ranges = false;
    scene.cut(&[600_000]);
    let changed = async {
        while !scene.server.has_no_fault() {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        let mut kept = scene.server.kept();
        kept.content.blobs.insert("tool".to_owned(), noise(9, SIZE));
        kept.content.etag = Some("\"two\"");
    };
    let (fetched, ()) = tokio::join!(scene.fetch(&made.store, None), changed);
    assert_eq!(fetched.unwrap().digest, Digest::of(&noise(9, SIZE)));
}
