//! The certificates that a host holds, each file with its end or with what is wrong with it.

use crate::checks::after::probe::{Certificate, Unreadable};
use crate::{Error, Fleet};
use sealer_model::cluster::{Member, Role};

const PKI: [&str; 10] = [
    "ca.crt",
    "apiserver.crt",
    "apiserver-kubelet-client.crt",
    "apiserver-etcd-client.crt",
    "front-proxy-ca.crt",
    "front-proxy-client.crt",
    "etcd/ca.crt",
    "etcd/server.crt",
    "etcd/peer.crt",
    "etcd/healthcheck-client.crt",
];

/// The certificates on a host.
#[derive(Default)]
pub(crate) struct Certificates {
    /// When each ends.
    pub(crate) found: Vec<Certificate>,
    /// Files that should be one and cannot be read as one.
    pub(crate) unreadable: Vec<Unreadable>,
}

impl Certificates {
    /// Puts a file where it belongs. What the agent says of the file is the file's fault; all else is the host's.
    fn sort(&mut self, path: String, read: Result<Option<Vec<u8>>, sealer_host::Error>) -> Result<(), Error> {
        match read {
            Ok(None) => {}
            Ok(Some(content)) => match end_of(&content) {
                Some(ends) => self.found.push(Certificate { path, ends }),
                None => self.unreadable.push(Unreadable { path, reason: "holds no certificate".to_owned() }),
            },
            Err(sealer_host::Error::Agent { message, .. }) => {
                self.unreadable.push(Unreadable { path, reason: format!("cannot be read: {message}") });
            }
            Err(other) => return Err(other.into()),
        }
        Ok(())
    }
}

/// The certificates on a host. One that is not there is none, and one that cannot be read keeps nobody from the others.
///
/// # Errors
/// When the host does not answer.
pub(crate) async fn certificates(fleet: &Fleet, member: &Member) -> Result<Certificates, Error> {
    let mut paths = vec!["/var/lib/kubelet/pki/kubelet-client-current.pem".to_owned()];
    if member.role == Role::Master {
        paths.extend(PKI.map(|name| format!("/etc/kubernetes/pki/{name}")));
        paths.push(format!("{}/registry/registry.crt", fleet.cluster.folder()));
    }
    let mut certificates = Certificates::default();
    for path in paths {
        let read = fleet.agent(member.address)?.read_file(&path).await;
        certificates.sort(path, read)?;
    }
    Ok(certificates)
}

/// The end of the first certificate in a PEM file, in seconds since 1970.
fn end_of(pem: &[u8]) -> Option<i64> {
    let pems = x509_parser::pem::Pem::iter_from_buffer(pem).filter_map(Result::ok);
    let certificate = pems.into_iter().find(|pem| pem.label == "CERTIFICATE")?;
    Some(certificate.parse_x509().ok()?.validity().not_after.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused() -> sealer_host::Error {
        let (host, what) = ("10.0.0.1".to_owned(), "reading /b".to_owned());
        sealer_host::Error::Agent { host, what, message: "cannot read /b: Input/output error".into() }
    }

    #[test]
    fn one_file_that_cannot_be_read_keeps_nobody_from_the_others() {
        let pair = rcgen::generate_simple_self_signed(["a".to_owned()]).unwrap();
        let mut sorted = Certificates::default();
        sorted.sort("/a".into(), Ok(Some(b"nonsense".to_vec()))).unwrap();
        sorted.sort("/b".into(), Err(refused())).unwrap();
        sorted.sort("/c".into(), Ok(None)).unwrap();
        sorted.sort("/d".into(), Ok(Some(pair.cert.pem().into_bytes()))).unwrap();
        let unreadable: Vec<String> = sorted.unreadable.iter().map(|it| format!("{} {}", it.path, it.reason)).collect();
        assert_eq!(unreadable, ["/a holds no certificate", "/b cannot be read: cannot read /b: Input/output error"]);
        assert_eq!(sorted.found.iter().map(|it| it.path.as_str()).collect::<Vec<_>>(), ["/d"]);
    }

    #[test]
    fn a_host_that_is_lost_is_no_fault_of_a_file() {
        let (host, what, limit) = ("10.0.0.1".to_owned(), "answer".to_owned(), std::time::Duration::from_secs(1));
        let lost = sealer_host::Error::Timeout { host, what, limit };
        assert!(Certificates::default().sort("/a".into(), Err(lost)).is_err());
    }
}
