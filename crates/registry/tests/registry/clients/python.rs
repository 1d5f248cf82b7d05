//! Clients that come as Python packages: oras, and Helm, whose package is Helm's own Go library.

use super::programs::{Program, python};
use crate::client::Served;
use sealer_registry::Configuration;
use std::fs;
use std::path::Path;

const ORAS: &str = "
import sys, os, oras.client
address, folder = sys.argv[1:]
os.chdir(folder)
client = oras.client.OrasClient(hostname=address, insecure=True)
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
address, folder = sys.argv[1:]
os.chdir(folder)
Chart.create('thing', folder)
archive = package(folder + '/thing', destination=folder, version='1.2.3')
remote = 'oci://' + address + '/charts'
client = RegistryClient(plain_http=True, credentials_file=folder + '/credentials.json')
try:
    client.push(archive, remote, plain_http=True)
    print('PUSHED WITHOUT A PASSWORD')
except Exception as error:
    print('refused:', error)
client.login(address, 'ann', 'secret', plain_http=True)
client.push(archive, remote, plain_http=True)
print('tags:', client.tags(remote + '/thing'))
os.makedirs('pulled')
client.pull(remote + '/thing', version='1.2.3', destination=folder + '/pulled', plain_http=True)
print('same:', open(archive, 'rb').read() == open('pulled/thing-1.2.3.tgz', 'rb').read())
";

async fn told(python: &Path, script: &str, served: &Served, folder: &Path) -> String {
    let address = served.address.to_string();
    let program = Program::new(python.to_str().unwrap()).arguments(&["-c", script, &address, folder.to_str().unwrap()]);
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
    let told = told(&python, ORAS, &served, folder.path()).await;
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
    let told = told(&python, HELM, &served, folder.path()).await;
    for part in ["refused:", "tags: ['1.2.3']", "same: True"] {
        assert!(told.contains(part), "{told}");
    }
    assert!(served.store.require(&"localhost/charts/thing:1.2.3".parse().unwrap()).is_ok());
}
