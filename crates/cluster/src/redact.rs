//! Text without secrets, for what leaves a site: logs, states and configuration in a support bundle. It looks at names and shapes and not
//! at meanings, so it takes away too much rather than too little; what it took away is counted.

use regex::{Captures, Regex};
use serde_json::Value;

/// What stands in the place of a secret.
pub const REMOVED: &str = "<removed>";

/// Parts of names whose values are secrets.
const PARTS: [&str; 18] = [
    "passw",
    "passphrase",
    "pwd",
    "encryptionkey",
    "signingkey",
    "masterkey",
    "secret",
    "token",
    "credential",
    "apikey",
    "api_key",
    "api-key",
    "accesskey",
    "access_key",
    "access-key",
    "private_key",
    "privatekey",
    "authorization",
];

/// Whole names of the same kind.
const NAMES: [&str; 7] =
    ["auth", "pass", "pk", "client-key-data", "clientkeydata", "certificatekey", "certificate-key"];

/// Ends of names of the same kind: `DB_PASS`, `rootpass`, `ENCRYPTION_KEY`, `hmac-key`.
const ENDS: [&str; 3] = ["pass", "_key", "-key"];

/// Names that look alike and mean something else.
const HARMLESS: [&str; 8] =
    ["bypass", "compass", "public_key", "public-key", "secrets", "imagepullsecrets", "primary_key", "foreign_key"];

/// Ends of names that only say where a secret is, or how it is handled.
const HARMLESS_ENDS: [&str; 9] = ["name", "names", "ref", "file", "path", "seconds", "type", "dir", "version"];

/// Secrets that are shorter would take half of every text with them.
const SHORTEST_KNOWN: usize = 4;

/// Takes secrets out of texts.
pub struct Redactor {
    known: Vec<String>,
    patterns: Vec<(Regex, &'static str)>,
    pair: Regex,
    flag: Regex,
    listed_flag: Regex,
    named_value: Regex,
}

/// Not the secrets that it knows.
impl std::fmt::Debug for Redactor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Redactor").finish_non_exhaustive()
    }
}

/// A text without secrets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted {
    /// What is left.
    pub text: String,
    /// How many secrets were taken out.
    pub removed: usize,
}

impl Redactor {
    /// One that knows these secrets by heart, beside all that look like one.
    #[must_use]
    pub fn new(known: impl IntoIterator<Item = String>) -> Self {
        let mut known: Vec<String> = known.into_iter().filter(|it| it.chars().count() >= SHORTEST_KNOWN).collect();
        // the longest first: one may hold another
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        let regex = |text: &str| Regex::new(text).expect("the pattern is a constant, and a test compiles it");
        let patterns = vec![
            (regex(r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\z)"), REMOVED),
            // the same in base64, as kubeconfigs have it: "-----BEGIN RSA PRIV", "-----BEGIN PRIVATE", "-----BEGIN EC PRIVA"
            (regex(r"LS0tLS1CRUdJTi[A-Za-z0-9+/]*(?:UFJJVkFURS|QUklWQVRF|BSSVZBVE)[A-Za-z0-9+/=]*"), REMOVED),
            (regex(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"), REMOVED),
            (regex(r"\b[a-z0-9]{6}\.[a-z0-9]{16}\b"), REMOVED),
            (regex(r"(?i)\b(bearer|basic)\s+[A-Za-z0-9+/_.=~-]{6,}"), "$1 <removed>"),
            (regex(r#"(?i)\b([a-z][a-z0-9+.-]*://[^/\s:@"']*):[^/\s@"']+@"#), "$1:<removed>@"),
        ];
        Self {
            known,
            patterns,
            pair: regex(
                r#"(?x) (?P<name> [A-Za-z_][A-Za-z0-9_.-]* ) (?P<mark> \\?["']? \s* [:=] \s* )
                   (?P<value> \\?"(?:[^"\\]|\\[^"])*\\?" | '(?:[^'])*' | [^\s,;&}\]{\[][^\s,;&}\]]* )"#,
            ),
            flag: regex(r"(?P<name>--?[A-Za-z][A-Za-z0-9-]*)(?P<mark>\s+)(?P<value>[^\s-][^\s]*)"),
            // arguments as lists have them: `"--password", "x"`, and `- --password` with `- x` in the next line
            listed_flag: regex(
                r#"(?P<name>--?[A-Za-z][A-Za-z0-9-]*)(?P<mark>\\?["']?(?:\s*,\s*|[ \t]*\n[ \t]*-[ \t]+))(?P<value>\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s,\]"'-][^\s,\]]*)"#,
            ),
            named_value: regex(
                r#"(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)(?P<mark>\\?["']?\s*,?\s*\\?["']?value\\?["']?\s*:\s*)(?P<value>\\?"(?:[^"\\]|\\[^"])*\\?"|'[^']*'|[^\s,}]+)"#,
            ),
        }
    }

    /// A text without the secrets that are known, whatever else in it looks like one.
    #[must_use]
    pub fn without_known(&self, text: &str) -> String {
        self.known.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), REMOVED))
    }

    /// A text without what is or looks like a secret.
    #[must_use]
    pub fn text(&self, text: &str) -> Redacted {
        let mut removed = 0;
        let mut text = text.to_owned();
        for secret in &self.known {
            removed += text.matches(secret.as_str()).count();
            text = text.replace(secret.as_str(), REMOVED);
        }
        for (pattern, instead) in &self.patterns {
            removed += pattern.find_iter(&text).count();
            text = pattern.replace_all(&text, *instead).into_owned();
        }
        for pattern in [&self.named_value, &self.pair, &self.listed_flag, &self.flag] {
            text = pattern.replace_all(&text, |found: &Captures<'_>| replaced(found, &mut removed)).into_owned();
        }
        Redacted { text, removed }
    }

    /// A document without them: the data of Kubernetes' secrets goes whole, the rest by its names.
    #[must_use]
    pub fn json(&self, mut value: Value) -> (Value, usize) {
        let mut removed = 0;
        self.walk(&mut value, &mut removed);
        (value, removed)
    }

    fn walk(&self, value: &mut Value, removed: &mut usize) {
        match value {
            Value::Object(fields) => {
                let is_secret = fields.get("kind").and_then(Value::as_str) == Some("Secret");
                let named = fields.get("name").and_then(Value::as_str).is_some_and(sounds_secret);
                for (name, value) in fields.iter_mut() {
                    let whole = is_secret && ["data", "stringData"].contains(&name.as_str());
                    let hides = value.is_string() && (sounds_secret(name) || (named && name == "value"));
                    if whole || hides {
                        *value = Value::from(REMOVED);
                        *removed += 1;
                    } else {
                        self.walk(value, removed);
                    }
                }
            }
            Value::Array(items) => {
                let mut is_next = false;
                for item in items {
                    let flag = item.as_str().is_some_and(|text| text.starts_with('-') && sounds_secret(text));
                    if is_next && item.is_string() {
                        *item = Value::from(REMOVED);
                        *removed += 1;
                    }
                    is_next = flag;
                    self.walk(item, removed);
                }
            }
            Value::String(text) => {
                let redacted = self.text(text);
                *removed += redacted.removed;
                *text = redacted.text;
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }
}

/// The same pair with the value taken out, where the name says that it is a secret.
fn replaced(found: &Captures<'_>, removed: &mut usize) -> String {
    let (name, mark, value) = (&found["name"], &found["mark"], &found["value"]);
    let nothing = ["", "\"\"", "''", "null", "true", "false", "{", "[", "|", "{}", "[]", ">", REMOVED];
    if !sounds_secret(name) || nothing.contains(&value) || value.starts_with(['{', '[']) || value.contains(REMOVED) {
        return found[0].to_owned();
    }
    *removed += 1;
    let quote = ["\\\"", "\"", "'"].into_iter().find(|quote| value.starts_with(quote)).unwrap_or_default();
    format!("{name}{mark}{quote}{REMOVED}{quote}")
}

/// Whether a name is that of a secret, or of several.
#[must_use]
pub fn sounds_secret(name: &str) -> bool {
    let name = name.trim_start_matches('-').to_ascii_lowercase();
    let one = name.strip_suffix('s').filter(|one| !one.ends_with('s')).unwrap_or(&name);
    let sounds = |name: &str| {
        PARTS.iter().any(|part| name.contains(part))
            || NAMES.contains(&name)
            || ENDS.iter().any(|end| name.ends_with(end))
    };
    let harmless = |name: &str| HARMLESS.contains(&name) || HARMLESS_ENDS.iter().any(|end| name.ends_with(end));
    (sounds(&name) || sounds(one)) && !harmless(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn text(text: &str) -> String {
        Redactor::new(["correct horse".to_owned(), "abc".to_owned()]).text(text).text
    }

    #[test]
    fn secrets_go_in_whatever_form_they_are_written() {
        let planted = [
            "password: hunter2",
            "  passwd: 'hunter2'",
            "DB_PASSWORD=hunter2",
            "{\"level\":\"info\",\"apiKey\":\"hunter2\",\"x\":1}",
            "annotation: \"{\\\"password\\\":\\\"hunter2\\\"}\"",
            "- name: DB_PASSWORD\n  value: hunter2",
            "{\"name\":\"API_TOKEN\",\"value\":\"hunter2\"}",
            "kubeadm join --token hunter2.x --certificate-key hunter2",
            "mysql --password=hunter2",
            "DB_PASS=hunter2 and DB_ROOTPASS: hunter2",
            "ENCRYPTION_KEY: hunter2",
            "hmac-key=hunter2",
            "encryptionKey: hunter2",
            "it last said: {\"password\": \"hunter2\"}",
            "ADMIN_PASSWORDS=hunter2",
            "args: [\"--password\", \"hunter2\", \"--user\", \"me\"]",
            "args: ['--token', 'hunter2']",
            "args:\n  - --password\n  - hunter2\n",
            "Authorization: Bearer hunter2hunter2",
            "curl -H 'authorization: Basic aHVudGVyMg=='; basic hunter2hunter2",
            "HTTPS_PROXY=http://me:hunter2@proxy:3128",
            "-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY-----\nhunter2 and cut off",
            "client-key-data: hunter2",
            "the admin typed correct horse here",
            "bootstrap abcdef.0123456789abcdef",
            "jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
            "data LS0tLS1CRUdJTiBSU0EgUFJJVkFURSBLRVktLS0tLQpodW50ZXIyCg== end",
        ];
        for line in planted {
            let left = text(line);
            for secret in ["hunter2", "aHVudGVyMg", "correct horse", "0123456789abcdef", "eyJ", "LS0tLS1"] {
                assert!(!left.contains(secret), "{line:?} became {left:?}");
            }
            assert!(left.contains(REMOVED), "{left}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for line in [
            "secretName: web-tls",
            "--tls-private-key-file=/etc/kubernetes/pki/apiserver.key",
            "tokenExpirationSeconds: 3607",
            "automountServiceAccountToken: false",
            "imagePullSecrets: []",
            "topologyKey: kubernetes.io/hostname",
            "public_key: abcdef",
            "args: [\"--user\", \"me\"]",
            "args:\n  - --v\n  - info\n",
            "I1124 10:00:00 kubelet.go:1] Starting kubelet main sync loop",
            "http://10.0.0.1:6443/healthz?timeout=10s",
            "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
            "abc",
        ] {
            assert_eq!(text(line), line);
        }
    }

    #[test]
    fn documents_are_redacted_by_their_fields() {
        let document = json!({"items": [
            {"kind": "Secret", "metadata": {"name": "s"}, "data": {"x": "aHVudGVyMg=="}},
            {"kind": "Pod", "spec": {"containers": [{"env": [
                {"name": "DB_PASSWORD", "value": "hunter2"}, {"name": "COLOUR", "value": "red"}]}]}},
            {"kind": "Pod", "spec": {"containers": [{"args": ["--user", "me", "--password", "hunter2", "--v=2"]}]}},
            {"kind": "ConfigMap", "data": {"app.ini": "[db]\npassword = hunter2\nuser = me\n"}},
        ]});
        let (left, removed) = Redactor::new([]).json(document);
        let text = left.to_string();
        assert!(!text.contains("hunter2") && !text.contains("aHVudGVyMg"), "{text}");
        assert!(text.contains("red") && text.contains("user = me"), "{text}");
        assert!(text.contains("--v=2"), "{text}");
        assert_eq!(removed, 4);
    }
}
