//! A control plane for the tests of releases: the API server that was built for the images, and etcd from its Debian package, both run
//! as they are on this machine.

use std::path::PathBuf;

use super::{KUBERNETES_VERSION, kubernetes};
use crate::debian::packages::{Closure, find_program};
use crate::error::Result;
use crate::folders::Folders;

/// Both programs, each under the variable that tells the tests where it is.
pub(crate) fn ensure(folders: &Folders) -> Result<[(&'static str, PathBuf); 2]> {
    let server = kubernetes::ensure(folders, KUBERNETES_VERSION)?.join("kube-apiserver");
    let place = folders.cache.join("etcd");
    if find_program(&place, "etcd").is_err() {
        Closure::resolve(folders, &["etcd-server"])?
            .extract_matching(folders, &place, |file| file.starts_with("etcd-server_"))?;
    }
    Ok([("SEALER_TEST_KUBE_APISERVER", server), ("SEALER_TEST_ETCD", find_program(&place, "etcd")?)])
}
