//! Files of any size on their way from a host and to it: streamed, so that no machine holds them in memory.

use super::request::Query;
use super::{Agent, SILENCE};
use crate::error::{Error, Result};
use http_body_util::BodyExt as _;
use hyper::{Method, StatusCode};
use sealer_model::Digest;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

impl Agent {
    /// Writes the content of a file on the host to `target` and says how many bytes it has; `None` when there is no such file.
    ///
    /// # Errors
    /// When it cannot be read there or written here, or nothing comes for ten minutes.
    pub async fn copy_file(&self, path: &str, target: &mut (impl AsyncWrite + Unpin + Send)) -> Result<Option<u64>> {
        let what = format!("copying {path}");
        let request = self.connection.empty(Method::GET, &Query::new("/content").with("path", path).0);
        let response = self.connection.send(&what, request, SILENCE).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let mut body = self.connection.successful(&what, response).await?.into_body();
        let unwritten = |source| Error::Content { host: self.host().to_owned(), what: path.to_owned(), source };
        let mut total = 0;
        while let Some(frame) = self.connection.within(&what, SILENCE, body.frame()).await? {
            let frame = match frame {
                Ok(frame) => frame,
                Err(source) => return Err(self.connection.gone(&what, Some(source)).await),
            };
            if let Ok(piece) = frame.into_data() {
                target.write_all(&piece).await.map_err(unwritten)?;
                total += piece.len() as u64;
            }
        }
        target.flush().await.map_err(unwritten)?;
        Ok(Some(total))
    }

    /// Writes `content` to a file on the host, whose folder must be there; the file appears whole and of mode 0600, or not at all.
    ///
    /// # Errors
    /// When `content` cannot be read, the host is lost or full, or the host finds another digest.
    pub async fn send_file(
        &self,
        path: &str,
        digest: &Digest,
        content: impl AsyncRead + Send + 'static,
        progress: impl Fn(u64) + Send + 'static,
    ) -> Result<()> {
        let target = Query::new("/content").with("path", path).with("digest", digest.as_str());
        self.stream(Method::PUT, &target.0, path, content, progress).await
    }
}
