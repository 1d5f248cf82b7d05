//! stand-in until the registry client is there
#![allow(missing_docs)]
use sealer_image::{Error, PulledImage, Store};
use sealer_model::event::Listener;
use sealer_model::{Platform, Reference, image::Descriptor};
pub struct Client;
pub async fn pull(
    _: &Store,
    _: &Client,
    name: &Reference,
    _: &[Platform],
    _: &Listener,
) -> Result<Descriptor, Error> {
    Err(Error::NoPlatform {
        name: name.to_string(),
        platform: "stub".into(),
    })
}
pub async fn pull_container_image(
    _: &Store,
    _: &Client,
    name: &Reference,
    _: &[Platform],
    _: &Listener,
) -> Result<Vec<PulledImage>, Error> {
    Err(Error::NoPlatform {
        name: name.to_string(),
        platform: "stub".into(),
    })
}
