//! (waiting for the store)
use crate::error::{Error, Result};
use crate::place::Place;
use axum::body::Body;
use sealer_model::Digest;
use sealer_model::agent::{Installed, Missing};
use sealer_model::image::Descriptor;
fn no() -> Error { Error::Request { reason: "not yet".into() } }
pub(crate) fn missing(_place: &Place, _blobs: &[Descriptor]) -> Result<Vec<Missing>> { Err(no()) }
pub(crate) async fn receive(_place: &Place, _digest: Digest, _offset: u64, _body: Body) -> Result<()> { Err(no()) }
pub(crate) fn install(_place: &Place, _image: &Installed) -> Result<()> { Err(no()) }
