//! Whom we believe: digests that names pin, certificates, and nobody without TLS unless the user says so.

use crate::made::{amd64, client, image, name, publish, pull, store};
use crate::registry::{Door, Fault, Registry};
use axum::http::Method;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use sealer_image::Error;
use sealer_image::remote::{Client, Options};
use sealer_model::causes::chain;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

#[tokio::test]
async fn a_digest_in_a_name_is_honoured() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let (old, new) = (image(&here.store, &amd64(), b"old"), image(&here.store, &amd64(), b"new"));
    let tag = registry.name("app:v1");
    publish(&here.store, &client(), &tag, &old).await;
    publish(&here.store, &client(), &tag, &new).await;
    let pinned = tag.at(old.digest.clone());
    assert_eq!(pull(&there.store, &client(), &pinned).await.unwrap().digest, old.digest);

    let other = here.store.read_document(&new).unwrap();
    let pinned = registry.name(&format!("app@{}", old.digest));
    registry.fault(Method::GET, old.digest.as_str(), Fault::Instead(other));
    let error = pull(&store().store, &client(), &pinned).await.unwrap_err();
    assert!(matches!(&error, Error::Damaged { expected, .. } if *expected == old.digest), "{error}");
}

#[tokio::test]
async fn a_push_to_a_digest_is_only_for_that_image() {
    let registry = Registry::start().await;
    let here = store();
    let (local, other) = (name("app:v1"), image(&here.store, &amd64(), b"other"));
    here.store.tag(&local, &image(&here.store, &amd64(), b"layer")).unwrap();
    let remote = registry.name(&format!("app@{}", other.digest));
    let listener = sealer_model::event::Listener::deaf();
    let error = sealer_image::push(&here.store, &client(), &local, &remote, &listener).await;
    assert!(matches!(error.unwrap_err(), Error::Damaged { .. }));
    assert_eq!(registry.asked(), [""; 0]);
}

/// This machine under an address that is not called loopback.
#[tokio::test]
async fn nobody_else_is_spoken_to_without_tls_unless_the_user_says_so() {
    let registry = Registry::start().await;
    let (here, there) = (store(), store());
    let image = image(&here.store, &amd64(), b"layer");
    publish(&here.store, &client(), &registry.name("app:v1"), &image).await;
    registry.asked();

    let host = format!("0.0.0.0:{}", registry.address.port());
    let foreign = name(&format!("{host}/app:v1"));
    let error = pull(&there.store, &client(), &foreign).await.unwrap_err();
    assert!(chain(&error).contains(&format!("https://{host}/")), "{}", chain(&error));
    assert_eq!(registry.asked(), [""; 0]);

    let insecure = Options { insecure_hosts: vec![host], ..Options::default() };
    let client = Client::new(insecure).unwrap();
    assert_eq!(pull(&there.store, &client, &foreign).await.unwrap().digest, image.digest);
}

/// A registry with a certificate that no authority of the web has signed.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl axum::serve::Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = self.listener.accept().await.unwrap();
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> std::io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

async fn with_tls(folder: &std::path::Path) -> (Registry, PathBuf) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["127.0.0.1".to_owned(), "0.0.0.0".to_owned()]).unwrap();
    let authority = folder.join("authority.pem");
    std::fs::write(&authority, cert.pem()).unwrap();
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let tls = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let key = signing_key.serialize_der().try_into().unwrap();
    let tls = tls.unwrap().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let listener = Tls { listener, acceptor: TlsAcceptor::from(Arc::new(tls.unwrap())) };
    (Registry::serve(listener, address, Door::Open), authority)
}

#[tokio::test]
async fn a_certificate_counts_when_its_authority_is_given_or_the_user_waives_it() {
    let there = store();
    let (registry, authority) = with_tls(there.folder.path()).await;
    // this machine under an address that is not called loopback
    let name = name(&format!("0.0.0.0:{}/app:v1", registry.address.port()));
    let error = pull(&there.store, &client(), &name).await.unwrap_err();
    assert!(chain(&error).contains("certificate"), "{}", chain(&error));

    let here = store();
    let image = image(&here.store, &amd64(), b"layer");
    let trusting = Options { authorities: vec![authority], ..Options::default() };
    publish(&here.store, &Client::new(trusting).unwrap(), &name, &image).await;

    let waived = Options { insecure_hosts: vec!["0.0.0.0".into()], ..Options::default() };
    let pulled = pull(&there.store, &Client::new(waived).unwrap(), &name).await.unwrap();
    assert_eq!(pulled.digest, image.digest);
}

#[tokio::test]
async fn this_machine_need_not_prove_who_it_is() {
    let (here, there) = (store(), store());
    let (registry, _authority) = with_tls(there.folder.path()).await;
    let image = image(&here.store, &amd64(), b"layer");
    let name = registry.name("app:v1");
    publish(&here.store, &client(), &name, &image).await;
    assert_eq!(pull(&there.store, &client(), &name).await.unwrap().digest, image.digest);
}

#[tokio::test]
async fn the_next_page_of_a_list_is_not_asked_of_another_registry_and_not_for_ever() {
    let (registry, other) = (Registry::start().await, Registry::start().await);
    let link = format!("<http://{}/v2/_catalog?last=x>; rel=\"next\"", other.address).leak();
    registry.fault(Method::GET, "_catalog", Fault::Status(200, "link", link));
    let error = client().repositories(&registry.name("any"), "", 10).await.unwrap_err();
    assert!(error.to_string().contains("another registry's"), "{error}");
    assert_eq!(other.asked(), [""; 0]);
    let itself = "</v2/_catalog?n=100>; rel=\"next\"";
    registry.fault(Method::GET, "_catalog", Fault::Status(200, "link", itself));
    let error = client().repositories(&registry.name("any"), "", 10).await.unwrap_err();
    assert!(error.to_string().contains("the same again"), "{error}");
}
