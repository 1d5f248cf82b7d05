//! Checksums, and passwords that are made of other texts.

use bcrypt::Version;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};

use super::Table;
use super::arguments::{exactly, text};
use super::entropy;
use super::strings::map_one;
use crate::effort;
use crate::error::{Error, Result};
use crate::raw;
use crate::value::Value;

pub(super) const TABLE: Table = &[
    ("sha1sum", |arguments| map_one("sha1sum", arguments, |text| hex(&Sha1::digest(raw::bytes(text))))),
    ("sha256sum", |arguments| map_one("sha256sum", arguments, |text| hex(&Sha256::digest(raw::bytes(text))))),
    ("sha512sum", |arguments| map_one("sha512sum", arguments, |text| hex(&Sha512::digest(raw::bytes(text))))),
    ("adler32sum", |arguments| map_one("adler32sum", arguments, |text| adler32(&raw::bytes(text)).to_string())),
    ("bcrypt", |arguments| Ok(Value::text(hashed(text(&exactly::<1>("bcrypt", arguments)?[0])?)?))),
    ("htpasswd", htpasswd),
];

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn adler32(bytes: &[u8]) -> u32 {
    const MODULUS: u32 = 65_521;
    let step = |(low, high): (u32, u32), byte: &u8| {
        let low = (low + u32::from(*byte)) % MODULUS;
        (low, (high + low) % MODULUS)
    };
    let (low, high) = bytes.iter().fold((1, 0), step);
    high << 16 | low
}

/// The strength that Go's library takes by default.
const COST: u32 = 10;

/// What that takes.
const STEPS_FOR_BCRYPT: u64 = 200_000;

fn hashed(password: &str) -> Result<String> {
    let password = raw::bytes(password);
    let failed =
        |error: &dyn std::fmt::Display| Error::function(format!("failed to encrypt string with bcrypt: {error}"));
    if password.len() > 72 {
        return Err(failed(&"bcrypt: password length exceeds 72 bytes"));
    }
    effort::steps(STEPS_FOR_BCRYPT)?;
    let salt: [u8; 16] = entropy::bytes(16)?.try_into().map_err(|_| failed(&"no salt"))?;
    let parts = bcrypt::hash_with_salt(password, COST, salt).map_err(|error| failed(&error))?;
    Ok(parts.format_for_version(Version::TwoA))
}

fn htpasswd(arguments: &[Value]) -> Result<Value> {
    let [user, password] = exactly("htpasswd", arguments)?;
    let (user, password) = (text(user)?, text(password)?);
    if user.contains(':') {
        return Ok(Value::text(format!("invalid username: {user}")));
    }
    Ok(Value::text(format!("{user}:{}", hashed(password)?)))
}
