//! Who may do what. Without a file of users everybody may do everything, as on a bench; with one, writes need a user, and
//! reads do too where the configuration says so.
//!
//! Where reads are free, clients are sent for a token (the `Bearer` scheme) and not for a password (`Basic`): docker asks for
//! credentials only when `/v2/` refuses it, and a client without any gives up at `Basic` but gets a token that lets it read.
//! A password is accepted everywhere.

mod tokens;
mod users;

use crate::configuration::{Configuration, Reads};
use crate::error::Result as Prepared;
use crate::headers::value;
use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use std::sync::{PoisonError, RwLock, RwLockReadGuard};
use std::time::SystemTime;
use tokens::Tokens;
use users::Users;

/// The gate.
#[derive(Debug)]
pub(crate) struct Guard {
    users: Option<Users>,
    reads: Reads,
    readers: Vec<String>,
    tokens: RwLock<Tokens>,
}

/// What a request needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Needs {
    /// `/v2/`, where clients find out how to say who they are.
    Greeting,
    /// To read.
    Read,
    /// To change something.
    Write,
}

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// Nobody in particular.
    Anybody,
    /// Somebody who has asked for a token without a name.
    Anonymous,
    /// A user.
    User(String),
}

impl Who {
    /// The user's name.
    pub(crate) fn name(&self) -> Option<&str> {
        match self {
            Self::User(name) => Some(name),
            Self::Anybody | Self::Anonymous => None,
        }
    }
}

impl Guard {
    /// Reads the users and the key of their tokens. Blocks on the disk.
    ///
    /// # Errors
    /// When a file cannot be read, or is not of its form.
    pub(crate) fn read(configuration: &Configuration) -> Prepared<Self> {
        Ok(Self {
            users: configuration.users.as_deref().map(Users::read).transpose()?,
            reads: configuration.reads,
            readers: configuration.readers.clone(),
            tokens: RwLock::new(Tokens::read(configuration)?),
        })
    }

    /// Reads the key of the tokens again; the users are read whenever their file has changed. Blocks on the disk.
    ///
    /// # Errors
    /// As [`Guard::read`].
    pub(crate) fn renew(&self, configuration: &Configuration) -> Prepared<()> {
        let tokens = Tokens::read(configuration)?;
        *self.tokens.write().unwrap_or_else(PoisonError::into_inner) = tokens;
        Ok(())
    }

    fn tokens(&self) -> RwLockReadGuard<'_, Tokens> {
        self.tokens.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets a request pass, and says whose it is.
    ///
    /// # Errors
    /// When it has to say first who it is, or says it wrongly. `origin` is how the client addresses the registry,
    /// `https://sea.hub:5000`.
    pub(crate) async fn admit(&self, needs: Needs, headers: &HeaderMap, origin: &str) -> Result<Who, Refusal> {
        let Some(users) = &self.users else {
            return Ok(Who::Anybody);
        };
        let stale = || self.unauthorized(origin, INVALID, "the token has run out, or was never given");
        let who = self.who(users, headers, stale).await?;
        if needs == Needs::Write && who.as_ref().and_then(Who::name).is_some_and(|name| self.is_reader(name)) {
            return Err(Refusal::denied("this user may only read"));
        }
        let free = self.reads == Reads::Anonymous;
        let enough = match (&who, needs) {
            (Some(Who::User(_)), _) => true,
            (Some(Who::Anonymous), Needs::Greeting) | (_, Needs::Read) => free,
            _ => false,
        };
        match who {
            who if enough => Ok(who.unwrap_or(Who::Anybody)),
            None => Err(self.unauthorized(origin, "", "say who you are: this needs a user and a password")),
            Some(_) => Err(self.unauthorized(origin, "", "this needs a user and a password")),
        }
    }

    fn is_reader(&self, name: &str) -> bool {
        self.readers.iter().any(|reader| reader == name)
    }

    /// Gives a token, to a user or to anybody where anybody may read.
    pub(crate) async fn token(&self, headers: &HeaderMap) -> Result<Response, Refusal> {
        let Some(users) = &self.users else {
            return Ok(token(Tokens::anonymous()));
        };
        let needed = || basic("a token needs a user and a password");
        match self.who(users, headers, needed).await? {
            Some(Who::User(name)) => {
                let hash = users.hash(&name)?.ok_or_else(needed)?;
                Ok(token(self.tokens().issue(&name, &hash, SystemTime::now())))
            }
            _ if self.reads == Reads::Anonymous => Ok(token(Tokens::anonymous())),
            _ => Err(needed()),
        }
    }

    /// Whom the request names and proves. `None` when it names nobody; `stale` when it does so by a token that is worth nothing.
    async fn who(
        &self,
        users: &Users,
        headers: &HeaderMap,
        stale: impl Fn() -> Refusal,
    ) -> Result<Option<Who>, Refusal> {
        let Some(given) = headers.get(header::AUTHORIZATION) else {
            return Ok(None);
        };
        let malformed = || basic("the Authorization header is neither Basic nor Bearer");
        let (scheme, proof) = given.to_str().ok().and_then(|given| given.split_once(' ')).ok_or_else(malformed)?;
        if scheme.eq_ignore_ascii_case("basic") {
            let (user, password) = decoded(proof.trim()).ok_or_else(malformed)?;
            return match users.check(&user, &password).await? {
                true => Ok(Some(Who::User(user))),
                false => Err(basic("the user is not known here, or the password is another one")),
            };
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return Err(malformed());
        }
        let claim = tokens::Claim::of(proof.trim()).ok_or_else(&stale)?;
        let hash = claim.user().map(|user| users.hash(user)).transpose()?.flatten();
        self.tokens().who(claim, hash.as_deref(), SystemTime::now()).ok_or_else(stale).map(Some)
    }

    /// `more` is what else the challenge says.
    fn unauthorized(&self, origin: &str, more: &str, message: &str) -> Refusal {
        match self.reads {
            Reads::Authenticated => basic(message),
            Reads::Anonymous => unauthorized(message, &format!("{}{more}", bearer(origin))),
        }
    }
}

/// By which clients learn, as RFC 6750 has it, that another token may do.
const INVALID: &str = ",error=\"invalid_token\"";

fn bearer(origin: &str) -> String {
    format!("Bearer realm=\"{origin}/token\",service=\"sealer\"")
}

fn basic(message: &str) -> Refusal {
    unauthorized(message, "Basic realm=\"sealer\", charset=\"UTF-8\"")
}

fn unauthorized(message: &str, challenge: &str) -> Refusal {
    let challenge = HeaderValue::from_str(challenge).unwrap_or_else(|_| value("Basic realm=\"sealer\""));
    Refusal::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message).with([(header::WWW_AUTHENTICATE, challenge)])
}

fn decoded(proof: &str) -> Option<(String, String)> {
    let text = String::from_utf8(STANDARD.decode(proof).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    Some((user.to_owned(), password.to_owned()))
}

fn token(text: String) -> Response {
    let seconds = tokens::LIFE.as_secs();
    let document = json!({ "token": text, "access_token": text, "expires_in": seconds });
    axum::Json(document).into_response()
}
