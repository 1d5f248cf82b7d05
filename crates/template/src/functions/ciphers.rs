//! AES as Sprig uses it, and passwords derived by the Master Password algorithm.

use aes::Aes256;
use aes::cipher::block_padding::{NoPadding, Pkcs7};
use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, KeyIvInit};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::arguments::{exactly, text, wrong_type};
use super::encoding::problem;
use super::{Table, entropy};
use crate::effort;
use crate::error::{Error, Result};
use crate::raw;
use crate::value::Value;

pub(super) const TABLE: Table =
    &[("encryptAES", encrypt), ("decryptAES", decrypt), ("derivePassword", derive_password)];

const BLOCK: usize = 16;

/// A password cut or filled up to a key.
fn key(password: &str) -> [u8; 32] {
    let mut key = [0; 32];
    let password = raw::bytes(password);
    let length = password.len().min(key.len());
    key[..length].copy_from_slice(&password[..length]);
    key
}

fn encrypt(arguments: &[Value]) -> Result<Value> {
    let [password, plain] = exactly("encryptAES", arguments)?;
    let vector: [u8; BLOCK] =
        entropy::bytes(BLOCK)?.try_into().map_err(|_| Error::function("no initialization vector"))?;
    let encryptor = cbc::Encryptor::<Aes256>::new(&key(text(password)?).into(), &vector.into());
    let sealed = encryptor.encrypt_padded_vec::<Pkcs7>(&raw::bytes(text(plain)?));
    Ok(Value::text(STANDARD.encode([&vector[..], &sealed].concat())))
}

fn decrypt(arguments: &[Value]) -> Result<Value> {
    let [password, sealed] = exactly("decryptAES", arguments)?;
    let sealed = text(sealed)?;
    let sealed = STANDARD.decode(&**sealed).map_err(|error| Error::function(problem(sealed, &error)))?;
    let too_short = || {
        let length = sealed.len();
        Error::function(format!("runtime error: slice bounds out of range [:{BLOCK}] with capacity {length}"))
    };
    let (vector, sealed) = sealed.split_first_chunk::<BLOCK>().ok_or_else(too_short)?;
    let decryptor = cbc::Decryptor::<Aes256>::new(&key(text(password)?).into(), &(*vector).into());
    let padded = decryptor.decrypt_padded_vec::<NoPadding>(sealed);
    let padded = padded.map_err(|_| Error::function("crypto/cipher: input not full blocks"))?;
    let padding = usize::from(padded.last().copied().unwrap_or(0));
    let plain = padded.get(..padded.len().saturating_sub(padding)).unwrap_or_default();
    Ok(Value::text(raw::text(plain)))
}

const VOWELS: &str = "aeiou";
const CONSONANTS: &str = "bcdfghjklmnpqrstvwxyz";

/// The templates of a password's characters.
fn templates(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "maximum" => &["anoxxxxxxxxxxxxxxxxx", "axxxxxxxxxxxxxxxxxno"],
        "long" => &[
            "CvcvnoCvcvCvcv",
            "CvcvCvcvnoCvcv",
            "CvcvCvcvCvcvno",
            "CvccnoCvcvCvcv",
            "CvccCvcvnoCvcv",
            "CvccCvcvCvcvno",
            "CvcvnoCvccCvcv",
            "CvcvCvccnoCvcv",
            "CvcvCvccCvcvno",
            "CvcvnoCvcvCvcc",
            "CvcvCvcvnoCvcc",
            "CvcvCvcvCvccno",
            "CvccnoCvccCvcv",
            "CvccCvccnoCvcv",
            "CvccCvccCvcvno",
            "CvcvnoCvccCvcc",
            "CvcvCvccnoCvcc",
            "CvcvCvccCvccno",
            "CvccnoCvcvCvcc",
            "CvccCvcvnoCvcc",
            "CvccCvcvCvccno",
        ],
        "medium" => &["CvcnoCvc", "CvcCvcno"],
        "short" => &["Cvcn"],
        "basic" => &["aaanaaan", "aannaaan", "aaannaaa"],
        "pin" => &["nnnn"],
        _ => return None,
    })
}

/// The characters that a letter of a template stands for.
fn characters(letter: char) -> String {
    let upper = |text: &str| text.to_uppercase();
    match letter {
        'V' => upper(VOWELS),
        'C' => upper(CONSONANTS),
        'v' => VOWELS.to_owned(),
        'c' => CONSONANTS.to_owned(),
        'A' => upper(VOWELS) + &upper(CONSONANTS),
        'a' => format!("{}{VOWELS}{}{CONSONANTS}", upper(VOWELS), upper(CONSONANTS)),
        'n' => "0123456789".to_owned(),
        'o' => "@&%?,=[]_:-+*$#!'^~;()/.".to_owned(),
        _ => format!("{}{VOWELS}{}{CONSONANTS}0123456789!@#$%^&*()", upper(VOWELS), upper(CONSONANTS)),
    }
}

/// What deriving a key takes.
const STEPS_FOR_SCRYPT: u64 = 400_000;

const SCOPE: &[u8] = b"com.lyndir.masterpassword";

fn derive_password(arguments: &[Value]) -> Result<Value> {
    let [counter, kind, password, user, site] = exactly("derivePassword", arguments)?;
    let Value::Int(counter) = counter else { return Err(wrong_type("uint32", counter)) };
    let counter = u32::try_from(*counter).map_err(|_| Error::function("a counter is a number below 4294967296"))?;
    let kind = text(kind)?;
    let Some(templates) = templates(kind) else {
        return Ok(Value::text(format!("cannot find password template {kind}")));
    };
    let [password, user, site] = [text(password)?, text(user)?, text(site)?].map(|text| raw::bytes(text));
    let failed = |error: &dyn std::fmt::Display| Error::function(format!("failed to derive password: {error}"));
    effort::steps(STEPS_FOR_SCRYPT)?;
    let parameters = scrypt::Params::new(15, 8, 2).map_err(|error| failed(&error))?;
    let salt = [SCOPE, &length(&user), &user].concat();
    let mut key = [0; 64];
    scrypt::scrypt(&password, &salt, &parameters, &mut key).map_err(|error| failed(&error))?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).map_err(|error| failed(&error))?;
    mac.update(&[SCOPE, &length(&site), &site, &counter.to_be_bytes()].concat());
    let seed = mac.finalize().into_bytes();
    let template = templates[usize::from(seed[0]) % templates.len()];
    let pick = |(letter, byte): (char, &u8)| {
        let choices = characters(letter);
        choices.chars().nth(usize::from(*byte) % choices.len())
    };
    Ok(Value::text(template.chars().zip(&seed[1..]).filter_map(pick).collect::<String>()))
}

fn length(bytes: &[u8]) -> [u8; 4] {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes()
}
