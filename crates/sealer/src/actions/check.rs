//! `sealer check`: before a delivery it judges hosts, after it a cluster.

mod junit;
mod listing;
mod watch;

use super::Context;
use super::access::{Referred, access, access_with};
use super::blocking::blocking;
use super::clusterfile;
use super::desired::Desired;
use super::store::open;
use crate::args::{Check, CheckFormat};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_cluster::checks::Ignore;
use sealer_cluster::{Access, State, verbs};
use sealer_model::bundle::{Bundle, KUBEADM_FILE};
use sealer_model::checks::{Finding, Stage};
use sealer_model::cluster::Cluster;
use sealer_model::clusterfile::{Clusterfile, DEFAULT_NAME, RegistrySettings};
use sealer_model::image_check::is_check_file;

/// Checks, prints what was found, and says so in the exit code.
///
/// # Errors
/// When the check itself could not be made.
pub(super) async fn check(request: Check, context: &Context) -> Result<Exit, Failure> {
    match request {
        Check { list: true, output, .. } => listing::list(output),
        Check { pre: true, .. } => before(request, context).await,
        _ => after(request, context).await,
    }
}

/// The checks that shall not count.
///
/// # Errors
/// When there is no such check.
pub(super) fn ignored(ids: &[String]) -> Result<Ignore, Failure> {
    let unknown = |error: sealer_cluster::checks::UnknownCheck| {
        Failure::usage(error.to_string()).hint("`sealer check --list` names them all")
    };
    Ignore::of(ids.iter().map(String::as_str)).map_err(unknown)
}

async fn before(request: Check, context: &Context) -> Result<Exit, Failure> {
    let ignore = ignored(&request.ignore)?;
    let clusterfile = match &request.clusterfile {
        Some(path) => Some(clusterfile::read_fit(path.clone(), context).await?),
        None => None,
    };
    let desired = Desired::of_check(&request, clusterfile.as_ref(), context).await?;
    if desired.cluster.members.is_empty() {
        return Err(
            Failure::usage("no host was named").hint("name the hosts with --masters and --nodes, or in a Clusterfile")
        );
    }
    // nobody starts a registry, so nobody is asked for its passwords
    let without_registry =
        |file: &Clusterfile| Referred { registry: RegistrySettings::default(), ..Referred::by(file) };
    let referred = clusterfile.as_ref().map(without_registry).unwrap_or_default();
    let access = access_with(request.login, referred, context).await?;
    let root = &context.settings.root;
    let (cluster, bundle, listener) = (desired.cluster, desired.bundle, context.listener.clone());
    let request_of_image = (&bundle, &ignore, request.fix);
    let findings = verbs::check_before(root, cluster, request_of_image, access, listener).await?;
    conclude(Stage::Before, &findings, request.output)
}

fn conclude(stage: Stage, findings: &[Finding], format: CheckFormat) -> Result<Exit, Failure> {
    match format {
        CheckFormat::Json => output::print_json(&findings)?,
        CheckFormat::Junit => output::print(junit::document(stage, findings))?,
        CheckFormat::Table | CheckFormat::Markdown if findings.is_empty() => output::print("no problems found\n")?,
        CheckFormat::Table | CheckFormat::Markdown => output::print(table(findings))?,
    }
    Ok(if findings.iter().any(Finding::blocks) { Exit::ProblemsFound } else { Exit::Done })
}

/// How bad it is, unless it does not count or is not so any more.
fn state(finding: &Finding) -> String {
    match finding {
        Finding { fixed: true, .. } => "fixed".to_owned(),
        Finding { ignored: true, .. } => "ignored".to_owned(),
        Finding { severity, .. } => severity.to_string(),
    }
}

fn table(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let Finding { id, subject, found, remedy, .. } = finding;
        let remedy = if finding.fixable && !finding.fixed { format!("{remedy} (or --fix)") } else { remedy.clone() };
        [state(finding), subject.clone(), id.clone(), found.clone(), remedy]
    };
    let head = ["SEVERITY", "WHERE", "CHECK", "FOUND", "REMEDY"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(head).chain(findings.iter().map(row)).collect();
    output::table(&rows)
}

async fn after(request: Check, context: &Context) -> Result<Exit, Failure> {
    let name = request.cluster_name.unwrap_or_else(|| DEFAULT_NAME.to_owned());
    let cluster = State::read(&context.settings.root, &name)?;
    let asked = Asked {
        name,
        ignore: ignored(&request.ignore)?,
        image: delivered(&cluster, context).await?,
        access: access(request.login, context).await?,
    };
    match request.watch {
        Some(seconds) => watch::watch(&asked, seconds, request.output, context).await,
        None => conclude(Stage::After, &asked.look(context).await?, request.output),
    }
}

/// What a look at a cluster that runs needs.
struct Asked {
    name: String,
    ignore: Ignore,
    image: Option<Bundle>,
    access: Access,
}

impl Asked {
    async fn look(&self, context: &Context) -> Result<Vec<Finding>, Failure> {
        let (root, listener) = (&context.settings.root, context.listener.clone());
        let (image, access) = (self.image.as_ref(), self.access.clone());
        Ok(verbs::check_after(root, &self.name, image, access, &self.ignore, listener).await?)
    }
}

/// The image that the cluster was made of, if it is still here: by now its name may mean another one.
async fn delivered(cluster: &Cluster, context: &Context) -> Result<Option<Bundle>, Failure> {
    let (folder, name, digest) = (context.settings.store(), cluster.image.clone(), cluster.image_digest.clone());
    let bundle = move || {
        let bundle =
            sealer_image::bundle(&open(&folder)?, &name, &|path| path == KUBEADM_FILE || is_check_file(path)).ok();
        Ok(bundle.filter(|bundle| bundle.index.digest == digest))
    };
    let found = blocking(bundle).await?;
    if found.is_none() {
        let image = format!("{} ({})", cluster.image, cluster.image_digest.short());
        context.listener.warn(format!("{image} is not in the store here, so the registries are not compared with it and its own checks are not made"));
    }
    Ok(found)
}
