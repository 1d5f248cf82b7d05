//! A registry that runs as its own user over a store that is this user's, into which root brings images.

use crate::client::ask;
use crate::fixtures::{bytes, image};
use crate::process::{NOBODY, Process};
use axum::http::Method;
use sealer_image::Store;
use sealer_model::image::{Manifest, media_type};
use std::fs::Permissions;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;

/// Gives a folder and everything that is in it now to nobody.
fn give_away(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { give_away(&path) } else { chown(&path, Some(NOBODY), Some(NOBODY)).unwrap() }
    }
    std::fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    chown(folder, Some(NOBODY), Some(NOBODY)).unwrap();
}

#[tokio::test]
async fn what_root_brought_in_is_mounted_named_and_deleted_by_the_registrys_own_user() {
    if !rustix::process::geteuid().is_root() {
        eprintln!("LEFT OUT: only root can start a registry as somebody else");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    give_away(folder.path());
    // From here on root makes files of its own there: blobs, the index, locks.
    let installed = image(&store, "installed");
    store.tag(&"localhost/team/installed:v1".parse().unwrap(), &installed).unwrap();
    let registry = Process::start_as_nobody(folder.path(), "").await;
    let send = async |method: Method, path: &str, body: Vec<u8>| {
        let headers = [("content-type", media_type::MANIFEST)];
        ask(registry.address, method, path, &headers, body).await.unwrap()
    };
    let manifest: Manifest = store.manifest(&installed).unwrap();
    for blob in manifest.blobs() {
        let path = format!("/v2/team/other/blobs/uploads/?mount={}&from=team/installed", blob.digest);
        send(Method::POST, &path, Vec::new()).await.expect(201);
    }
    send(Method::PUT, "/v2/team/other/manifests/v1", bytes(&store, &installed.digest)).await.expect(201);
    send(Method::DELETE, "/v2/team/installed/manifests/v1", Vec::new()).await.expect(202);
    send(Method::GET, "/v2/team/installed/manifests/v1", Vec::new()).await.expect(404);
    send(Method::GET, "/v2/team/other/manifests/v1", Vec::new()).await.expect(200);
    assert_eq!(store.missing(&installed).unwrap(), []);
}
