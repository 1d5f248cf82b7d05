//! The signature of a report: ed25519 over the bytes of the file, 64 bytes beside it, so that `openssl pkeyutl -verify -rawin` can check
//! it, too.

use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use rustls::SignatureScheme;
use rustls::crypto::ring::{default_provider, sign::any_eddsa_type};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{PrivateKeyDer, SubjectPublicKeyInfoDer};
use std::path::{Path, PathBuf};

/// What every public key of this kind begins with, before its 32 bytes (RFC 8410).
const PUBLIC_KEY: [u8; 12] = [0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00];

/// Where the signature of a file lies.
pub(super) fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// The signature of a text.
///
/// # Errors
/// When the key cannot be read or is of another kind.
pub(super) fn sign(text: &[u8], key: &Path) -> Result<Vec<u8>, Failure> {
    let unfit = || unfit(key, "a private key (ed25519, PKCS#8 in PEM)", "openssl genpkey -algorithm ed25519 makes one");
    let parsed = PrivateKeyDer::from_pem_slice(&read(key)?).map_err(|_| unfit())?;
    let signer = any_eddsa_type(&key_of(parsed).ok_or_else(unfit)?).map_err(|_| unfit())?;
    let signer = signer_of(signer.as_ref()).ok_or_else(unfit)?;
    signer.sign(text).map_err(|error| Failure::of(error).within("cannot sign the report".to_owned()))
}

fn key_of(key: PrivateKeyDer<'static>) -> Option<rustls::pki_types::PrivatePkcs8KeyDer<'static>> {
    match key {
        PrivateKeyDer::Pkcs8(key) => Some(key),
        _ => None,
    }
}

fn signer_of(key: &dyn rustls::sign::SigningKey) -> Option<Box<dyn rustls::sign::Signer>> {
    key.choose_scheme(&[SignatureScheme::ED25519])
}

/// Verifies a file's signature and says so.
///
/// # Errors
/// When a file cannot be read, or the signature is not this key's of this file.
pub(super) fn verify(file: &Path, key: &Path) -> Result<(), Failure> {
    let unfit = || unfit(key, "a public key (ed25519, PEM)", "openssl pkey -in KEY -pubout makes one of a private key");
    let public = SubjectPublicKeyInfoDer::from_pem_slice(&read(key)?).map_err(|_| unfit())?;
    let public = public.strip_prefix(&PUBLIC_KEY).ok_or_else(unfit)?.to_vec();
    let signature = beside(file);
    if !is_good(&public, &read(file)?, &read(&signature)?) {
        let text = format!("{} is not the signature of {} by this key", signature.display(), file.display());
        let failure = Failure { kind: Exit::ProblemsFound, ..Failure::failed(text) };
        return Err(failure.hint("the file was changed after it was signed, or somebody else signed it"));
    }
    output::print(format!("{} is as it was signed\n", file.display()))
}

fn is_good(public: &[u8], text: &[u8], signature: &[u8]) -> bool {
    let provider = default_provider();
    let mapping = provider.signature_verification_algorithms.mapping;
    let algorithms = mapping.iter().find(|(scheme, _)| *scheme == SignatureScheme::ED25519).map(|(_, all)| *all);
    algorithms.into_iter().flatten().any(|algorithm| algorithm.verify_signature(public, text, signature).is_ok())
}

fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| Failure::of(error).within(format!("cannot read {}", path.display())))
}

fn unfit(path: &Path, wanted: &str, hint: &str) -> Failure {
    Failure::failed(format!("{} is not {wanted}", path.display())).hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    /// Of RFC 8410, section 10.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn a_signature_holds_for_this_file_and_this_key_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let (report, private, public) = (path("r.html"), path("k.pem"), path("p.pem"));
        fs::write(&private, PRIVATE).unwrap();
        fs::write(&public, PUBLIC).unwrap();
        fs::write(&report, "all is well").unwrap();
        let signature = sign(b"all is well", &private).unwrap();
        assert_eq!(signature.len(), 64);
        fs::write(beside(&report), &signature).unwrap();
        verify(&report, &public).unwrap();
        fs::write(&report, "all is swell").unwrap();
        let failure = verify(&report, &public).unwrap_err();
        assert_eq!(failure.kind, Exit::ProblemsFound);
        assert!(sign(b"", &public).is_err() && verify(&report, &private).is_err());
        let missing = sign(b"", &path("none")).unwrap_err();
        assert!(missing.causes.concat().contains("none"), "{missing:?}");
    }
}
