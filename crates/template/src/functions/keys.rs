//! Private keys: made, read from PEM, written as the tools of the OpenSSL family write them.

use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use p256::SecretKey;
use rcgen::KeyPair;
use rsa::RsaPrivateKey;
use rsa::pkcs1::{DecodeRsaPrivateKey, EncodeRsaPrivateKey};
use rsa::pkcs8::{EncodePrivateKey, LineEnding};
use rsa::rand_core::UnwrapErr;

use super::entropy;
use crate::effort;
use crate::error::{Error, Result};

/// What a key on a curve takes, and a signature.
const STEPS_FOR_A_CURVE: u64 = 2_000;
const STEPS_FOR_A_SIGNATURE: u64 = 10_000;

/// A key that signs, and its PEM as a chart shows it.
pub(super) struct Key {
    pub(super) pair: KeyPair,
    pub(super) pem: String,
}

fn failed(error: &dyn std::fmt::Display) -> Error {
    Error::function(format!("error generating private key: {error}"))
}

/// What looking for an RSA key takes, by its bits.
fn steps_for_rsa(bits: usize) -> u64 {
    if bits > 2048 { 400_000 } else { 100_000 }
}

/// A new RSA key of that many bits, in PKCS #1.
pub(super) fn rsa_pem(bits: usize) -> Result<String> {
    effort::steps(steps_for_rsa(bits))?;
    // asked first, because the key generator takes no error from its source of chance
    entropy::bytes(1)?;
    let key = RsaPrivateKey::new(&mut UnwrapErr(getrandom::SysRng), bits).map_err(|error| failed(&error))?;
    let pem = key.to_pkcs1_pem(LineEnding::LF).map_err(|error| failed(&error))?;
    Ok(pem.to_string())
}

/// A new key on the curve P-256, in SEC 1.
pub(super) fn ecdsa_pem() -> Result<String> {
    effort::steps(STEPS_FOR_A_CURVE)?;
    // a random number is a key unless it is zero or above the curve's order, which hardly ever happens
    let key = loop {
        if let Ok(key) = SecretKey::from_slice(&entropy::bytes(32)?) {
            break key;
        }
    };
    let pem = key.to_sec1_pem(LineEnding::LF).map_err(|error| failed(&error))?;
    Ok(pem.to_string())
}

/// What stands in front of the 32 bytes of an Ed25519 key in PKCS #8.
const ED25519_PREFIX: [u8; 16] = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];

/// A new Ed25519 key, in PKCS #8.
pub(super) fn ed25519_pem() -> Result<String> {
    let der = [&ED25519_PREFIX[..], &entropy::bytes(32)?].concat();
    Ok(format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", STANDARD.encode(der)))
}

/// A new RSA key for a certificate.
pub(super) fn new_rsa() -> Result<Key> {
    read(&rsa_pem(2048)?)
}

/// The RSA key of this process for renderings that nobody uses. It is made when it is first asked for.
pub(super) fn throwaway_pem() -> Result<String> {
    static KEY: OnceLock<String> = OnceLock::new();
    if let Some(pem) = KEY.get() {
        return Ok(pem.clone());
    }
    let pem = rsa_pem(2048)?;
    Ok(KEY.get_or_init(|| pem).clone())
}

/// That key for a certificate.
pub(super) fn throwaway_rsa() -> Result<Key> {
    read(&throwaway_pem()?)
}

/// Reads a key in PKCS #1, SEC 1 or PKCS #8. It is read to sign something, which takes its time too.
pub(super) fn read(pem: &str) -> Result<Key> {
    effort::steps(STEPS_FOR_A_SIGNATURE)?;
    let unreadable = |error: &dyn std::fmt::Display| Error::function(format!("parsing private key: {error}"));
    if !pem.contains("-----BEGIN ") {
        return Err(unreadable(&"no PEM data in input"));
    }
    let repacked = if pem.contains("BEGIN RSA PRIVATE KEY") {
        let key = RsaPrivateKey::from_pkcs1_pem(pem).map_err(|error| unreadable(&error))?;
        key.to_pkcs8_pem(LineEnding::LF).map_err(|error| unreadable(&error))?.to_string()
    } else if pem.contains("BEGIN EC PRIVATE KEY") {
        let key = SecretKey::from_sec1_pem(pem).map_err(|error| unreadable(&error))?;
        key.to_pkcs8_pem(LineEnding::LF).map_err(|error| unreadable(&error))?.to_string()
    } else {
        pem.to_owned()
    };
    let pair = KeyPair::from_pem(&repacked).map_err(|error| unreadable(&error))?;
    Ok(Key { pair, pem: pem.to_owned() })
}
