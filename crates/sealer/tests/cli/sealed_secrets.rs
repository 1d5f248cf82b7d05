//! Secrets in a file that age has encrypted: they reach what asks for them, and are in nothing else that is written or printed.

use crate::fixtures::built;
use crate::surroundings::Surroundings;
use age::secrecy::ExposeSecret;
use age::x25519::Identity;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const PLANTED: &str = "SSH: hunter2\nDB: \"hunter3 with words\"\nWEB: hunter4\n";

const CLUSTERFILE: &str = "\
apiVersion: sealer.io/v2
kind: Cluster
metadata: {name: site}
spec:
  image: web:v1
  ssh: {passwdFrom: {age: secrets.age, key: SSH}, port: 1}
  envFrom:
    - {name: DB, age: secrets.age, key: DB}
  hosts:
    - {ips: [127.0.0.1], roles: [master]}
---
apiVersion: sealer.io/v2
kind: Application
spec:
  configs:
    - name: web
      envFrom: [{name: TOKEN, age: secrets.age, key: WEB}]
      files: [{path: secret.yaml, strategy: render, data: 'db: {{ .DB }}'}]
      launch: {cmds: ['env > \"$ARRIVED\"; env']}
      env: [ARRIVED=FOLDER/arrived]
";

/// A world with the image, the Clusterfile, and the file of secrets for a key that is there.
fn site() -> Surroundings {
    let here = Surroundings::new();
    built(&here, "web:v1");
    here.write("Clusterfile", CLUSTERFILE.replace("FOLDER", here.work().to_str().unwrap()));
    let key = Identity::generate();
    here.write("secrets.age", age::encrypt(&key.to_public(), PLANTED.as_bytes()).unwrap());
    write_key(&here, "key.txt", &key);
    write_key(&here, "other.txt", &Identity::generate());
    let path = here.work().join("key.txt").display().to_string();
    here.with("SEALER_AGE_IDENTITY", &path)
}

fn write_key(here: &Surroundings, name: &str, key: &Identity) {
    here.write(name, format!("# created: today\n{}\n", key.to_string().expose_secret()));
    std::fs::set_permissions(here.work().join(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// No file below a folder holds what was planted, nor the key.
fn nothing_below(folder: &Path) {
    for file in files(folder) {
        let content = std::fs::read(&file).unwrap();
        let holds = |word: &[u8]| content.windows(word.len()).any(|bytes| bytes == word);
        assert!(!holds(b"hunter") && !holds(b"AGE-SECRET-KEY"), "{} holds a secret", file.display());
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn a_planted_secret_arrives_where_it_was_asked_for_and_nowhere_else() {
    let here = site();
    cluster_without_kinds(&here);
    let words = ["run", "-f", "Clusterfile", "--kubeconfig", "kubeconfig", "--commands-here", "--debug"];
    let ended = here.sealer(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let arrived = std::fs::read_to_string(here.work().join("arrived")).unwrap();
    for line in ["DB=hunter3 with words", "TOKEN=hunter4"] {
        assert!(arrived.lines().any(|it| it == line), "{line}: {arrived}");
    }
    assert!(!arrived.contains("hunter2") && !arrived.contains("SEALER_AGE"), "{arrived}");
    assert!(!ended.stdout.contains("hunter") && !ended.stderr.contains("hunter"), "{}", ended.stderr);
    nothing_below(&here.root());
}

#[test]
fn a_delivery_keeps_the_file_and_the_names_and_no_secret() {
    let here = site();
    let ended = here.sealer(&["run", "-f", "Clusterfile", "--debug"]).ended(1);
    // the hosts are asked for, so every secret was found
    assert!(ended.stderr.contains("127.0.0.1") && !ended.stderr.contains("hunter"), "{}", ended.stderr);
    let state = std::fs::read_to_string(here.root().join("clusters/site/cluster.json")).unwrap();
    let state: serde_json::Value = serde_json::from_str(&state).unwrap();
    let whole = here.work().join("secrets.age").display().to_string();
    let text = state.to_string();
    for key in ["DB", "WEB"] {
        let place = serde_json::json!({"age": {"file": whole, "key": key}}).to_string();
        assert!(text.contains(&place), "{place}: {text}");
    }
    nothing_below(&here.root());
}

#[test]
fn a_secret_that_cannot_be_had_is_told_with_its_line_before_anything_is_kept() {
    let cases = [
        ("key: DB}", "key: DBB}", "key.txt", "Clusterfile:8", "did you mean DB?"),
        (", key: DB}", "}", "key.txt", "Clusterfile:8", "hint: say {age: PATH, key: NAME}"),
        ("secrets.age, key: DB}", "Clusterfile, key: DB}", "key.txt", "Clusterfile:8", "not encrypted with age"),
        ("key: SSH}", "key: SSHH}", "key.txt", "Clusterfile:6", "did you mean SSH?"),
        ("key: DB}", "key: DB}", "other.txt", "Clusterfile:6", "it is encrypted for other keys"),
    ];
    for (from, to, key, line, expected) in cases {
        let here = site();
        let text = std::fs::read_to_string(here.work().join("Clusterfile")).unwrap();
        here.write("Clusterfile", text.replace(from, to));
        let key = here.work().join(key).display().to_string();
        let here = here.with("SEALER_AGE_IDENTITY", &key);
        let ended = here.sealer(&["run", "-f", "Clusterfile", "--debug"]).ended(1);
        assert!(ended.stderr.contains(expected) && ended.stderr.contains(line), "{expected}: {}", ended.stderr);
        assert!(!ended.stderr.contains("hunter") && !ended.stderr.contains("AGE-SECRET"), "{}", ended.stderr);
        assert!(!here.root().join("clusters").exists());
    }
}

/// An API server that tells its version and has no kinds, and the kubeconfig that leads to it.
fn cluster_without_kinds(here: &Surroundings) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = builder.with_no_client_auth().with_single_cert(vec![made.cert.der().clone()], key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    here.write("authority.pem", made.cert.pem());
    let kubeconfig = format!(
        "current-context: a\ncontexts: [{{name: a, context: {{cluster: a, user: a}}}}]\nusers: [{{name: a, user: {{token: x}}}}]\n\
         clusters: [{{name: a, cluster: {{server: 'https://{}', certificate-authority: authority.pem}}}}]\n",
        listener.local_addr().unwrap()
    );
    here.write("kubeconfig", kubeconfig);
    let config = Arc::new(config);
    std::thread::spawn(move || listener.incoming().try_for_each(|socket| answer(socket?, &config)));
}

fn answer(socket: TcpStream, config: &Arc<ServerConfig>) -> std::io::Result<()> {
    let connection = ServerConnection::new(config.clone()).map_err(std::io::Error::other)?;
    let mut reader = BufReader::new(StreamOwned::new(connection, socket));
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        line.clear();
    }
    let body = match first.split(' ').nth(1) {
        Some("/version") => r#"{"gitVersion": "v1.26.0"}"#,
        Some("/apis") => r#"{"groups": []}"#,
        _ => r#"{"resources": []}"#,
    };
    let stream = reader.get_mut();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close";
    write!(stream, "{head}\r\ncontent-length: {}\r\n\r\n{body}", body.len())?;
    stream.conn.send_close_notify();
    stream.flush()
}
