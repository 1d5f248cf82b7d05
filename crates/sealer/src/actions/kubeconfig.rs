//! `sealer kubeconfig`.

use super::Context;
use super::access::access;
use super::blocking::blocking;
use crate::args::ClusterKubeconfig;
use crate::failure::Failure;
use crate::output;
use crate::settings::Environment;
use sealer_cluster::verbs;
use sealer_model::cluster::API_SERVER_PORT;
use sealer_model::kubeconfig::{ClusterAccess, InvalidKubeconfig, server};
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

/// Where the access goes.
enum Target {
    /// Standard output.
    Printed,
    /// A file that is not there yet.
    New(PathBuf),
    /// A kubeconfig, as the current context or not.
    Merged(PathBuf, bool),
}

/// Prints or keeps the administrator's access to a cluster.
///
/// # Errors
/// When no master answers, or the file cannot be written or added to; it is as it was then.
pub(super) async fn kubeconfig(request: ClusterKubeconfig, context: &Context) -> Result<(), Failure> {
    let target = target(&request, &context.environment)?;
    let name = request.whose.cluster_name;
    let access = access(request.whose.login, context).await?;
    let (host, text) = verbs::kubeconfig(&context.settings.root, &name, access, context.listener.clone()).await?;
    let server = request.server.unwrap_or_else(|| server(host, API_SERVER_PORT));
    let entries = ClusterAccess::of_admin(&text, request.context.as_deref().unwrap_or(&name), &server);
    let entries =
        entries.map_err(|error| Failure::of(error).within(format!("/etc/kubernetes/admin.conf on {host}")))?;
    let told = blocking(move || keep(&entries, target)).await?;
    output::print(told)
}

fn target(request: &ClusterKubeconfig, environment: &Environment) -> Result<Target, Failure> {
    if let Some(path) = &request.file {
        if path.exists() {
            let hint = format!("--merge --kubeconfig {} puts the cluster into it", path.display());
            return Err(Failure::usage(format!("{} is there already", path.display())).hint(hint));
        }
        return Ok(Target::New(path.clone()));
    }
    if !request.merge {
        return Ok(Target::Printed);
    }
    let path = match &request.kubeconfig {
        Some(path) => path.clone(),
        None => usual(environment)?,
    };
    Ok(Target::Merged(path, request.current))
}

/// The file that kubectl itself would write to.
fn usual(environment: &Environment) -> Result<PathBuf, Failure> {
    let listed = environment.path("KUBECONFIG").unwrap_or_default();
    if let Some(first) = std::env::split_paths(&listed).find(|path| !path.as_os_str().is_empty()) {
        return Ok(first);
    }
    let home = environment.path("HOME").map(|home| home.join(".kube/config"));
    home.ok_or_else(|| Failure::usage("there is no home folder").hint("name a file with --kubeconfig FILE"))
}

/// Puts the access where it shall be, and says what to print.
fn keep(entries: &ClusterAccess, target: Target) -> Result<String, Failure> {
    let (path, text) = match target {
        Target::Printed => return Ok(entries.document()),
        Target::New(path) => (path, entries.document()),
        Target::Merged(path, current) => {
            let before = match fs::read_to_string(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                other => other.map_err(|error| at(&path, error))?,
            };
            let merged = entries.merged_into(&before, current).map_err(|error| advised(&path, error))?;
            (path, merged)
        }
    };
    write(&path, &text).map_err(|error| at(&path, error))?;
    Ok(format!("context {} is in {}\n", entries.context, path.display()))
}

fn at(path: &Path, error: io::Error) -> Failure {
    Failure::of(error).within(path.display().to_string())
}

fn advised(path: &Path, error: InvalidKubeconfig) -> Failure {
    let hint = match error {
        InvalidKubeconfig::Taken { .. } => "give the context another name with --context NAME",
        _ => "write a file of its own with --file FILE, and name both in KUBECONFIG",
    };
    Failure::of(error).within(path.display().to_string()).hint(hint)
}

/// Replaces a file as a whole, for its owner only. A link leads to the file that it means.
fn write(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    fn entries() -> ClusterAccess {
        ClusterAccess {
            context: "site".into(),
            server: "https://10.0.0.1:6443".into(),
            authority: "QQ==".into(),
            certificate: "Qg==".into(),
            key: "Qw==".into(),
        }
    }

    #[test]
    fn a_link_stays_one_and_only_the_owner_reads_what_it_means() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("config"));
        fs::write(&real, "# mine\napiVersion: v1\nkind: Config\n").unwrap();
        symlink(&real, &link).unwrap();
        keep(&entries(), Target::Merged(link.clone(), false)).unwrap();
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
        assert!(fs::read_to_string(&real).unwrap().starts_with("# mine\n"));
        assert_eq!(fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn what_cannot_be_added_to_stays_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        fs::write(&path, "{\"clusters\": [{\"name\": \"x\"}]}").unwrap();
        let failure = keep(&entries(), Target::Merged(path.clone(), false)).unwrap_err();
        assert!(failure.hints[0].contains("--file"), "{failure:?}");
        assert_eq!(fs::read_to_string(&path).unwrap(), "{\"clusters\": [{\"name\": \"x\"}]}");
        let new = folder.path().join("new/config");
        keep(&entries(), Target::Merged(new.clone(), false)).unwrap();
        assert!(fs::read_to_string(new).unwrap().contains("current-context: site"));
    }
}
