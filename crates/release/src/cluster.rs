//! A cluster that has been reached: the way to it, the kinds it has, and its version.

use crate::client::{Client, discovery::Kinds};
use crate::error::{Error, Result};
use crate::kubeconfig::Access;
use crate::object::Identity;
use serde_json::Value;
use std::sync::Arc;

/// A cluster. Cloning is cheap.
#[derive(Clone, Debug)]
pub struct Cluster {
    pub(crate) client: Client,
    pub(crate) kinds: Arc<Kinds>,
    /// `v1.30.2`
    pub(crate) version: String,
}

impl Cluster {
    /// Reaches a cluster and asks what it has.
    ///
    /// # Errors
    /// It cannot be reached, or does not let us in.
    pub async fn reach(access: &Access) -> Result<Self> {
        let client = Client::new(access)?;
        let answer = client.get("/version").await?;
        let version = answer.get("gitVersion").and_then(Value::as_str);
        let unknown = || Error::Answer { path: "/version".to_owned(), problem: "it has no gitVersion".to_owned() };
        let version = version.ok_or_else(unknown)?.to_owned();
        let kinds = Arc::new(Kinds::of(&client).await?);
        Ok(Self { client, kinds, version })
    }

    /// Asks anew which kinds there are: definitions have come.
    pub(crate) async fn refresh(&mut self) -> Result<()> {
        self.kinds = Arc::new(Kinds::of(&self.client).await?);
        Ok(())
    }

    /// An object as it is in the cluster; none where it is not.
    ///
    /// # Errors
    /// Its kind is not known, or the server refuses.
    pub async fn find(&self, object: &Identity) -> Result<Option<Value>> {
        match self.client.get(&self.kinds.path(object)?).await {
            Ok(found) => Ok(Some(found)),
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(about("read", object)(error)),
        }
    }
}

/// Says which object an error is about.
pub(crate) fn about(what: &'static str, object: &Identity) -> impl Fn(Error) -> Error {
    let object = object.to_string();
    move |source| Error::Object { what, object: object.clone(), source: Box::new(source) }
}
