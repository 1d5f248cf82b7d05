//! Request bodies as JSON, refused with a [`Problem`](sealer_model::agent::Problem) where they are something else.

use crate::error::Error;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

/// A message from the delivering machine.
pub(super) struct Message<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Message<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let malformed = |reason: String| Error::Request { reason };
        let bytes = Bytes::from_request(request, state).await;
        let bytes = bytes.map_err(|rejection| malformed(rejection.body_text()))?;
        serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed(error.to_string()))
    }
}
