//! Passwords that a program keeps: docker's credential helpers. `docker-credential-NAME get` is told the registry on its
//! standard input and answers with JSON, so no secret is ever in an argument or in the environment.

use super::RemoteError;
use super::credentials::Login;
use serde::Deserialize;
use std::io;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};

/// The longest wait for a helper; some ask a person to unlock something.
const LIMIT: Duration = Duration::from_secs(60);

/// An answer is no longer than this.
const LARGEST_ANSWER: u64 = 1024 * 1024;

/// Characters of a helper's own words that an error repeats.
const LONGEST_TOLD: usize = 200;

/// What a helper says when it has nothing for a registry.
const NOT_FOUND: &str = "credentials not found";

/// What a helper answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    username: String,
    secret: String,
}

/// Asks a helper for the login of a registry; nothing where it has none.
pub(super) async fn ask(helper: &str, registry: &str) -> Result<Option<Login>, RemoteError> {
    let failed =
        |reason: String| RemoteError::Helper { helper: helper.to_owned(), registry: registry.to_owned(), reason };
    let plain = |character: char| character.is_ascii_alphanumeric() || "-_.".contains(character);
    if helper.is_empty() || !helper.chars().all(plain) {
        return Err(failed("its name is no program's".to_owned()));
    }
    let program = format!("docker-credential-{helper}");
    let conversation = tokio::time::timeout(LIMIT, converse(&program, server(registry)));
    let (ended_well, answer) = match conversation.await {
        Ok(answer) => answer.map_err(|error| failed(error.to_string()))?,
        Err(_) => return Err(failed(format!("it has not answered for {} seconds", LIMIT.as_secs()))),
    };
    read(ended_well, &answer).map_err(failed)
}

/// Docker Hub's name in helpers is the address it had first.
fn server(registry: &str) -> &str {
    if registry == "docker.io" { "https://index.docker.io/v1/" } else { registry }
}

async fn converse(program: &str, server: &str) -> io::Result<(bool, Vec<u8>)> {
    let mut command = Command::new(program);
    let command = command.arg("get").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child: Child = command.kill_on_drop(true).spawn()?;
    if let Some(mut input) = child.stdin.take() {
        // One that does not read its input may know the answer all the same.
        match input.write_all(server.as_bytes()).await {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(error),
            _ => {}
        }
    }
    let mut answer = Vec::new();
    if let Some(output) = child.stdout.take() {
        output.take(LARGEST_ANSWER).read_to_end(&mut answer).await?;
    }
    Ok((child.wait().await?.success(), answer))
}

fn read(ended_well: bool, answer: &[u8]) -> Result<Option<Login>, String> {
    if !ended_well {
        let text = String::from_utf8_lossy(answer);
        if text.contains(NOT_FOUND) {
            return Ok(None);
        }
        let told: String = text.chars().filter(|character| !character.is_control()).take(LONGEST_TOLD).collect();
        return Err(if told.is_empty() { "it failed and did not say why".to_owned() } else { told });
    }
    // The parser's own words may quote the secret.
    let answer: Answer =
        serde_json::from_slice(answer).map_err(|_| "its answer holds no user and secret".to_owned())?;
    match answer.username.as_str() {
        "" => Ok(None),
        _ => Ok(Some(Login { user: answer.username, password: answer.secret })),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_of_helpers_are_told_apart() {
        let good = br#"{"ServerURL":"a","Username":"me","Secret":"hunter2"}"#;
        let login = read(true, good).unwrap().unwrap();
        assert_eq!((login.user.as_str(), login.password.as_str()), ("me", "hunter2"));
        assert_eq!(read(false, b"credentials not found in native keychain\n").unwrap(), None);
        assert_eq!(read(false, b"the vault\x1b is locked\n").unwrap_err(), "the vault is locked");
        assert!(read(true, br#"{"Username":"<token>","Secret":"x"}"#).unwrap().unwrap().is_token());
        let malformed = read(true, br#"{"Username":"me","Secret":["hunter2"]}"#).unwrap_err();
        assert!(!malformed.contains("hunter2"), "{malformed}");
    }

    #[tokio::test]
    async fn a_helper_is_asked_on_its_standard_input() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("docker-credential-test");
        let script = "#!/bin/sh\nread server\n[ \"$1\" = get ] || exit 3\n\
                      printf '{\"Username\":\"me\",\"Secret\":\"for %s\"}' \"$server\"\n";
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let (ended_well, answer) = converse(program.to_str().unwrap(), server("docker.io")).await.unwrap();
        let login = read(ended_well, &answer).unwrap().unwrap();
        assert_eq!(login.password, "for https://index.docker.io/v1/");
    }

    #[tokio::test]
    async fn a_helper_that_is_not_installed_is_named() {
        let error = ask("no-such-helper-anywhere", "quay.example").await.unwrap_err().to_string();
        assert!(error.contains("docker-credential-no-such-helper-anywhere"), "{error}");
        assert!(ask("../../bin/sh", "quay.example").await.unwrap_err().to_string().contains("no program's"));
    }
}
