//! Certificates and keys that a chart makes while it is rendered.

use std::any::Any;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer,
    KeyUsagePurpose, SanType, SerialNumber,
};

use super::arguments::{exactly, int, items, text, wrong_type};
use super::keys::{self, Key};
use super::{Table, entropy};
use crate::error::{Error, Result};
use crate::value::{Object, Value};

pub(super) const TABLE: Table = &[
    ("genPrivateKey", |arguments| private_key(arguments, keys::rsa_pem)),
    ("genCA", |arguments| new_authority(arguments, keys::new_rsa)),
    ("genCAWithKey", |arguments| {
        let [name, days, key] = exactly("genCAWithKey", arguments)?;
        authority(name, days, keys::read(text(key)?)?)
    }),
    ("genSelfSignedCert", |arguments| new_self_signed(arguments, keys::new_rsa)),
    ("genSelfSignedCertWithKey", |arguments| {
        let [name, addresses, names, days, key] = exactly("genSelfSignedCertWithKey", arguments)?;
        let pem = text(key)?;
        self_signed(&Request::read(name, addresses, names, days)?, || keys::read(pem))
    }),
    ("genSignedCert", |arguments| new_signed(arguments, keys::new_rsa)),
    ("genSignedCertWithKey", |arguments| {
        let [name, addresses, names, days, signer, key] = exactly("genSignedCertWithKey", arguments)?;
        let pem = text(key)?;
        signed(&Request::read(name, addresses, names, days)?, signer, || keys::read(pem))
    }),
    ("buildCustomCert", custom),
];

/// The functions that make keys, with one RSA key for all of them. Most of the time that charts take goes into keys, and who only looks
/// for something in a rendering needs none.
pub(super) const THROWAWAY: Table = &[
    ("genPrivateKey", |arguments| private_key(arguments, |_| keys::throwaway_pem())),
    ("genCA", |arguments| new_authority(arguments, keys::throwaway_rsa)),
    ("genSelfSignedCert", |arguments| new_self_signed(arguments, keys::throwaway_rsa)),
    ("genSignedCert", |arguments| new_signed(arguments, keys::throwaway_rsa)),
];

type NewKey = fn() -> Result<Key>;

fn new_authority(arguments: &[Value], key: NewKey) -> Result<Value> {
    let [name, days] = exactly("genCA", arguments)?;
    authority(name, days, key()?)
}

fn new_self_signed(arguments: &[Value], key: NewKey) -> Result<Value> {
    let [name, addresses, names, days] = exactly("genSelfSignedCert", arguments)?;
    self_signed(&Request::read(name, addresses, names, days)?, key)
}

fn new_signed(arguments: &[Value], key: NewKey) -> Result<Value> {
    let [name, addresses, names, days, signer] = exactly("genSignedCert", arguments)?;
    signed(&Request::read(name, addresses, names, days)?, signer, key)
}

/// A certificate and its key, both PEM.
#[derive(Debug)]
struct Certificate {
    certificate: String,
    key: String,
}

impl Certificate {
    fn value(certificate: String, key: String) -> Value {
        Value::Object(Rc::new(Self { certificate, key }))
    }
}

impl Object for Certificate {
    fn type_name(&self) -> &str {
        "sprig.certificate"
    }

    fn member(&self, name: &str, _: &[Value]) -> Option<Result<Value>> {
        match name {
            "Cert" => Some(Ok(Value::text(self.certificate.as_str()))),
            "Key" => Some(Ok(Value::text(self.key.as_str()))),
            _ => None,
        }
    }

    fn print(&self) -> String {
        format!("{{{} {}}}", self.certificate, self.key)
    }

    fn data(&self) -> Value {
        Value::map([
            ("Cert".to_owned(), Value::text(self.certificate.as_str())),
            ("Key".to_owned(), Value::text(self.key.as_str())),
        ])
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// What a certificate is to say.
struct Request<'a> {
    name: &'a str,
    alternatives: Vec<SanType>,
    days: i64,
}

impl<'a> Request<'a> {
    fn read(name: &'a Value, addresses: &Value, names: &Value, days: &Value) -> Result<Self> {
        let mut alternatives = Vec::new();
        for address in items(addresses)? {
            let Value::Text(text) = address else {
                return Err(Error::function(format!(
                    "error parsing ip: {} is not a string",
                    crate::print::print(address)
                )));
            };
            let address: IpAddr = text.parse().map_err(|_| Error::function(format!("error parsing ip: {text}")))?;
            alternatives.push(SanType::IpAddress(address));
        }
        for name in items(names)? {
            let Value::Text(text) = name else {
                let found = crate::print::print(name);
                return Err(Error::function(format!("error processing alternate dns name: {found} is not a string")));
            };
            let name = text.to_string().try_into().map_err(|error: rcgen::Error| Error::function(error.to_string()))?;
            alternatives.push(SanType::DnsName(name));
        }
        Ok(Self { name: text(name)?, alternatives, days: int(days)? })
    }

    fn parameters(&self) -> Result<CertificateParams> {
        let mut parameters = CertificateParams::default();
        let mut subject = DistinguishedName::new();
        subject.push(DnType::CommonName, self.name);
        parameters.distinguished_name = subject;
        parameters.subject_alt_names.clone_from(&self.alternatives);
        let mut serial = entropy::bytes(16)?;
        // a positive number
        serial[0] &= 0x7F;
        parameters.serial_number = Some(SerialNumber::from(serial));
        let (start, end) = validity(self.days)?;
        parameters.not_before = start.into();
        parameters.not_after = end.into();
        parameters.is_ca = IsCa::ExplicitNoCa;
        parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature, KeyUsagePurpose::KeyEncipherment];
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth];
        Ok(parameters)
    }
}

/// The most days that a certificate may be valid; a date has four digits for its year.
const MOST_DAYS: u64 = 2_900_000;
const DAY: u64 = 24 * 60 * 60;

fn validity(days: i64) -> Result<(SystemTime, SystemTime)> {
    if days.unsigned_abs() > MOST_DAYS {
        return Err(Error::function(format!("a certificate is valid for at most {MOST_DAYS} days")));
    }
    let start = SystemTime::from(entropy::now().timestamp());
    let span = Duration::from_secs(days.unsigned_abs() * DAY);
    let end = if days < 0 { start.checked_sub(span) } else { start.checked_add(span) };
    end.map(|end| (start, end)).ok_or_else(|| Error::function("the certificate's end is no date"))
}

fn creating(error: rcgen::Error) -> Error {
    Error::function(format!("error creating certificate: {error}"))
}

fn private_key(arguments: &[Value], rsa: fn(usize) -> Result<String>) -> Result<Value> {
    let [kind] = exactly("genPrivateKey", arguments)?;
    Ok(Value::text(match &**text(kind)? {
        "" | "rsa" => rsa(4096)?,
        "ecdsa" => keys::ecdsa_pem()?,
        "ed25519" => keys::ed25519_pem()?,
        "dsa" => {
            return Err(Error::function("genPrivateKey: DSA keys are obsolete and not made; use ecdsa or ed25519"));
        }
        other => format!("Unknown type {other}"),
    }))
}

fn authority(name: &Value, days: &Value, key: Key) -> Result<Value> {
    let request = Request { name: text(name)?, alternatives: Vec::new(), days: int(days)? };
    let mut parameters = request.parameters()?;
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages.push(KeyUsagePurpose::KeyCertSign);
    let certificate = parameters.self_signed(&key.pair).map_err(creating)?;
    Ok(Certificate::value(certificate.pem(), key.pem))
}

fn self_signed(request: &Request<'_>, key: impl FnOnce() -> Result<Key>) -> Result<Value> {
    let key = key()?;
    let certificate = request.parameters()?.self_signed(&key.pair).map_err(creating)?;
    Ok(Certificate::value(certificate.pem(), key.pem))
}

fn signed(request: &Request<'_>, signer: &Value, key: impl FnOnce() -> Result<Key>) -> Result<Value> {
    let signer_certificate = match signer {
        Value::Object(object) => object.as_any().downcast_ref::<Certificate>(),
        _ => None,
    };
    let signer = signer_certificate.ok_or_else(|| wrong_type("sprig.certificate", signer))?;
    let signer_key = keys::read(&signer.key)?;
    let issuer = Issuer::from_ca_cert_pem(&signer.certificate, signer_key.pair).map_err(creating)?;
    let key = key()?;
    let mut parameters = request.parameters()?;
    parameters.use_authority_key_identifier_extension = true;
    let certificate = parameters.signed_by(&key.pair, &issuer).map_err(creating)?;
    Ok(Certificate::value(certificate.pem(), key.pem))
}

/// A certificate and key that the chart brings, base64 of PEM.
fn custom(arguments: &[Value]) -> Result<Value> {
    let [certificate, key] = exactly("buildCustomCert", arguments)?;
    let decode = |value: &Value, what: &str| {
        let bytes = STANDARD.decode(&**text(value)?).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        bytes.ok_or_else(|| Error::function(format!("unable to decode base64 {what}")))
    };
    let (certificate, key) = (decode(certificate, "certificate")?, decode(key, "private key")?);
    if !certificate.contains("-----BEGIN CERTIFICATE-----") {
        return Err(Error::function("unable to decode certificate"));
    }
    keys::read(&key)?;
    Ok(Certificate::value(certificate, key))
}
