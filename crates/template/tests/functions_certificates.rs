//! Certificates, keys and what else differs each time: their shape, and that they fit together.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use sealer_template::{Result, Value, functions, print};
use x509_parser::prelude::{FromDer, GeneralName, Pem, X509Certificate};

fn call(name: &str, arguments: &[Value]) -> Result<Value> {
    functions::find(name).unwrap_or_else(|| panic!("no function {name}"))(arguments)
}

fn text(name: &str, arguments: &[Value]) -> String {
    print::print(&call(name, arguments).unwrap())
}

fn key(kind: &str) -> Value {
    call("genPrivateKey", &[Value::text(kind)]).unwrap()
}

/// A field of a certificate of a template.
fn member(certificate: &Value, name: &str) -> String {
    let Value::Object(object) = certificate else { panic!("{certificate:?}") };
    print::print(&object.member(name, &[]).unwrap().unwrap())
}

fn der(certificate: &Value) -> Vec<u8> {
    let pem = member(certificate, "Cert");
    Pem::iter_from_buffer(pem.as_bytes()).next().unwrap().unwrap().contents
}

#[test]
fn keys_come_in_the_forms_of_openssl() {
    assert!(print::print(&key("ecdsa")).starts_with("-----BEGIN EC PRIVATE KEY-----\n"));
    let ed25519 = print::print(&key("ed25519"));
    assert!(ed25519.starts_with("-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2Vw"), "{ed25519}");
    assert_eq!(print::print(&key("x")), "Unknown type x");
}

#[test]
fn an_authority_signs_what_its_key_proves() {
    let authority = call("genCAWithKey", &[Value::text("site"), Value::Int(10), key("ecdsa")]).unwrap();
    let addresses = Value::list(vec![Value::text("10.0.0.1")]);
    let names = Value::list(vec![Value::text("a.example")]);
    let request = [Value::text("web"), addresses, names, Value::Int(3), authority.clone(), key("ed25519")];
    let signed = call("genSignedCertWithKey", &request).unwrap();

    let (authority, signed) = (der(&authority), der(&signed));
    let (_, authority) = X509Certificate::from_der(&authority).unwrap();
    let (_, signed) = X509Certificate::from_der(&signed).unwrap();
    assert!(authority.is_ca());
    assert!(!signed.is_ca());
    assert_eq!(signed.subject().to_string(), "CN=web");
    assert_eq!(signed.issuer().to_string(), "CN=site");
    assert_eq!(signed.validity().not_after.timestamp() - signed.validity().not_before.timestamp(), 3 * 24 * 60 * 60);
    let alternatives = &signed.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert_eq!(alternatives[..], [GeneralName::IPAddress(&[10, 0, 0, 1]), GeneralName::DNSName("a.example")]);
    signed.verify_signature(Some(authority.public_key())).unwrap();
}

#[test]
fn a_certificate_keeps_the_key_it_was_given() {
    let given = key("ecdsa");
    let request = [Value::text("a"), Value::Nil, Value::Nil, Value::Int(1), given.clone()];
    let certificate = call("genSelfSignedCertWithKey", &request).unwrap();
    assert_eq!(member(&certificate, "Key"), print::print(&given));
    assert_eq!(text("typeOf", &[certificate]), "sprig.certificate");
}

#[test]
fn a_certificate_is_never_made_of_nonsense() {
    let no_address = Value::list(vec![Value::text("x")]);
    let refused = |days: i64, addresses: Value| {
        let request = [Value::text("a"), addresses, Value::Nil, Value::Int(days), key("ecdsa")];
        call("genSelfSignedCertWithKey", &request).unwrap_err().to_string()
    };
    assert_eq!(refused(1, no_address), "error parsing ip: x");
    assert_eq!(refused(i64::MAX, Value::Nil), "a certificate is valid for at most 2900000 days");
}

#[test]
fn what_is_encrypted_can_be_decrypted() {
    for plain in ["", "a", "sixteen letters!", "more than sixteen letters"] {
        let sealed = call("encryptAES", &[Value::text("key"), Value::text(plain)]).unwrap();
        assert_eq!(text("decryptAES", &[Value::text("key"), sealed]), plain);
    }
}

#[test]
fn passwords_are_hashed_and_derived() {
    let entry = text("htpasswd", &[Value::text("user"), Value::text("password")]);
    let hash = entry.strip_prefix("user:").unwrap();
    assert!(hash.starts_with("$2a$10$"), "{hash}");
    assert!(bcrypt::verify("password", hash).unwrap());
    let derived =
        [Value::Int(1), Value::text("long"), Value::text("password"), Value::text("user"), Value::text("example.com")];
    assert_eq!(text("derivePassword", &derived), "ZedaFaxcZaso9*");
}

#[test]
fn random_texts_have_their_length_and_letters() {
    for (name, letters) in [
        ("randAlphaNum", "^[0-9A-Za-z]*$"),
        ("randAlpha", "^[A-Za-z]*$"),
        ("randNumeric", "^[0-9]*$"),
        ("randAscii", "^[ -~]*$"),
    ] {
        let drawn = text(name, &[Value::Int(200)]);
        assert_eq!(drawn.len(), 200, "{name}");
        assert_eq!(text("regexMatch", &[Value::text(letters), Value::text(drawn.as_str())]), "true", "{name}: {drawn}");
        assert_ne!(drawn, text(name, &[Value::Int(200)]), "{name}");
    }
    let mut shuffled: Vec<char> = text("shuffle", &[Value::text("abcdef")]).chars().collect();
    shuffled.sort_unstable();
    assert_eq!(shuffled.into_iter().collect::<String>(), "abcdef");
    let id = text("uuidv4", &[]);
    assert_eq!((id.len(), &id[14..15]), (36, "4"), "{id}");
}
