//! A server of tokens as Harbor and GitLab have one beside their registries: it asks who somebody is, and signs what they may do. The real
//! `docker-registry` judges what it signs.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rcgen::{BasicConstraints, Certificate, CertificateParams, IsCa, KeyPair, SigningKey as _};
use serde_json::{Value, json};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

const ISSUER: &str = "tokens";
const SERVICE: &str = "private";

/// Its end stays until the test's runtime ends.
pub(super) struct Tokens {
    address: SocketAddr,
    signer: Arc<Signer>,
}

struct Signer {
    key: KeyPair,
    certificate: Certificate,
    credentials: String,
    given: Mutex<Vec<String>>,
}

impl Tokens {
    /// Serves one user.
    pub(super) async fn serve(user: &str, password: &str) -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([]).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        let credentials = format!("Basic {}", STANDARD.encode(format!("{user}:{password}")));
        let signer = Arc::new(Signer { key, certificate, credentials, given: Mutex::default() });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/token", get(token)).with_state(signer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, signer }
    }

    /// What the configuration of a registry says about it.
    pub(super) fn door(&self, folder: &Path) -> String {
        let roots = folder.join("tokens.pem");
        std::fs::write(&roots, self.signer.certificate.pem()).unwrap();
        let (address, roots) = (self.address, roots.display());
        format!(
            "token: {{realm: 'http://{address}/token', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {roots}}}"
        )
    }

    /// The scopes for which tokens were given.
    pub(super) fn given(&self) -> Vec<String> {
        self.signer.given.lock().unwrap().clone()
    }
}

async fn token(
    State(signer): State<Arc<Signer>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, StatusCode> {
    let who = headers.get("authorization").and_then(|value| value.to_str().ok());
    if who != Some(&signer.credentials) {
        return Err(StatusCode::UNAUTHORIZED);
    }
    let query = query.unwrap_or_default();
    let scope = query.split('&').find_map(|part| part.strip_prefix("scope=")).unwrap_or_default();
    let scope = scope.replace("%3A", ":").replace("%2F", "/").replace("%2C", ",");
    signer.given.lock().unwrap().push(scope.clone());
    Ok(Json(json!({ "token": signer.signed(&scope), "expires_in": 300 })))
}

impl Signer {
    /// A JSON web token for a scope such as `repository:a/web:pull`.
    fn signed(&self, scope: &str) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        let parts: Vec<&str> = scope.split(':').collect();
        let access = match parts[..] {
            [kind, name, actions] => {
                json!([{ "type": kind, "name": name, "actions": actions.split(',').collect::<Vec<_>>() }])
            }
            _ => json!([]),
        };
        let head = json!({ "typ": "JWT", "alg": "ES256", "x5c": [STANDARD.encode(self.certificate.der())] });
        let claims = json!({
            "iss": ISSUER, "aud": SERVICE, "sub": "somebody", "jti": scope, "access": access,
            "iat": now, "nbf": now - 10, "exp": now + 300,
        });
        let encoded = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
        let text = format!("{}.{}", encoded(&head), encoded(&claims));
        let signature = plain(&self.key.sign(text.as_bytes()).unwrap());
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

/// The two numbers of an ECDSA signature, of 32 bytes each: rcgen writes them as ASN.1, tokens want them plain.
fn plain(signature: &[u8]) -> Vec<u8> {
    let first_length = usize::from(signature[3]);
    let (first, second) = (&signature[4..4 + first_length], &signature[6 + first_length..]);
    let padded = |number: &[u8]| {
        let digits = &number[number.len().saturating_sub(32)..];
        [vec![0; 32 - digits.len()], digits.to_vec()].concat()
    };
    [padded(first), padded(second)].concat()
}
