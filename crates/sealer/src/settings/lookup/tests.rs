//! Secrets in files that age has encrypted: what is read, how often, and what is said when it cannot be.

use super::super::age_file::LONGEST_FILE;
use super::super::age_file::tests::{for_key, with_passphrase};
use super::*;
use age::armor::Format;
use age::secrecy::ExposeSecret as _;
use age::x25519::Identity;
use std::cell::RefCell;
use std::os::unix::fs::PermissionsExt as _;

const SOURCE: Source<'static> = Source { flag: "the secret A", variable: None, question: "A: " };
const NOBODY: Prompt<'static> = &|question| panic!("{question}");

/// A folder with files of secrets, and a key in it.
struct Folder {
    folder: tempfile::TempDir,
    key: Identity,
}

impl Folder {
    fn new() -> Self {
        let here = Self { folder: tempfile::tempdir().unwrap(), key: Identity::generate() };
        here.write("key.txt", here.key.to_string().expose_secret().as_bytes());
        here
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    fn seal(&self, name: &str, text: &str) {
        self.write(name, &for_key(&self.key, text.as_bytes(), Format::AsciiArmor));
    }

    /// The home of whoever looks, with further variables.
    fn environment(&self, variables: &[(&str, &str)]) -> Environment {
        let home = [("HOME", self.folder.path().to_str().unwrap())];
        Environment::of(&[variables, &home].concat())
    }
}

fn age(file: &str, key: Option<&str>) -> SecretPlace {
    SecretPlace::Age { file: format!("~/{file}"), key: key.map(str::to_owned) }
}

fn found(lookup: &mut Lookup<'_>, file: &str, key: Option<&str>) -> Result<String, String> {
    let found = lookup.fetched(&age(file, key), &SOURCE);
    found.map(|secret| secret.reveal().to_owned()).map_err(|failure| {
        let text = failure.text(false);
        assert!(!text.contains("hunter"), "{text}");
        text
    })
}

#[test]
fn one_file_has_all_secrets_and_is_opened_once() {
    let here = Folder::new();
    here.seal("secrets.age", "DB: hunter2\nTOKEN: 0012\n");
    let environment = here.environment(&[("SEALER_AGE_IDENTITY", "~/key.txt")]);
    let mut lookup = Lookup::new(&environment, NOBODY);
    assert_eq!(found(&mut lookup, "secrets.age", Some("DB")).as_deref(), Ok("hunter2"));
    fs::remove_file(here.folder.path().join("secrets.age")).unwrap();
    fs::remove_file(here.folder.path().join("key.txt")).unwrap();
    assert_eq!(found(&mut lookup, "secrets.age", Some("TOKEN")).as_deref(), Ok("0012"));
    assert_eq!(lookup.warnings, [""; 0]);
}

#[test]
fn a_passphrase_is_asked_for_once_or_comes_from_its_variable() {
    let here = Folder::new();
    here.write("secrets.age", &with_passphrase("sesame", 2, b"A: hunter2\nB: hunter3\n"));
    let asked = RefCell::new(Vec::new());
    let prompt = |question: &str| {
        asked.borrow_mut().push(question.to_owned());
        Ok("sesame".to_owned())
    };
    let terminal = Environment { interactive: true, ..here.environment(&[]) };
    let mut lookup = Lookup::new(&terminal, &prompt);
    assert_eq!(found(&mut lookup, "secrets.age", Some("A")).as_deref(), Ok("hunter2"));
    assert_eq!(found(&mut lookup, "secrets.age", Some("B")).as_deref(), Ok("hunter3"));
    assert_eq!(*asked.borrow(), [format!("Passphrase of {}/secrets.age: ", here.folder.path().display())]);
    let given = here.environment(&[("SEALER_AGE_PASSPHRASE", "sesame")]);
    assert_eq!(found(&mut Lookup::at_hand(&given), "secrets.age", Some("A")).as_deref(), Ok("hunter2"));
    let wrong = here.environment(&[("SEALER_AGE_PASSPHRASE", "hunter9")]);
    let text = found(&mut Lookup::new(&wrong, NOBODY), "secrets.age", Some("A")).unwrap_err();
    assert!(text.contains("secrets.age") && text.contains("another passphrase"), "{text}");
    let nobody = found(&mut Lookup::at_hand(&terminal), "secrets.age", Some("A")).unwrap_err();
    assert!(nobody.contains("nobody is asked") && nobody.contains("set SEALER_AGE_PASSPHRASE"), "{nobody}");
}

#[test]
fn a_file_of_keys_may_have_a_passphrase_and_others_should_not_read_it() {
    let here = Folder::new();
    here.seal("secrets.age", "hunter2\n");
    here.write("key.age", &with_passphrase("sesame", 2, here.key.to_string().expose_secret().as_bytes()));
    let locked = here.environment(&[("SEALER_AGE_IDENTITY", "~/key.age"), ("SEALER_AGE_PASSPHRASE", "sesame")]);
    assert_eq!(found(&mut Lookup::new(&locked, NOBODY), "secrets.age", None).as_deref(), Ok("hunter2"));
    let open = here.environment(&[("SEALER_AGE_IDENTITY", "~/key.txt")]);
    fs::set_permissions(here.folder.path().join("key.txt"), fs::Permissions::from_mode(0o644)).unwrap();
    let mut lookup = Lookup::new(&open, NOBODY);
    assert_eq!(found(&mut lookup, "secrets.age", None).as_deref(), Ok("hunter2"));
    assert!(lookup.warnings.len() == 1 && lookup.warnings[0].contains("key.txt"), "{:?}", lookup.warnings);
}

#[test]
fn what_is_wrong_is_said_with_line_file_cause_and_what_to_do() {
    let here = Folder::new();
    here.seal("secrets.age", "PASSWORD: hunter2\nTOKEN: hunter3\n");
    here.write("plain", b"hunter2");
    here.write("other.txt", Identity::generate().to_string().expose_secret().as_bytes());
    here.write("nokey.txt", b"hunter2\n");
    here.write("long.age", &vec![b' '; usize::try_from(LONGEST_FILE).unwrap() + 1]);
    let (right, wrong) = (Some("~/key.txt"), Some("~/other.txt"));
    let cases = [
        (right, "secrets.age", Some("PASWORD"), "no secret of the name PASWORD", "did you mean PASSWORD?"),
        (right, "secrets.age", None, "several lines", "key: NAME"),
        (wrong, "secrets.age", Some("TOKEN"), "for other keys", "other.txt"),
        (None, "secrets.age", Some("TOKEN"), "SEALER_AGE_IDENTITY is not set", "age-keygen"),
        (Some("~/nokey.txt"), "secrets.age", Some("TOKEN"), "line 1 is not a key", "AGE-SECRET-KEY-1"),
        (Some("~/gone.txt"), "secrets.age", Some("TOKEN"), "gone.txt", "No such file"),
        (right, "plain", None, "/plain", "not encrypted with age"),
        (right, "long.age", None, "long.age", "larger than any file of secrets"),
        (right, "gone.age", None, "gone.age", "No such file"),
    ];
    for (identity, file, key, cause, next) in cases {
        let variables: Vec<_> = identity.map(|path| ("SEALER_AGE_IDENTITY", path)).into_iter().collect();
        let environment = here.environment(&variables);
        let said = age(file, key);
        let mut lookup = Lookup::new(&environment, NOBODY).for_lines(&[(said, "Clusterfile:12".into())]);
        let text = found(&mut lookup, file, key).unwrap_err();
        for expected in ["Clusterfile:12", cause, next] {
            assert!(text.contains(expected), "{expected}: {text}");
        }
    }
}
