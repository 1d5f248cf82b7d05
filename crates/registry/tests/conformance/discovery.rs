//! Content discovery: "Listing Tags", "Listing Referrers".

use crate::client::Served;
use crate::content::{REPOSITORY, artifact, descriptor, manifest, put};
use sealer_model::Digest;
use sealer_model::image::{Index, media_type};
use serde_json::json;

async fn with_tags(tags: &[&str]) -> Served {
    let served = Served::new().await;
    let document = manifest(&served, "tags").await;
    for tag in tags {
        put(&served, tag, &document).await.expect(201);
    }
    served
}

fn list(query: &str) -> String {
    format!("/v2/{REPOSITORY}/tags/list{query}")
}

/// Listing Tags: all, "in lexical order"
#[tokio::test]
async fn tags_are_listed_in_order() {
    let served = with_tags(&["test3", "test1", "test0", "test2"]).await;
    let answer = served.get(&list("")).await.expect(200);
    assert_eq!(answer.json(), json!({ "name": REPOSITORY, "tags": ["test0", "test1", "test2", "test3"] }));
}

/// Listing Tags: `n`, "MUST NOT return more than n", "n=0 MUST return an empty list", Link
#[tokio::test]
async fn n_bounds_the_list() {
    let served = with_tags(&["test0", "test1", "test2", "test3"]).await;
    let answer = served.get(&list("?n=2")).await.expect(200);
    assert_eq!(answer.json()["tags"], json!(["test0", "test1"]));
    let link = answer.header("link").to_owned();
    let next = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap();
    let answer = served.get(next).await.expect(200);
    assert_eq!(answer.json()["tags"], json!(["test2", "test3"]));
    assert_eq!(answer.header("link"), "");
    assert_eq!(served.get(&list("?n=0")).await.expect(200).json()["tags"], json!([]));
}

/// Listing Tags: `last`, "begin non-inclusively after"
#[tokio::test]
async fn last_is_left_out() {
    let served = with_tags(&["test0", "test1", "test2", "test3"]).await;
    let answer = served.get(&list("?n=2&last=test1")).await.expect(200);
    assert_eq!(answer.json()["tags"], json!(["test2", "test3"]));
    assert_eq!(served.get(&list("?last=test3")).await.expect(200).json()["tags"], json!([]));
}

/// Listing Tags: "if the repository is not found ... 404"
#[tokio::test]
async fn tags_of_no_repository_are_404() {
    let served = Served::new().await;
    assert_eq!(served.get(&list("")).await.refusal(), (404, "NAME_UNKNOWN".to_owned()));
}

/// Listing Tags: "pagination", followed to its end one by one, gives every tag once
#[tokio::test]
async fn pages_of_one_give_every_tag_once() {
    let served = with_tags(&["test3", "test1", "test0", "test2"]).await;
    let (mut path, mut found) = (list("?n=1"), Vec::new());
    while !path.is_empty() {
        let answer = served.get(&path).await.expect(200);
        let tags = answer.json()["tags"].as_array().unwrap().clone();
        assert_eq!(tags.len(), 1);
        found.extend(tags.into_iter().map(|tag| tag.as_str().unwrap().to_owned()));
        path = answer.header("link").split(['<', '>']).nth(1).unwrap_or_default().to_owned();
    }
    assert_eq!(found, ["test0", "test1", "test2", "test3"]);
}

async fn with_referrers() -> (Served, String) {
    let served = Served::new().await;
    let subject = manifest(&served, "subject").await;
    put(&served, "subject", &subject).await.expect(201);
    for kind in ["application/vnd.example.signature", "application/vnd.example.sbom"] {
        let pushed = artifact(&served, &descriptor(&subject), kind).await;
        put(&served, Digest::of(&pushed).as_str(), &pushed).await.expect(201);
    }
    let path = format!("/v2/{REPOSITORY}/referrers/{}", Digest::of(&subject));
    (served, path)
}

fn kinds(index: &Index) -> Vec<&str> {
    let mut kinds: Vec<&str> =
        index.manifests.iter().map(|referrer| referrer.other["artifactType"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    kinds
}

/// Listing Referrers: "an image index containing a list of descriptors", with artifactType and annotations
#[tokio::test]
async fn referrers_are_listed() {
    let (served, path) = with_referrers().await;
    let answer = served.get(&path).await.expect(200);
    assert_eq!(answer.header("content-type"), media_type::INDEX);
    assert_eq!(answer.header("oci-filters-applied"), "");
    let index: Index = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(kinds(&index), ["application/vnd.example.sbom", "application/vnd.example.signature"]);
    for referrer in &index.manifests {
        assert_eq!(referrer.annotations["org.example"], referrer.other["artifactType"]);
        let path = format!("/v2/{REPOSITORY}/manifests/{}", referrer.digest);
        assert_eq!(served.get(&path).await.expect(200).body.len() as u64, referrer.size);
    }
}

/// Listing Referrers: "filtering ... artifactType", "OCI-Filters-Applied"
#[tokio::test]
async fn referrers_are_filtered_by_type() {
    let (served, path) = with_referrers().await;
    let answer = served.get(&format!("{path}?artifactType=application/vnd.example.sbom")).await.expect(200);
    assert_eq!(answer.header("oci-filters-applied"), "artifactType");
    let index: Index = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(kinds(&index), ["application/vnd.example.sbom"]);
}

/// Listing Referrers: without artifactType, "the config descriptor's mediaType"
#[tokio::test]
async fn a_referrer_without_a_type_has_that_of_its_config() {
    let (served, path) = with_referrers().await;
    let subject = path.rsplit_once('/').unwrap().1;
    let config = crate::content::blob(&served, "application/vnd.example.config", "config").await;
    let referrer = crate::content::document(&json!({
        "schemaVersion": 2,
        "mediaType": media_type::MANIFEST,
        "config": config,
        "layers": [],
        "subject": { "mediaType": media_type::MANIFEST, "digest": subject, "size": 1 },
    }));
    put(&served, "typeless", &referrer).await.expect(201);
    let answer = served.get(&format!("{path}?artifactType=application/vnd.example.config")).await.expect(200);
    assert_eq!(answer.json()["manifests"][0]["digest"], Digest::of(&referrer).as_str());
}

/// Listing Referrers: an index with a subject refers, too, by its own artifactType and with its annotations
#[tokio::test]
async fn an_index_may_refer() {
    let (served, path) = with_referrers().await;
    let subject = path.rsplit_once('/').unwrap().1;
    let index = crate::content::document(&json!({
        "schemaVersion": 2,
        "mediaType": media_type::INDEX,
        "artifactType": "application/vnd.example.bundle",
        "manifests": [],
        "subject": { "mediaType": media_type::MANIFEST, "digest": subject, "size": 1 },
        "annotations": { "org.example": "bundle" },
    }));
    let answer = crate::content::put_as(&served, Digest::of(&index).as_str(), media_type::INDEX, &index).await;
    assert_eq!(answer.expect(201).header("oci-subject"), subject);
    let listed = served.get(&format!("{path}?artifactType=application/vnd.example.bundle")).await.expect(200).json();
    assert_eq!(listed["manifests"][0]["digest"], Digest::of(&index).as_str());
    assert_eq!(listed["manifests"][0]["mediaType"], media_type::INDEX);
    assert_eq!(listed["manifests"][0]["annotations"]["org.example"], "bundle");
}

/// Listing Referrers: "MUST NOT return a 404 ... empty list"; "400 Bad Request" for no digest
#[tokio::test]
async fn nothing_refers_to_what_is_not_there() {
    let served = Served::new().await;
    let path = format!("/v2/{REPOSITORY}/referrers/{}", Digest::of(b"absent"));
    let answer = served.get(&path).await.expect(200);
    assert_eq!(answer.json()["manifests"], json!([]));
    let path = format!("/v2/{REPOSITORY}/referrers/latest");
    assert_eq!(served.get(&path).await.refusal(), (400, "DIGEST_INVALID".to_owned()));
}
