//! The API server's certificate, made anew by the cluster's own authority with an end that has passed.

use std::path::Path;

use crate::command::Program;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;

const FOLDER: &str = "/etc/kubernetes/pki";
/// The kubelet starts the API server anew, which then has what is in its files.
const RESTART: &str = "kill $(pidof kube-apiserver)";

const CONFIGURATION: &str = "[ca]\ndefault_ca = it\n[it]\ndatabase = index\nserial = serial\nnew_certs_dir = .\ndefault_md = sha256\n\
                             policy = any\n[any]\ncommonName = supplied\n";

/// Gives it the certificate, and restarts it.
pub(super) fn end(delivery: &Delivery) -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::file("create a folder in", &std::env::temp_dir()))?;
    let (engine, master) = (&delivery.fleet.engine, delivery.master()?);
    for name in ["ca.crt", "ca.key", "apiserver.key"] {
        let text = master.run(engine, &["cat", &format!("{FOLDER}/{name}")])?;
        folders::write(&folder.path().join(name), text)?;
    }
    sign(folder.path())?;
    let certificate = folders::read(&folder.path().join("ended.crt"))?;
    let script = format!("cp {FOLDER}/apiserver.crt /run/apiserver.crt && cat >{FOLDER}/apiserver.crt && {RESTART}");
    let exec = engine.docker(&["exec", "--interactive", &master.name, "sh", "-c", &script]);
    exec.input(certificate).output().map(drop)
}

fn sign(folder: &Path) -> Result<()> {
    for (name, text) in [("configuration", CONFIGURATION), ("index", ""), ("serial", "7001\n")] {
        folders::write(&folder.join(name), text)?;
    }
    let openssl = |arguments: &[&str]| Program::new("openssl").arguments(arguments).folder(folder).output();
    openssl(&["req", "-new", "-key", "apiserver.key", "-subj", "/CN=kube-apiserver", "-out", "request"])?;
    let times = ["-startdate", "20200101000000Z", "-enddate", "20210101000000Z"];
    let ca = ["ca", "-batch", "-notext", "-config", "configuration", "-cert", "ca.crt", "-keyfile", "ca.key"];
    openssl(&[&ca[..], &times, &["-in", "request", "-out", "ended.crt"]].concat()).map(drop)
}

/// Gives it its own again.
pub(super) fn put_back(delivery: &Delivery) -> Result<()> {
    let script = format!("cat /run/apiserver.crt >{FOLDER}/apiserver.crt && {RESTART}");
    delivery.master()?.run(&delivery.fleet.engine, &["sh", "-c", &script]).map(drop)
}
