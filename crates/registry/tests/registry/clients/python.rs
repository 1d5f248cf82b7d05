//! Clients that come as Python packages: oras, and Helm, whose package is Helm's own Go library.

use super::programs::{Program, python};
use super::{Secured, secured};
use crate::client::Served;
use sealer_registry::Configuration;
use sealer_registry::configuration::Reads;
use std::fs;
use std::path::Path;

const ORAS: &str = "
import sys, os, oras.client
address, folder, trusted, scheme = sys.argv[1:]
os.chdir(folder)
client = oras.client.OrasClient(address, insecure=not trusted, tls_verify=trusted or True, auth_backend=scheme)
if trusted:
    client.auth.set_basic_auth('ann', 'secret')
name = address + '/things/thing:v1'
client.push(target=name, files=['artifact.txt'])
print(client.get_tags(address + '/things/thing'))
os.remove('artifact.txt')
client.pull(target=name, outdir=folder)
print(open('artifact.txt').read())
client.delete_tag(address + '/things/thing', 'v1')
";

const HELM: &str = "
import sys, os
from helm_python.chart import Chart, package
from helm_python.registry import RegistryClient
address, folder, trusted, _ = sys.argv[1:]
plain = not trusted
os.chdir(folder)
Chart.create('thing', folder)
archive = package(folder + '/thing', destination=folder, version='1.2.3')
remote = 'oci://' + address + '/charts'
client = RegistryClient(plain_http=plain, credentials_file=folder + '/credentials.json')
try:
    client.push(archive, remote, plain_http=plain)
    print('PUSHED WITHOUT A PASSWORD')
except Exception as error:
    print('refused:', error)
client.login(address, 'ann', 'secret', plain_http=plain)
client.push(archive, remote, plain_http=plain)
print('tags:', client.tags(remote + '/thing'))
os.makedirs('pulled')
client.pull(remote + '/thing', version='1.2.3', destination=folder + '/pulled', plain_http=plain)
print('same:', open(archive, 'rb').read() == open('pulled/thing-1.2.3.tgz', 'rb').read())
";

/// What a script says that is told the registry's address, a folder, the certificate to trust, or nothing for plain HTTP, and how the
/// registry wants to know who it is; oras does not find that out.
async fn told(python: &Path, script: &str, served: &Served, folder: &Path, trusted: &str, scheme: &str) -> String {
    let address = served.address.to_string();
    let arguments = ["-c", script, &address, folder.to_str().unwrap(), trusted, scheme];
    let program = Program::new(python.to_str().unwrap()).arguments(&arguments);
    // Go's programs read nothing else.
    let program = if trusted.is_empty() { program } else { program.variable("SSL_CERT_FILE", trusted.as_ref()) };
    program.home(folder).done().await
}

#[tokio::test]
async fn oras_pushes_pulls_lists_and_deletes() {
    let Some(python) = python("oras") else {
        return;
    };
    let served = Served::new().await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("artifact.txt"), "an artifact").unwrap();
    let told = told(&python, ORAS, &served, folder.path(), "", "token").await;
    assert!(told.contains("['v1']") && told.contains("an artifact"), "{told}");
    assert_eq!(served.store.resolve(&"localhost/things/thing:v1".parse().unwrap()).unwrap(), None);
}

#[tokio::test]
async fn helm_logs_in_pushes_lists_and_pulls_charts() {
    let Some(python) = python("helm_python") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let users = folder.path().join("htpasswd");
    fs::write(&users, format!("ann:{}\n", bcrypt::hash("secret", 4).unwrap())).unwrap();
    let served = Served::with(Configuration { users: Some(users), ..Configuration::default() }).await;
    let told = told(&python, HELM, &served, folder.path(), "", "token").await;
    for part in ["refused:", "tags: ['1.2.3']", "same: True"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(served.store.require(&"localhost/charts/thing:1.2.3".parse().unwrap()).is_ok());
}

#[tokio::test]
async fn oras_and_helm_with_a_password_over_tls() {
    for (module, script, parts, name) in [
        ("oras", ORAS, &["['v1']", "an artifact"][..], None),
        ("helm_python", HELM, &["refused:", "tags: ['1.2.3']", "same: True"], Some("localhost/charts/thing:1.2.3")),
    ] {
        let Some(python) = python(module) else {
            continue;
        };
        for (reads, scheme) in [(Reads::Anonymous, "token"), (Reads::Authenticated, "basic")] {
            let Secured { served, folder } = secured(reads).await;
            fs::write(folder.path().join("artifact.txt"), "an artifact").unwrap();
            let trusted = folder.path().join("trusted/ca.crt").display().to_string();
            let told = told(&python, script, &served, folder.path(), &trusted, scheme).await;
            assert!(parts.iter().all(|part| told.contains(part)), "{module}: {told}");
            let left = served.store.images().unwrap().into_iter().map(|image| image.name.to_string());
            // whether Helm pushes a manifest by its digest, too, before it gives it its tag, differs from one push to the next
            let left: Vec<String> = left.filter(|name| !name.contains('@')).collect();
            assert_eq!(left, name.into_iter().collect::<Vec<_>>(), "{module}");
        }
    }
}
