//! Content management: "Deleting tags", "Deleting Manifests", "Deleting Blobs".

use crate::client::{Answer, Served};
use crate::content::{artifact, blob_path, descriptor, manifest, manifest_path, put};
use axum::http::Method;
use sealer_model::Digest;
use sealer_model::image::Manifest;

async fn delete(served: &Served, path: &str) -> Answer {
    served.send(Method::DELETE, path, &[], "").await
}

/// Deleting tags: "202 Accepted", then 404; the other tag stays
#[tokio::test]
async fn a_deleted_tag_is_gone() {
    let served = Served::new().await;
    let document = manifest(&served, "tag").await;
    for tag in ["one", "two"] {
        put(&served, tag, &document).await.expect(201);
    }
    delete(&served, &manifest_path("one")).await.expect(202);
    served.get(&manifest_path("one")).await.expect(404);
    served.get(&manifest_path("two")).await.expect(200);
    served.get(&manifest_path(Digest::of(&document).as_str())).await.expect(200);
    let listed = served.get(&format!("/v2/{}/tags/list", crate::content::REPOSITORY)).await.expect(200).json();
    assert_eq!(listed["tags"], serde_json::json!(["two"]));
    let again = delete(&served, &manifest_path("one")).await;
    assert_eq!(again.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

/// Deleting Manifests: by digest, with every tag that leads to it
#[tokio::test]
async fn a_deleted_manifest_is_gone_under_all_its_names() {
    let served = Served::new().await;
    let document = manifest(&served, "manifest").await;
    let digest = Digest::of(&document);
    for reference in ["one", "two", digest.as_str()] {
        put(&served, reference, &document).await.expect(201);
    }
    delete(&served, &manifest_path(digest.as_str())).await.expect(202);
    for reference in ["one", "two", digest.as_str()] {
        served.get(&manifest_path(reference)).await.expect(404);
    }
    let again = delete(&served, &manifest_path(digest.as_str())).await;
    assert_eq!(again.refusal(), (404, "MANIFEST_UNKNOWN".to_owned()));
}

/// Deleting Manifests: a deleted referrer is listed no more
#[tokio::test]
async fn a_deleted_referrer_refers_no_more() {
    let served = Served::new().await;
    let subject = manifest(&served, "subject").await;
    put(&served, "subject", &subject).await.expect(201);
    let pushed = artifact(&served, &descriptor(&subject), "application/vnd.example").await;
    let digest = Digest::of(&pushed);
    put(&served, digest.as_str(), &pushed).await.expect(201);
    let path = format!("/v2/{}/referrers/{}", crate::content::REPOSITORY, Digest::of(&subject));
    assert_eq!(served.get(&path).await.json()["manifests"].as_array().unwrap().len(), 1);
    delete(&served, &manifest_path(digest.as_str())).await.expect(202);
    assert_eq!(served.get(&path).await.json()["manifests"].as_array().unwrap().len(), 0);
}

/// Deleting Blobs: "202 Accepted", then 404; what an image needs stays
#[tokio::test]
async fn a_blob_that_nothing_needs_is_deleted() {
    let served = Served::new().await;
    let document = manifest(&served, "blob").await;
    put(&served, "v1", &document).await.expect(201);
    let layer = serde_json::from_slice::<Manifest>(&document).unwrap().layers[0].digest.clone();
    let needed = delete(&served, &blob_path(&layer)).await;
    assert_eq!(needed.refusal(), (403, "DENIED".to_owned()));
    delete(&served, &manifest_path("v1")).await.expect(202);
    delete(&served, &blob_path(&layer)).await.expect(202);
    served.get(&blob_path(&layer)).await.expect(404);
    let again = delete(&served, &blob_path(&layer)).await;
    assert_eq!(again.refusal(), (404, "BLOB_UNKNOWN".to_owned()));
}
