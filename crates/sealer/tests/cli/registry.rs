//! Images between this machine and a registry, which is `sealer registry serve` over the store of another root.

use crate::fixtures::built;
use crate::surroundings::Surroundings;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

/// A registry that runs.
pub(crate) struct Registry {
    process: Child,
    pub(crate) address: String,
    _files: Surroundings,
}

impl Registry {
    /// One over an empty store, on a free port.
    pub(crate) fn start() -> Self {
        let files = Surroundings::new();
        let mut command = files.command(&["registry", "serve", "--addr", "127.0.0.1:0"]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("http://").unwrap().to_owned();
        Self { process, address, _files: files }
    }

    /// Asks it to end, and says how it did.
    fn stop(mut self) -> Option<i32> {
        let id = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(id, rustix::process::Signal::TERM).unwrap();
        self.process.wait().unwrap().code()
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.process.kill();
    }
}

#[test]
fn what_was_pushed_is_pulled_as_it_was() {
    let registry = Registry::start();
    let name = format!("{}/demo/web:v1", registry.address);
    let sender = Surroundings::new();
    built(&sender, &name);
    let _ = sender.sealer(&["push", "--skip-tls-verify", &name]).done();

    let receiver = Surroundings::new();
    let _ = receiver.sealer(&["pull", "--skip-tls-verify", &name]).done();
    let list = |here: &Surroundings| here.sealer(&["images", "--json"]).done();
    assert_eq!(list(&receiver), list(&sender));
    assert_eq!(registry.stop(), Some(0));
}

#[test]
fn an_image_that_the_registry_does_not_have_is_named() {
    let registry = Registry::start();
    let name = format!("{}/demo/nowhere:v1", registry.address);
    let ended = Surroundings::new().sealer(&["pull", "--skip-tls-verify", &name]).ended(1);
    assert!(ended.stderr.contains(&name), "{}", ended.stderr);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let registry = Registry::start();
    let here = Surroundings::new();
    here.sealer(&["registry", "serve", "--addr", &registry.address]).fails(
        1,
        &format!(
            "error: cannot listen on {}\n  1: Address already in use (os error 98)\n\
             hint: end the program that listens there, or choose another --addr\n",
            registry.address
        ),
    );
}

#[test]
fn a_registry_that_is_not_there_is_named() {
    let ended = Surroundings::new().sealer(&["pull", "127.0.0.1:1/demo/web:v1"]).ended(1);
    assert!(ended.stderr.contains("127.0.0.1:1"), "{}", ended.stderr);
    assert_eq!(ended.stdout, "");
}

#[test]
fn ctrl_c_ends_a_command_with_130() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let name = format!("{}/demo/web:v1", silent.local_addr().unwrap());
    let here = Surroundings::new();
    let mut command = here.command(&["pull", "--skip-tls-verify", &name]);
    let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    let id = rustix::process::Pid::from_child(&process);
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(process.wait().unwrap().code(), Some(130));
}
