//! Further names for the certificate of the API server: kubeadm's configuration as a cluster keeps it, with the names added, in the form that
//! kubeadm takes for one master. Fields that sealer does not know stay as they are.

use super::document::{InvalidDocument, write};
use serde_json::{Value, json};
use std::net::IpAddr;

/// The file for `kubeadm init phase certs apiserver` on a master with this address.
///
/// # Errors
/// When the text is no `ClusterConfiguration`.
pub fn with_api_names(text: &str, names: &[String], host: IpAddr, port: u16) -> Result<String, InvalidDocument> {
    let mut cluster: Value = serde_saphyr::from_str(text).map_err(|error| InvalidDocument::Yaml(error.to_string()))?;
    let wrong = |reason: &str| InvalidDocument::Field { kind: KIND.into(), reason: reason.into() };
    if cluster["kind"] != KIND {
        return Err(InvalidDocument::Kind { number: 1, kind: cluster["kind"].as_str().unwrap_or_default().into() });
    }
    let server = cluster.as_object_mut().ok_or_else(|| wrong("is no map"))?.entry("apiServer").or_insert(json!({}));
    let server = server.as_object_mut().ok_or_else(|| wrong("apiServer is no map"))?;
    let written = server.entry("certSANs").or_insert(json!([]));
    let written = written.as_array_mut().ok_or_else(|| wrong("apiServer.certSANs is no list"))?;
    for name in names {
        if !written.iter().any(|known| known == name) {
            written.push(Value::from(name.as_str()));
        }
    }
    let endpoint = json!({"advertiseAddress": host.to_string(), "bindPort": port});
    let version = cluster["apiVersion"].clone();
    let init = json!({"apiVersion": version, "kind": "InitConfiguration", "localAPIEndpoint": endpoint});
    Ok(write(&[init, cluster]))
}

/// The same ClusterConfiguration, with the folder in which certificates are made.
///
/// # Errors
/// When the text is not one.
pub fn with_certificates_in(text: &str, folder: &str) -> Result<String, InvalidDocument> {
    let mut cluster: Value = serde_saphyr::from_str(text).map_err(|error| InvalidDocument::Yaml(error.to_string()))?;
    match cluster.as_object_mut().filter(|it| it.get("kind").is_some_and(|kind| kind == KIND)) {
        Some(fields) => drop(fields.insert("certificatesDir".into(), folder.into())),
        None => {
            let kind = cluster["kind"].as_str().unwrap_or_default().into();
            return Err(InvalidDocument::Kind { number: 1, kind });
        }
    }
    Ok(write(&[cluster]))
}

const KIND: &str = "ClusterConfiguration";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_added_once_and_everything_else_stays() {
        let text = "apiVersion: kubeadm.k8s.io/v1beta2\nkind: ClusterConfiguration\napiServer:\n  certSANs: [a.example]\n  timeoutForControlPlane: 4m0s\nnewField: {x: 1}\n";
        let names = ["a.example".to_owned(), "192.0.2.9".to_owned()];
        let file = with_api_names(text, &names, "10.0.0.1".parse().unwrap(), 6443).unwrap();
        let documents: Vec<Value> = serde_saphyr::from_multiple(&file).unwrap();
        assert_eq!(documents[0]["localAPIEndpoint"]["advertiseAddress"], "10.0.0.1");
        assert_eq!(documents[1]["apiServer"]["certSANs"], json!(["a.example", "192.0.2.9"]));
        assert_eq!(documents[1]["newField"], json!({"x": 1}));
        let elsewhere = with_certificates_in(text, "/tmp/made").unwrap();
        let elsewhere: Value = serde_saphyr::from_str(&elsewhere).unwrap();
        assert_eq!((&elsewhere["certificatesDir"], &elsewhere["newField"]), (&json!("/tmp/made"), &json!({"x": 1})));
        let none = "apiVersion: v1\nkind: ConfigMap\n";
        assert!(with_certificates_in(none, "/tmp").is_err() && with_certificates_in("[]", "/tmp").is_err());
        assert!(with_api_names(none, &names, "10.0.0.1".parse().unwrap(), 6443).is_err());
    }
}
