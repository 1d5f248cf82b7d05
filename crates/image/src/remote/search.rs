//! What a registry has: its repositories, and the tags of one of them, page by page until there are enough.

use super::answer::{expect, protocol, read};
use super::retry::retry;
use super::{Access, Client, RemoteError, Repository};
use crate::error::{Error, Result};
use crate::store::LARGEST_DOCUMENT;
use reqwest::header::LINK;
use reqwest::{Response, StatusCode, Url};
use sealer_model::image::{Descriptor, Index};
use sealer_model::{Digest, Reference};
use serde::Deserialize;

/// Names that were found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// The names, in their order.
    pub names: Vec<String>,
    /// Whether there are more than were asked for.
    pub more: bool,
}

/// Names that are asked for at once.
const PAGE: usize = 100;

/// A registry that never comes to an end is left after so many pages.
const MOST_PAGES: usize = 10_000;

/// What lets somebody see all repositories of a registry.
const CATALOG: &str = "registry:catalog:*";

/// A page of repositories, or of tags.
#[derive(Deserialize)]
struct Page {
    #[serde(default, alias = "repositories", alias = "tags")]
    names: Option<Vec<String>>,
}

impl Client {
    /// The repositories of a registry that begin with `prefix`, at most `limit`. `registry` is any name of it: only the domain counts.
    ///
    /// # Errors
    /// When the registry cannot be reached, does not let us in, or does not tell.
    pub async fn repositories(&self, registry: &Reference, prefix: &str, limit: usize) -> Result<Names> {
        let repository = self.repository(registry, Access::Pull).await?;
        let mut first = repository.endpoint.base.clone();
        first.set_path("/v2/_catalog");
        collect(&repository, first, CATALOG, &Wanted { prefix, limit, patient: true }).await
    }

    /// The tags of a repository that begin with `prefix`, at most `limit`.
    ///
    /// # Errors
    /// As [`Client::repositories`], and when there is no such repository.
    pub async fn tags(&self, name: &Reference, prefix: &str, limit: usize) -> Result<Names> {
        let repository = self.repository(name, Access::Pull).await?;
        let (first, scope) = (repository.url("tags/list"), format!("repository:{}:pull", name.path()));
        collect(&repository, first, &scope, &Wanted { prefix, limit, patient: true }).await
    }
}

impl Repository {
    /// Its tags, at most `limit`, asked for without trying again.
    ///
    /// # Errors
    /// As [`Client::tags`].
    pub async fn tags(&self, limit: usize) -> Result<Names> {
        let scope = format!("repository:{}:pull", self.name.path());
        collect(self, self.url("tags/list"), &scope, &Wanted { prefix: "", limit, patient: false }).await
    }

    /// What refers to a manifest, asked for without trying again: from the list that the registry keeps, or, where it keeps none,
    /// from the tag that the specification names for that.
    ///
    /// # Errors
    /// When the registry cannot be reached, or does not tell.
    pub async fn referrers(&self, subject: &Digest) -> Result<Vec<Descriptor>> {
        let url = self.url(&format!("referrers/{subject}"));
        let response = self.send(&url, || self.endpoint.http.get(url.clone())).await?;
        let index: Index = if response.status() == StatusCode::NOT_FOUND {
            match self.document_once(&subject.as_str().replace(':', "-")).await {
                Err(Error::Remote(RemoteError::NoImage { .. })) => return Ok(Vec::new()),
                found => parse(&url, &found?.bytes)?,
            }
        } else {
            let response = expect(&url, response, &[StatusCode::OK]).await?;
            parse(&url, &read(&url, response, LARGEST_DOCUMENT).await?)?
        };
        Ok(index.manifests)
    }
}

fn parse(url: &Url, bytes: &[u8]) -> std::result::Result<Index, RemoteError> {
    serde_json::from_slice(bytes).map_err(|error| protocol(url, format!("no list of referrers: {error}")))
}

/// Which names are collected, and how.
struct Wanted<'a> {
    prefix: &'a str,
    limit: usize,
    /// Try again what may pass.
    patient: bool,
}

async fn collect(repository: &Repository, first: Url, scope: &str, wanted: &Wanted<'_>) -> Result<Names> {
    let mut next = first;
    next.query_pairs_mut().append_pair("n", &PAGE.to_string());
    let mut found = Names::default();
    for _ in 0..MOST_PAGES {
        let (page, following) = match wanted.patient {
            true => retry(|| page(repository, &next, scope)).await?,
            false => page(repository, &next, scope).await?,
        };
        let fitting = page.into_iter().filter(|name| name.starts_with(wanted.prefix));
        found.names.extend(fitting);
        // not every registry sorts them
        found.names.sort();
        if found.names.len() > wanted.limit {
            found.names.truncate(wanted.limit);
            found.more = true;
            return Ok(found);
        }
        match following {
            Some(following) => next = following,
            None => return Ok(found),
        }
    }
    Err(protocol(&next, format!("more than {MOST_PAGES} pages")).into())
}

async fn page(repository: &Repository, url: &Url, scope: &str) -> Result<(Vec<String>, Option<Url>)> {
    let request = || repository.endpoint.http.get(url.clone());
    let response = repository.send_in(url, scope.to_owned(), request).await?;
    let response = expect(url, response, &[StatusCode::OK]).await?;
    let following = following(url, &response)?;
    let bytes = read(url, response, LARGEST_DOCUMENT).await?;
    let page: Page =
        serde_json::from_slice(&bytes).map_err(|error| protocol(url, format!("no list of names: {error}")))?;
    Ok((page.names.unwrap_or_default(), following))
}

/// The address of the next page. Credentials go with it, so it has to be the same registry's.
fn following(url: &Url, response: &Response) -> std::result::Result<Option<Url>, RemoteError> {
    let mut links = response.headers().get_all(LINK).iter().filter_map(|header| header.to_str().ok());
    let Some(target) = links.find_map(next_target) else { return Ok(None) };
    let next = url.join(target).map_err(|_| protocol(url, "the address of its next page is malformed"))?;
    if next.origin() != url.origin() {
        return Err(protocol(url, "its next page is another registry's"));
    }
    if next == *url {
        return Err(protocol(url, "its next page is the same again"));
    }
    Ok(Some(next))
}

/// The target of `<target>; rel="next"`.
fn next_target(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (target, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = |parameter: &str| matches!(parameter.trim(), r#"rel="next""# | "rel=next");
        parameters.split(';').any(is_next).then_some(target)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_found_among_links() {
        let cases = [
            (r#"</v2/_catalog?last=b&n=2>; rel="next""#, Some("/v2/_catalog?last=b&n=2")),
            ("<https://r.io/v2/x>;rel=next", Some("https://r.io/v2/x")),
            (r#"</a>; rel="prev", </b>; rel="next""#, Some("/b")),
            (r#"</a>; rel="prev""#, None),
            ("/a; rel=next", None),
            ("", None),
        ];
        for (header, target) in cases {
            assert_eq!(next_target(header), target, "{header}");
        }
    }
}
