//! The other side: registries that speak the OCI distribution protocol. One client serves a whole command; it remembers how
//! each registry is reached and what lets us in. Everything that moves is verified by its digest, every wait has a limit,
//! and what fails for a passing reason is tried again.

mod answer;
mod auth_file;
mod challenge;
mod credentials;
mod document;
mod download;
mod endpoint;
mod error;
mod file;
mod helper;
mod incoming;
mod location;
mod login;
mod reach;
mod repository;
mod retry;
mod search;
mod throttle;
mod trust;
mod upload;

pub use auth_file::{forget_login, keep_login};
pub use credentials::Login;
pub use document::Document;
pub(crate) use document::type_of;
pub use error::RemoteError;
pub use file::FetchedFile;
pub use incoming::IncomingBlob;
pub use repository::{Access, Repository};
pub use retry::{pause, retry_within};
pub use search::Names;
pub use throttle::{Reader, Throttle};

use crate::error::Result;
use credentials::Credentials;
use endpoint::{Connector, Endpoint};
use login::Tokens;
use reach::Reach;
use retry::retry;
use sealer_model::Reference;
use sealer_model::image::Descriptor;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};
use tokio::time::Instant;
use trust::Authorities;

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Registries, `host` or `host:port`, whose certificates are not checked and which may speak plain HTTP.
    pub insecure_hosts: Vec<String>,
    /// PEM files with authorities to believe besides the web's and the machine's.
    pub authorities: Vec<PathBuf>,
    /// The same as texts.
    pub authority_texts: Vec<String>,
    /// Files of the form of docker's `config.json`; earlier ones win, and absent ones hold nothing.
    pub credential_files: Vec<PathBuf>,
    /// A credential helper, `NAME` of `docker-credential-NAME`, that is asked about every registry that the files leave out.
    pub helper: Option<String>,
    /// Who we are wherever neither a file nor a helper says it: for a client that talks to one registry only.
    pub login: Option<Login>,
    /// Who we are for certain repositories, `host/path`, whatever files and helpers say.
    pub logins: BTreeMap<String, Login>,
    /// What holds uploads back, where the network is shared with others.
    pub throttle: Throttle,
    /// Say with every request that it copies what another registry has taken, so that the copy is not copied again.
    pub copies: bool,
}

/// A client of registries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(Arc<Shared>, Option<Arc<Answers>>);

/// What names led to, each found out once.
#[derive(Debug, Default)]
struct Answers(Mutex<BTreeMap<String, Arc<OnceCell<Descriptor>>>>);

#[derive(Debug)]
struct Shared {
    connector: Connector,
    throttle: Throttle,
    credentials: Credentials,
    tokens: Tokens,
    endpoints: Mutex<BTreeMap<String, Arc<Way>>>,
    /// Blobs of all images share the network; how many images are under way makes no difference to it.
    downloads: Semaphore,
}

/// The way to one registry.
#[derive(Debug, Default)]
struct Way {
    endpoint: OnceCell<Endpoint>,
    reach: Arc<Reach>,
}

/// The header of requests by which one registry copies to another what it has taken.
pub const COPY: &str = "sealer-copy";

/// The header that tells when the name was given or taken away that a request copies, in microseconds since 1970.
pub const CHANGED: &str = "sealer-changed";

/// Blobs that come at the same time, over all images.
const DOWNLOADS: usize = 12;

impl Client {
    /// A client; it reads the files of its options and does not connect yet.
    ///
    /// # Errors
    /// When a file of the options cannot be used.
    pub fn new(options: Options) -> Result<Self> {
        let authorities = Authorities { files: &options.authorities, texts: &options.authority_texts };
        let shared = Shared {
            connector: Connector::new(options.insecure_hosts, authorities, options.copies)?,
            throttle: options.throttle,
            credentials: Credentials::read(&options.credential_files)?
                .with(options.helper, options.login)
                .given(options.logins),
            tokens: Tokens::default(),
            endpoints: Mutex::default(),
            downloads: Semaphore::new(DOWNLOADS),
        };
        Ok(Self(Arc::new(shared), None))
    }

    /// The same client for one piece of work in which a name leads to one thing however often it is asked for.
    #[must_use]
    pub fn asking_once(&self) -> Self {
        Self(Arc::clone(&self.0), Some(Arc::default()))
    }

    /// Where the answer for a name is kept, if answers are.
    fn answer(&self, name: &Reference) -> Option<Arc<OnceCell<Descriptor>>> {
        let mut answers = self.1.as_ref()?.0.lock().unwrap_or_else(PoisonError::into_inner);
        Some(Arc::clone(answers.entry(name.to_string()).or_default()))
    }

    /// The repository of a name, for reading or writing. How the registry is reached is found out here.
    ///
    /// # Errors
    /// When it cannot be reached.
    pub async fn repository(&self, name: &Reference, access: Access) -> Result<Repository> {
        let endpoint = retry(|| self.endpoint(name.domain())).await?;
        Ok(Repository::new(self.clone(), endpoint, name.clone(), access))
    }

    /// As [`Client::repository`], and without trying again.
    ///
    /// # Errors
    /// As [`Client::repository`].
    pub async fn reach(&self, name: &Reference, access: Access) -> Result<Repository> {
        Ok(Repository::new(self.clone(), self.endpoint(name.domain()).await?, name.clone(), access))
    }

    /// Asks a registry whether it lets this user in.
    ///
    /// # Errors
    /// When it cannot be reached, or does not.
    pub async fn try_login(&self, registry: &str, user: &str, password: &str) -> Result<()> {
        let endpoint = retry(|| self.endpoint(registry)).await?;
        let login = credentials::Login { user: user.to_owned(), password: password.to_owned() };
        retry(|| async { Ok(login::try_login(&endpoint, &login).await?) }).await
    }

    /// Waits for a turn to download a blob.
    async fn turn(&self) -> SemaphorePermit<'_> {
        self.0.downloads.acquire().await.expect("the semaphore is never closed")
    }

    /// The way to a registry, found out once.
    async fn endpoint(&self, registry: &str) -> Result<Endpoint> {
        let way = {
            let mut endpoints = self.0.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(endpoints.entry(registry.to_owned()).or_default())
        };
        let connect = || async {
            way.reach.check(registry)?;
            let begun = Instant::now();
            let connected = self.0.connector.connect(registry).await;
            way.reach.note(begun, &connected);
            Ok::<_, RemoteError>(Endpoint { reach: Arc::clone(&way.reach), ..connected? })
        };
        let endpoint = way.endpoint.get_or_try_init(connect).await?;
        Ok(endpoint.clone())
    }
}
