//! Registries that want to know who we are.

use crate::made::{amd64, client, credentials, image, publish, pull, store};
use crate::registry::{Door, IDENTITY, PASSWORD, Registry};
use sealer_image::remote::{Client, Login, Options};

#[tokio::test]
async fn a_token_is_fetched_once_for_each_scope() {
    let registry = Registry::guarded(Door::Token).await;
    let (here, there) = (store(), store());
    let options = credentials(here.folder.path(), &registry.address.to_string(), PASSWORD);
    let client = Client::new(options).unwrap();
    let image = image(&here.store, &amd64(), b"layer");
    let name = registry.name("team/app:v1");
    publish(&here.store, &client, &name, &image).await;
    pull(&there.store, &client, &name).await.unwrap();
    let asked = registry.asked().into_iter();
    let tokens: Vec<String> = asked.filter(|line| line.contains("/token")).collect();
    let scope = "GET /token?service=test&scope=repository%3Ateam%2Fapp%3Apull";
    assert_eq!(tokens, [format!("{scope}%2Cpush"), scope.to_owned()]);
}

#[tokio::test]
async fn a_password_goes_with_every_request_where_that_is_asked_for() {
    let registry = Registry::guarded(Door::Basic).await;
    let here = store();
    let options = credentials(here.folder.path(), &registry.address.to_string(), PASSWORD);
    let image = image(&here.store, &amd64(), b"layer");
    let name = registry.name("app:v1");
    publish(&here.store, &Client::new(options).unwrap(), &name, &image).await;
    assert!(registry.kept().content.manifests.contains_key("/v2/app v1"));
}

#[tokio::test]
async fn an_identity_token_is_exchanged_for_one_that_lets_us_in() {
    let registry = Registry::guarded(Door::Token).await;
    let here = store();
    let image = image(&here.store, &amd64(), b"layer");
    let name = registry.name("app:v1");
    let client = |token: &str| {
        let path = here.folder.path().join("config.json");
        // what docker writes beside it is no user
        let entry = serde_json::json!({ "auth": "MDAwMDo=", "identitytoken": token });
        let text = serde_json::json!({ "auths": { registry.address.to_string(): entry } });
        std::fs::write(&path, text.to_string()).unwrap();
        Client::new(Options { credential_files: vec![path], ..Options::default() }).unwrap()
    };
    here.store.tag(&name, &image).unwrap();
    let listener = sealer_model::event::Listener::deaf();
    let refused = sealer_image::push(&here.store, &client("hunter2"), &name, &name, &listener).await;
    let text = sealer_model::causes::chain(&refused.unwrap_err());
    assert!(text.contains("does not accept the identity token") && !text.contains("hunter2"), "{text}");
    sealer_image::push(&here.store, &client(IDENTITY), &name, &name, &listener).await.unwrap();
    assert!(registry.kept().content.manifests.contains_key("/v2/app v1"));
}

#[tokio::test]
async fn without_credentials_the_error_says_that_none_are_known() {
    for door in [Door::Token, Door::Basic] {
        let registry = Registry::guarded(door).await;
        let error = pull(&store().store, &client(), &registry.name("app")).await.unwrap_err();
        let text = error.to_string();
        assert!(text.starts_with(&format!("{} does not let us in", registry.address)), "{text}");
        assert!(text.ends_with("none is known"), "{text}");
    }
}

#[tokio::test]
async fn a_wrong_password_is_told_without_the_password() {
    for door in [Door::Token, Door::Basic] {
        let registry = Registry::guarded(door).await;
        let there = store();
        let options = credentials(there.folder.path(), &registry.address.to_string(), "hunter2");
        let client = Client::new(options).unwrap();
        let error = pull(&there.store, &client, &registry.name("app")).await.unwrap_err();
        let text = sealer_model::causes::chain(&error);
        assert!(text.contains("does not let us in"), "{text}");
        assert!(!text.contains("hunter2"), "{text}");
    }
}

#[tokio::test]
async fn a_login_for_a_repository_counts_before_the_files_and_for_no_other() {
    for door in [Door::Token, Door::Basic] {
        let registry = Registry::guarded(door).await;
        let (here, there) = (store(), store());
        let right = credentials(here.folder.path(), &registry.address.to_string(), PASSWORD);
        let image = image(&here.store, &amd64(), b"layer");
        let (name, other) = (registry.name("team/app:v1"), registry.name("team/other:v1"));
        let publisher = Client::new(right).unwrap();
        publish(&here.store, &publisher, &name, &image).await;
        publish(&here.store, &publisher, &other, &image).await;
        let mut options = credentials(there.folder.path(), &registry.address.to_string(), "hunter2");
        let login = Login { user: "engineer".to_owned(), password: PASSWORD.to_owned() };
        options.logins.insert(name.repository(), login);
        let client = Client::new(options).unwrap();
        pull(&there.store, &client, &name).await.unwrap();
        pull(&there.store, &client, &other).await.unwrap_err();
    }
}
