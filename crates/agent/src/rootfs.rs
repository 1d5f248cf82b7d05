//! (waiting for the store)
use crate::error::{Error, Result};
use crate::place::Place;
use crate::server::answer::Teller;
use sealer_model::agent::{Unpack, Changed};
pub(crate) async fn unpack(_place: &Place, _unpack: &Unpack, _teller: &Teller) -> Result<Changed> { Err(Error::Request { reason: "not yet".into() }) }
