//! Files that age has encrypted: bytes and keys go in, text comes out. Who has the keys is somebody else's business.

use crate::failure::Failure;
use age::armor::ArmoredReader;
use age::secrecy::SecretString;
use age::{DecryptError, Decryptor, Identity, scrypt, x25519};
use sealer_host::Secret;
use std::io::{BufReader, Read as _};

/// Longer than any list of secrets.
const LONGEST: u64 = 1024 * 1024;

/// What is read of a file before it is decrypted: as much as such a text can become, with armour.
pub(super) const LONGEST_FILE: u64 = 2 * LONGEST;

/// The most work for a passphrase, as a power of two: a gigabyte of memory. age itself takes 18.
const MOST_WORK: u8 = 20;

const BEGINNINGS: [&[u8]; 2] = [b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----"];

/// A file that is still encrypted.
pub(super) struct Sealed<'a>(Decryptor<ArmoredReader<BufReader<&'a [u8]>>>);

impl<'a> Sealed<'a> {
    /// Whether bytes are meant to be such a file.
    pub(super) fn is_meant(bytes: &[u8]) -> bool {
        BEGINNINGS.iter().any(|beginning| bytes.trim_ascii_start().starts_with(beginning))
    }

    /// Takes the bytes of a file, armoured or not.
    ///
    /// # Errors
    /// When age has not made them.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, Failure> {
        if !Self::is_meant(bytes) {
            return Err(Failure::failed("it is not encrypted with age").hint(
                "age -r PUBLIC-KEY -o FILE makes one; {file: PATH} takes a secret from a file that is readable",
            ));
        }
        Decryptor::new(ArmoredReader::new(bytes)).map(Self).map_err(|error| because(&error))
    }

    /// Whether a passphrase opens it, and no key.
    pub(super) fn wants_passphrase(&self) -> bool {
        self.0.is_scrypt()
    }

    /// The text in it.
    ///
    /// # Errors
    /// When it is another passphrase, or what it opens is no text of a sensible length.
    pub(super) fn with_passphrase(self, passphrase: &Secret) -> Result<Secret, Failure> {
        let mut identity = scrypt::Identity::new(SecretString::from(passphrase.reveal()));
        identity.set_max_work_factor(MOST_WORK);
        self.opened(&[identity])
    }

    /// The text in it.
    ///
    /// # Errors
    /// When it is for none of the keys, or what they open is no text of a sensible length.
    pub(super) fn with_keys(self, keys: &[x25519::Identity]) -> Result<Secret, Failure> {
        self.opened(keys)
    }

    fn opened<I: Identity>(self, identities: &[I]) -> Result<Secret, Failure> {
        let identities = identities.iter().map(|identity| -> &dyn Identity { identity });
        let reader = self.0.decrypt(identities).map_err(|error| because(&error))?;
        let mut bytes = Vec::new();
        reader.take(LONGEST + 1).read_to_end(&mut bytes).map_err(|_| damaged())?;
        if bytes.len() as u64 > LONGEST {
            return Err(Failure::failed("what it holds is longer than 1 MiB, and no list of secrets"));
        }
        let text = String::from_utf8(bytes).map_err(|_| Failure::failed("what it holds is not text"))?;
        Ok(Secret::new(text))
    }
}

/// The keys of a file that age-keygen has made.
///
/// # Errors
/// When a line is something else, which is named by its number.
pub(super) fn keys(text: &Secret) -> Result<Vec<x25519::Identity>, Failure> {
    let lines = text.reveal().lines().map(str::trim).enumerate();
    let said = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
    let key = |(number, line): (usize, &str)| {
        let failure = || Failure::failed(format!("line {} is not a key of age", number + 1));
        line.parse::<x25519::Identity>()
            .map_err(|_| failure().hint("keys begin with AGE-SECRET-KEY-1; age-keygen -o FILE makes one"))
    };
    let keys = said.map(key).collect::<Result<Vec<_>, Failure>>()?;
    if keys.is_empty() { Err(Failure::failed("there is no key in it")) } else { Ok(keys) }
}

fn because(error: &DecryptError) -> Failure {
    match error {
        DecryptError::NoMatchingKeys => Failure::failed("it is encrypted for other keys"),
        DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            Failure::failed("it is encrypted with another passphrase")
                .hint("give the right one at the terminal or in SEALER_AGE_PASSPHRASE")
        }
        DecryptError::ExcessiveWork { required, .. } => {
            let message =
                format!("its passphrase takes 2^{required} rounds of work; more than 2^{MOST_WORK} are not done");
            Failure::failed(message).hint("encrypt it again with age -p")
        }
        DecryptError::UnknownFormat => Failure::failed("it is in a format of age that this version does not know")
            .hint("age-encryption.org/v1 is known"),
        _ => damaged(),
    }
}

fn damaged() -> Failure {
    Failure::failed("it is damaged: it is not as age wrote it").hint("copy it again from where it was made")
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use age::armor::{ArmoredWriter, Format};
    use std::io::Write as _;

    /// What age makes of a text for a key.
    pub(crate) fn for_key(key: &x25519::Identity, text: &[u8], format: Format) -> Vec<u8> {
        let recipient = key.to_public();
        written(age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap(), text, format)
    }

    /// What age makes of a text with a passphrase.
    pub(crate) fn with_passphrase(passphrase: &str, work: u8, text: &[u8]) -> Vec<u8> {
        let mut recipient = scrypt::Recipient::new(passphrase.into());
        recipient.set_work_factor(work);
        let encryptor = age::Encryptor::with_recipients(std::iter::once(&recipient as _)).unwrap();
        written(encryptor, text, Format::Binary)
    }

    fn written(encryptor: age::Encryptor, text: &[u8], format: Format) -> Vec<u8> {
        let armoured = ArmoredWriter::wrap_output(Vec::new(), format).unwrap();
        let mut writer = encryptor.wrap_output(armoured).unwrap();
        writer.write_all(text).unwrap();
        writer.finish().unwrap().finish().unwrap()
    }

    fn open(bytes: &[u8], key: &x25519::Identity) -> Result<String, String> {
        let opened = Sealed::of(bytes).and_then(|sealed| sealed.with_keys(std::slice::from_ref(key)));
        opened.map(|text| text.reveal().to_owned()).map_err(|failure| failure.causes.join(": "))
    }

    #[test]
    fn both_forms_open_with_their_key_and_no_other() {
        let (key, other) = (x25519::Identity::generate(), x25519::Identity::generate());
        for format in [Format::Binary, Format::AsciiArmor] {
            let bytes = for_key(&key, b"hunter2", format);
            assert!(!Sealed::of(&bytes).unwrap().wants_passphrase());
            assert_eq!(open(&bytes, &key).as_deref(), Ok("hunter2"));
            assert_eq!(open(&bytes, &other).unwrap_err(), "it is encrypted for other keys");
        }
    }

    #[test]
    fn a_passphrase_opens_what_was_made_with_it_and_too_much_work_is_refused() {
        let bytes = with_passphrase("open sesame", 2, b"hunter2");
        let open =
            |bytes: &[u8], passphrase: &str| Sealed::of(bytes).unwrap().with_passphrase(&Secret::new(passphrase));
        assert!(Sealed::of(&bytes).unwrap().wants_passphrase());
        assert_eq!(open(&bytes, "open sesame").unwrap().reveal(), "hunter2");
        assert_eq!(open(&bytes, "hunter3").unwrap_err().causes, ["it is encrypted with another passphrase"]);
        // the header says how much work it is, and is read before anything is done
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let (stanza, _) = text.split_once('\n').map(|(_, rest)| rest.split_once('\n').unwrap()).unwrap();
        let heavier = format!("{} 30", stanza.strip_suffix(" 2").unwrap());
        let at = bytes.windows(stanza.len()).position(|it| it == stanza.as_bytes()).unwrap();
        let bytes = [&bytes[..at], heavier.as_bytes(), &bytes[at + stanza.len()..]].concat();
        assert!(open(&bytes, "open sesame").unwrap_err().causes[0].contains("2^30"));
    }

    #[test]
    fn what_is_no_such_file_or_damaged_or_too_long_is_told() {
        let key = x25519::Identity::generate();
        assert!(open(b"hunter2", &key).unwrap_err().contains("not encrypted with age"));
        assert!(open(b"", &key).unwrap_err().contains("not encrypted with age"));
        assert!(open(b"age-encryption.org/v9\n", &key).is_err());
        let whole = for_key(&key, b"hunter2", Format::Binary);
        for length in [22, 60, whole.len() - 1] {
            assert!(open(&whole[..length], &key).unwrap_err().contains("damaged"), "{length}");
        }
        let mut changed = whole.clone();
        *changed.last_mut().unwrap() ^= 1;
        assert!(open(&changed, &key).unwrap_err().contains("damaged"));
        let longest = usize::try_from(LONGEST).unwrap();
        assert_eq!(open(&for_key(&key, &vec![b'a'; longest], Format::AsciiArmor), &key).unwrap().len(), longest);
        let longer = for_key(&key, &vec![b'a'; longest + 1], Format::Binary);
        assert!(open(&longer, &key).unwrap_err().contains("longer than 1 MiB"));
        assert!(open(&for_key(&key, &[0xff], Format::Binary), &key).unwrap_err().contains("not text"));
    }

    #[test]
    fn keys_are_those_of_age_keygen_and_a_line_that_is_none_is_not_shown() {
        use age::secrecy::ExposeSecret as _;
        let key = x25519::Identity::generate().to_string();
        let text = format!("# created: today\n# public key: age1...\n{}\n\n", key.expose_secret());
        assert_eq!(keys(&Secret::new(text)).map(|keys| keys.len()).ok(), Some(1));
        for (text, expected) in [("# x\nhunter2\n", "line 2 is not a key of age"), ("#\n", "there is no key in it")] {
            let failure = keys(&Secret::new(text)).err().unwrap();
            assert_eq!(failure.causes, [expected]);
        }
    }
}
