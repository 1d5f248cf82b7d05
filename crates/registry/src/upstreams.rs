//! Other registries behind this one: what the store lacks is fetched from them, handed on while it is stored, and kept for the
//! next one who asks. Each upstream has its own credentials, which no client ever sees; the most specific one that matches an
//! image's domain is asked, its mirrors first.

mod cache;
mod download;
mod following;
mod host;
mod lanes;
mod lists;
mod manifest;
pub(crate) mod pattern;
mod room;
mod turns;
pub(crate) mod upkeep;

use crate::access_log::AccessLog;
use crate::configuration::{Configuration, Rewrite, Upstream};
use crate::counters::family;
use crate::disk::blocking;
use crate::error::{Error, Result};
use crate::origin::{Fetch, Foreign, Found, Listed, Origin, Tending};
use crate::refusal::Refusal;
use crate::selector::Selector;
use axum::http::{HeaderValue, StatusCode, header};
use cache::Cache;
use download::{Downloads, Opened};
use host::{Patience, Place, Rests, Trouble};
use lists::Lists;
use pattern::{Address, Pattern, name_at};
use room::Room;
use sealer_image::Store;
use sealer_image::remote::{Client, Login, Options};
use sealer_model::Digest;
use sealer_model::image::Descriptor;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use turns::Turns;

/// All upstreams, and what they gave.
#[derive(Debug)]
pub(crate) struct Upstreams {
    configured: Vec<Upstream>,
    all: RwLock<Arc<Vec<Reached>>>,
    /// The registry's own, which outlives what is cached.
    own: Store,
    cache: Cache,
    keep: crate::configuration::Cache,
    room: Arc<Room>,
    rests: Arc<Rests>,
    downloads: Downloads,
    turns: Turns,
    tags: Lists<String>,
    referrers: Lists<Descriptor>,
    log: AccessLog,
    /// Answers from the cache although the upstream could not be asked.
    stale: AtomicU64,
    /// Manifests that upstreams gave.
    manifests: AtomicU64,
}

/// An upstream and the clients for it.
#[derive(Debug)]
struct Reached {
    pattern: Pattern,
    /// `None` stands for the domain that an image's name begins with.
    host: Option<String>,
    own: Client,
    /// Mirrors never see the password.
    mirrors: Vec<(String, Client)>,
    rewrite: Option<Rewrite>,
}

impl Upstreams {
    /// Reads what the configuration names. Blocks on the disk.
    pub(crate) fn new(store: &Store, configuration: &Configuration, log: AccessLog) -> Result<Self> {
        let cache = Cache::open(store).map_err(Error::Upstream)?;
        let room = Arc::new(Room::new(cache.clone(), configuration.cache.clone(), log.clone()));
        Ok(Self {
            all: RwLock::new(Arc::new(all_of(&configuration.upstreams)?)),
            configured: configuration.upstreams.clone(),
            own: store.clone(),
            downloads: Downloads::new(cache.clone(), room.clone()),
            room,
            cache,
            keep: configuration.cache.clone(),
            rests: Arc::default(),
            turns: Turns::default(),
            tags: Lists::default(),
            referrers: Lists::default(),
            log,
            stale: AtomicU64::new(0),
            manifests: AtomicU64::new(0),
        })
    }

    fn all(&self) -> Arc<Vec<Reached>> {
        self.all.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Where a repository is to be asked for, in order.
    fn places(&self, repository: &str) -> std::result::Result<Vec<Place>, Refusal> {
        let all = self.all();
        let Some(upstream) = of(&all, repository) else {
            return Ok(Vec::new());
        };
        let (domain, _) = repository.split_once('/').unwrap_or((repository, ""));
        let own = (upstream.host.as_deref().unwrap_or(domain), &upstream.own);
        let mirrors = upstream.mirrors.iter().map(|(host, client)| (host.as_str(), client));
        let place = |(host, client): (&str, &Client)| {
            let name = name_at(host, repository, upstream.rewrite.as_ref()).map_err(Refusal::name_invalid)?;
            Ok(Place { client: client.clone(), name })
        };
        mirrors.chain([own]).map(place).collect()
    }
}

impl Origin for Upstreams {
    fn serves(&self, repository: &str) -> bool {
        of(&self.all(), repository).is_some()
    }

    fn manifest<'a>(&'a self, repository: &'a str, selector: &'a Selector) -> Fetch<'a, Option<Foreign>> {
        Box::pin(self.find_manifest(repository, selector))
    }

    fn blob<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, Option<Found>> {
        Box::pin(async move {
            loop {
                let (cache, wanted) = (self.cache.clone(), digest.clone());
                if let Some((file, size)) = blocking(move || cache.open_blob(&wanted)).await? {
                    return Ok(Some(Found::Kept(file, size)));
                }
                let download = self.downloads.join(digest, self.places(repository)?, self.rests.clone());
                match download.open().await {
                    Ok(Opened::Found(found)) => return Ok(Some(found)),
                    Ok(Opened::Absent) => return Ok(None),
                    Ok(Opened::Evicted) => {}
                    Err(trouble) => return Err(refusal(&format!("{repository}@{digest}"), &trouble)),
                }
            }
        })
    }

    fn blob_size<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, Option<u64>> {
        Box::pin(async move {
            let (cache, wanted) = (self.cache.store.clone(), digest.clone());
            if let Some(size) = blocking(move || cache.blob_size(&wanted)).await? {
                return Ok(Some(size));
            }
            let ask = async |place: &Place| {
                let question = |it: sealer_image::remote::Repository| async move { Ok(it.blob_size(digest).await?) };
                place.ask(&self.rests, Patience::None, question).await
            };
            let mut trouble = None;
            for place in &self.places(repository)? {
                match ask(place).await {
                    Ok(Some(size)) => return Ok(Some(size)),
                    Ok(None) => {}
                    Err(found) => trouble = Some(found),
                }
            }
            trouble.map_or(Ok(None), |trouble| Err(refusal(&format!("{repository}@{digest}"), &trouble)))
        })
    }

    fn bring<'a>(&'a self, repository: &'a str, digest: &'a Digest) -> Fetch<'a, bool> {
        Box::pin(async move {
            let (cache, wanted) = (self.cache.clone(), digest.clone());
            if blocking(move || cache.open_blob(&wanted)).await?.is_none() {
                let download = self.downloads.join(digest, self.places(repository)?, self.rests.clone());
                let came = download.whole().await;
                if !came.map_err(|trouble| refusal(&format!("{repository}@{digest}"), &trouble))? {
                    return Ok(false);
                }
            }
            let (own, cache, digest) = (self.own.clone(), self.cache.store.clone(), digest.clone());
            blocking(move || own.adopt(&cache, &digest)).await.map(|()| true)
        })
    }

    fn tags<'a>(&'a self, repository: &'a str) -> Fetch<'a, Option<Listed<String>>> {
        Box::pin(self.find_tags(repository))
    }

    fn referrers<'a>(&'a self, repository: &'a str, subject: &'a Digest) -> Fetch<'a, Listed<Descriptor>> {
        Box::pin(self.find_referrers(repository, subject))
    }

    fn renew(&self) -> Result<()> {
        let all = Arc::new(all_of(&self.configured)?);
        *self.all.write().unwrap_or_else(PoisonError::into_inner) = all;
        Ok(())
    }

    fn tend(&self) -> Tending<'_> {
        Box::pin(self.room.keep())
    }

    fn metrics(&self, text: &mut String) {
        let numbers = [
            ("upstream_blobs_total", "Blobs fetched from upstreams.", self.downloads.done.load(Relaxed)),
            ("upstream_bytes_total", "Bytes fetched from upstreams.", self.downloads.bytes.load(Relaxed)),
            ("upstream_failures_total", "Blobs that did not come whole.", self.downloads.failed.load(Relaxed)),
            ("upstream_manifests_total", "Manifests fetched from upstreams.", self.manifests.load(Relaxed)),
            ("upstream_stale_total", "Answers from the cache while the upstream was away.", self.stale.load(Relaxed)),
        ];
        for (name, help, value) in numbers {
            family(text, name, "counter", help, &[(String::new(), value.to_string())]);
        }
    }
}

/// The one that is meant by a repository's domain.
fn of<'a>(all: &'a [Reached], repository: &str) -> Option<&'a Reached> {
    let (domain, _) = repository.split_once('/')?;
    let fits = all.iter().filter_map(|it| Some((it.pattern.fit(domain)?, it)));
    fits.max_by_key(|(fit, _)| *fit).map(|(_, it)| it)
}

fn all_of(configured: &[Upstream]) -> Result<Vec<Reached>> {
    configured.iter().map(reached).collect()
}

fn reached(upstream: &Upstream) -> Result<Reached> {
    let wrong = |reason: String| Error::Settings { reason };
    let address = upstream.url.as_deref().map(Address::of).transpose().map_err(wrong)?;
    let mirrors: Vec<Address> =
        upstream.mirrors.iter().map(|text| Address::of(text)).collect::<std::result::Result<_, _>>().map_err(wrong)?;
    let pattern = Pattern::of(&upstream.pattern).map_err(wrong)?;
    let login = upstream.username.as_ref().zip(upstream.password_file.as_deref());
    let login = login.map(|(user, file)| Ok(Login { user: user.clone(), password: password(file)? })).transpose()?;
    let own = address.as_ref().map(|it| it.host.clone()).or(match &pattern {
        Pattern::Exactly(domain) => Some(domain.clone()),
        Pattern::Below(_) | Pattern::Everything => None,
    });
    let plain = |host: Option<&String>, plain: bool| host.filter(|_| upstream.insecure || plain).cloned();
    let insecure: Vec<String> = plain(own.as_ref(), address.as_ref().is_some_and(|it| it.plain)).into_iter().collect();
    let client = |insecure_hosts, login| client(upstream, insecure_hosts, login);
    let mirror = |it: &Address| {
        let insecure = plain(Some(&it.host), it.plain).into_iter().collect();
        Ok((it.host.clone(), client(insecure, None)?))
    };
    Ok(Reached {
        mirrors: mirrors.iter().map(mirror).collect::<Result<_>>()?,
        own: client(insecure, login)?,
        host: own,
        pattern,
        rewrite: upstream.rewrite.clone(),
    })
}

fn client(upstream: &Upstream, insecure_hosts: Vec<String>, login: Option<Login>) -> Result<Client> {
    let options = Options {
        insecure_hosts,
        authorities: upstream.ca.iter().cloned().collect(),
        credential_files: Vec::new(),
        helper: upstream.credential_helper.clone(),
        login,
        ..Options::default()
    };
    Client::new(options).map_err(Error::Upstream)
}

/// The password is the file's first line, as editors end files with one.
pub(crate) fn password(path: &Path) -> Result<String> {
    let text = fs::read_to_string(path).map_err(|source| Error::File { path: path.to_owned(), source })?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// What a client is told who asked for something that is neither here nor to be had.
fn refusal(name: &str, trouble: &Trouble) -> Refusal {
    let message = format!("{name} is not in the cache, and its upstream does not give it: {}", trouble.message);
    match trouble.limited {
        Some(rest) => Refusal::new(StatusCode::TOO_MANY_REQUESTS, "TOOMANYREQUESTS", message)
            .with([(header::RETRY_AFTER, HeaderValue::from(rest.max(Duration::from_secs(1)).as_secs()))]),
        None => Refusal::new(StatusCode::BAD_GATEWAY, "UNAVAILABLE", message),
    }
}
