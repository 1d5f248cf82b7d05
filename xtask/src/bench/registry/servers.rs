//! The servers that are measured: ours, and nginx. Each listens on this machine only, and ends with its owner.

use super::number_after;
use crate::bench::image::registry::free_address;
use crate::command::Program;
use crate::digest;
use crate::error::{Error, Result};
use crate::folders;
use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

/// The longest time until a server listens.
const START: Duration = Duration::from_secs(20);

/// Our registry over a folder of its own, as it is when nothing is configured, or with a file that says otherwise.
pub(super) struct Ours {
    process: Child,
    store: PathBuf,
    /// `127.0.0.1:PORT`, with its scheme before it where that is HTTPS.
    pub(super) address: String,
}

impl Ours {
    /// Another one over the store of the first.
    pub(super) fn beside(binary: &Path, first: &Self, configuration: &Path) -> Result<Self> {
        Self::start(binary, first.store.parent().unwrap_or(&first.store), Some(configuration))
    }

    pub(super) fn start(binary: &Path, folder: &Path, configuration: Option<&Path>) -> Result<Self> {
        folders::create(folder)?;
        let program = Program::new(binary).argument("--root").argument(folder);
        let program = program.arguments(["registry", "serve", "--addr", "127.0.0.1:0"]);
        let program =
            configuration.into_iter().fold(program, |program, file| program.argument("--config").argument(file));
        let mut command = program.command();
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().map_err(|source| program.cannot_start(source))?;
        let mut line = String::new();
        if let Some(said) = process.stdout.take() {
            BufReader::new(said).read_line(&mut line).map_err(Error::file("read from", binary))?;
        }
        let address = line.trim().trim_start_matches("http://").to_owned();
        Ok(Self { process, store: folder.join("images"), address })
    }

    /// Puts a blob of noise into the store, and tells its digest's digits.
    pub(super) fn put_blob(&self, size: usize) -> Result<String> {
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 56) as u8
        });
        let bytes: Vec<u8> = noise.take(size).collect();
        let digest = digest::of_bytes(&bytes);
        folders::write(&self.blob_file(&digest), &bytes)?;
        Ok(digest)
    }

    pub(super) fn blob_file(&self, digest: &str) -> PathBuf {
        self.store.join("blobs/sha256").join(digest)
    }

    /// The most memory that it has had, in MB.
    pub(super) fn peak_megabytes(&self) -> Result<f64> {
        let status = folders::read(&PathBuf::from(format!("/proc/{}/status", self.process.id())))?;
        Ok(number_after(&status, "VmHWM:")? / 1024.0)
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        end(&mut self.process);
    }
}

/// A certificate for this machine and its key, made by openssl.
pub(super) fn certificate(folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let (certificate, key) = (folder.join("bench.crt"), folder.join("bench.key"));
    let program = Program::new("openssl").arguments(["req", "-x509", "-newkey", "ec", "-nodes", "-days", "2"]);
    let program = program.arguments(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", "/CN=localhost", "-keyout"]);
    program.argument(&key).argument("-out").argument(&certificate).output()?;
    Ok((certificate, key))
}

/// nginx that serves one file with sendfile, and over TLS with the certificate of the folder above.
pub(super) struct Nginx {
    process: Child,
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
    /// `https://127.0.0.1:PORT`.
    pub(super) secured: String,
}

impl Nginx {
    pub(super) fn start(folder: &Path, file: &Path) -> Result<Self> {
        folders::create(folder)?;
        let (address, secured) = (free_address()?, free_address()?);
        let above = folder.parent().unwrap_or(folder).display();
        let configuration = folder.join("nginx.conf");
        let (here, file) = (folder.display(), file.display());
        // started by root, nginx would work as somebody who may not enter the folder
        let user = if crate::prepare::is_root() { "user root;" } else { "" };
        let text = format!(
            "{user} daemon off; worker_processes auto; pid {here}/pid; error_log {here}/error.log;\n\
             events {{ worker_connections 1024; }}\n\
             http {{ access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000;\n\
             client_body_temp_path {here}/a; proxy_temp_path {here}/b; fastcgi_temp_path {here}/c;\n\
             uwsgi_temp_path {here}/d; scgi_temp_path {here}/e;\n\
             server {{ listen {address}; listen {secured} ssl;\n\
             ssl_certificate {above}/bench.crt; ssl_certificate_key {above}/bench.key;\n\
             location = /blob {{ alias {file}; }} }} }}\n"
        );
        folders::write(&configuration, text)?;
        let program = Program::new("nginx").arguments(["-p".as_ref(), folder.as_os_str()]).argument("-c");
        let program = program.argument(&configuration);
        let mut command = program.command();
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().map_err(|source| program.cannot_start(source))?;
        let nginx = Self { process, address, secured: format!("https://{secured}") };
        let began = Instant::now();
        while TcpStream::connect(&nginx.address).is_err() {
            if began.elapsed() > START {
                return Err(Error::unmet(format!("nginx does not listen on {}", nginx.address)));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(nginx)
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // its workers go with it only when it is asked kindly
        let id = rustix::process::Pid::from_child(&self.process);
        if rustix::process::kill_process(id, rustix::process::Signal::QUIT).is_err() {
            end(&mut self.process);
        }
        let _ = self.process.wait();
    }
}

fn end(process: &mut Child) {
    // one that has ended already cannot be ended
    let _ = process.kill();
    let _ = process.wait();
}
