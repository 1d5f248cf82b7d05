//! Passwords. OpenSSH checks them against the machine's own accounts, which no test should touch, so the server here is the
//! SSH library's own, with one account.

#![allow(clippy::unwrap_used, reason = "a helper that fails fails its test")]

use russh::keys::PrivateKey;
use russh::keys::ssh_key::private::Ed25519Keypair;
use russh::server::{self, Auth, Msg, Response, Session};
use russh::{Channel, ChannelId, MethodKind, MethodSet};
use sealer_host::{Credentials, Error, Host, HostAddress, KnownHosts, Secret};
use std::borrow::Cow;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;

const PASSWORD: &str = "hunter2";

/// Notes everything that is tried on it.
#[derive(Clone, Default)]
struct Door {
    tried: Arc<Mutex<Vec<String>>>,
}

impl Door {
    fn judge(&self, what: &str, password: &str) -> Auth {
        self.tried.lock().unwrap().push(what.to_owned());
        if password == PASSWORD { Auth::Accept } else { Auth::reject() }
    }
}

impl server::Handler for Door {
    type Error = russh::Error;

    async fn auth_password(&mut self, _: &str, password: &str) -> Result<Auth, russh::Error> {
        Ok(self.judge("password", password))
    }

    async fn auth_keyboard_interactive<'a>(
        &'a mut self,
        _: &str,
        _: &str,
        response: Option<Response<'a>>,
    ) -> Result<Auth, russh::Error> {
        let Some(mut response) = response else {
            let prompts = Cow::Owned(vec![(Cow::Borrowed("Password: "), false)]);
            let (name, instructions) = (Cow::Borrowed(""), Cow::Borrowed(""));
            return Ok(Auth::Partial { name, instructions, prompts });
        };
        let answer = response.next().unwrap_or_default();
        Ok(self.judge("keyboard-interactive", &String::from_utf8_lossy(&answer)))
    }

    async fn channel_open_session(
        &mut self,
        _: Channel<Msg>,
        reply: server::ChannelOpenHandle,
        _: &mut Session,
    ) -> Result<(), russh::Error> {
        reply.accept().await;
        Ok(())
    }

    /// Everybody is root here: every script ends well.
    async fn exec_request(&mut self, channel: ChannelId, _: &[u8], session: &mut Session) -> Result<(), russh::Error> {
        session.channel_success(channel)?;
        session.exit_status_request(channel, 0)?;
        session.eof(channel)?;
        session.close(channel)
    }
}

/// Connects with a password to a server that takes `method`; what came of it, and what was tried.
async fn knock(method: MethodKind, password: &str) -> (Result<Host, Error>, Vec<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let door = Door::default();
    let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
    let config = server::Config {
        keys: vec![key],
        methods: MethodSet::from(&[method][..]),
        auth_rejection_time: std::time::Duration::ZERO,
        ..server::Config::default()
    };
    let answering = door.clone();
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let session = server::run_stream(Arc::new(config), stream, answering).await.unwrap();
        session.await.unwrap();
    });
    let folder = tempfile::tempdir().unwrap();
    let hosts = KnownHosts::new(Vec::new(), folder.path().join("known_hosts"));
    let address = HostAddress { ip: Ipv4Addr::LOCALHOST.into(), port };
    let credentials = Credentials::of("engineer").with_password(Secret::new(password));
    let host = Host::connect(address, &credentials, &hosts).await;
    let tried = door.tried.lock().unwrap().clone();
    (host, tried)
}

#[tokio::test]
async fn the_right_password_opens_the_door() {
    let (host, tried) = knock(MethodKind::Password, PASSWORD).await;
    assert!(host.is_ok());
    assert_eq!(tried, ["password"]);
}

#[tokio::test]
async fn a_server_that_asks_questions_is_answered() {
    let (host, tried) = knock(MethodKind::KeyboardInteractive, PASSWORD).await;
    assert!(host.is_ok());
    assert_eq!(tried, ["keyboard-interactive"]);
}

#[tokio::test]
async fn a_wrong_password_is_tried_once_and_named_without_being_shown() {
    for (method, name) in
        [(MethodKind::Password, "password"), (MethodKind::KeyboardInteractive, "keyboard-interactive")]
    {
        let (host, tried) = knock(method, "wr0ng").await;
        let Err(error) = host else { panic!("a wrong password was accepted") };
        assert_eq!(tried, [name], "an account may be locked after few failures");
        let text = format!("{error} {error:?}");
        for part in ["127.0.0.1:", "user engineer", &format!("{name} was refused")] {
            assert!(text.contains(part), "{part} is not in: {text}");
        }
        assert!(!text.contains("wr0ng"), "{text}");
    }
}
