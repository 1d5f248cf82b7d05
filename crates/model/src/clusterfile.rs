//! The Clusterfile: one file of several YAML documents that says what differs on a site. Text goes in; typed documents come
//! out, together with everything that there is to say about them: unknown and misspelt fields, values that break their rules,
//! and contradictions, each with line, column, the line itself and what to write instead. Nothing is silently ignored.
//!
//! One table of fields (`fields/`) drives the check, the JSON schema for editors, the reference page, and the list of what
//! this version cannot do yet.

mod checks;
mod contradiction;
mod convert;
mod desired;
mod document;
mod draft;
mod fields;
mod finding;
mod format;
mod image;
mod network;
mod node;
mod page;
mod registry;
mod schema;
mod secret_lines;
mod shape;
mod view;
mod walk;

pub use checks::checks_of_image;
pub use convert::convert;
pub use desired::DEFAULT_NAME;
pub use document::{ApplicationDocument, ClusterDocument, HostGroup, PluginDocument, SecretSource, Ssh};
pub use draft::Draft;
pub use finding::{Finding, Severity, UnfitClusterfile};
pub use page::reference_page;
pub use registry::{CertificateFiles, RegistrySettings};
pub use schema::json_schema;

use crate::Position;
use crate::cluster::{Config, Plugin};
use crate::kubeadm::Overrides;
use crate::nearest::nearest;
use fields::{CLUSTER_V1, DOCUMENTS};
use node::{Content, Node};
use shape::DocumentShape;
use view::View;

/// A Clusterfile as it was read, with what there is to say about it.
#[derive(Clone, Debug)]
pub struct Clusterfile {
    /// The cluster.
    pub cluster: ClusterDocument,
    /// What is launched, if the file says so.
    pub application: Option<ApplicationDocument>,
    /// Files that differ.
    pub configs: Vec<Config>,
    /// What runs at phases.
    pub plugins: Vec<PluginDocument>,
    /// The kubeadm documents, without what sealer computes.
    pub kubeadm: Overrides,
    file: String,
    lines: Vec<String>,
    documents: Vec<Document>,
    findings: Vec<Finding>,
}

/// One document of a known kind.
#[derive(Clone, Debug)]
struct Document {
    shape: &'static DocumentShape,
    node: Node,
}

impl Document {
    fn view(&self) -> View<'_> {
        View::whole(&self.node)
    }
}

impl Clusterfile {
    /// Reads a Clusterfile. `file` is what findings call it. A file with mistakes is read, too, as far as it goes; ask
    /// [`Clusterfile::findings`] or [`Clusterfile::fit`].
    #[must_use]
    pub fn read(file: &str, text: &str) -> Self {
        let text = text.trim_start_matches('\u{feff}');
        let mut findings = Vec::new();
        let documents = match node::read(text) {
            Ok(nodes) => nodes.into_iter().filter_map(|node| recognised(node, &mut findings)).collect(),
            Err(finding) => {
                findings.push(*finding);
                Vec::new()
            }
        };
        let readable = findings.is_empty() || !documents.is_empty();
        let mut clusterfile = Self {
            cluster: document::cluster(&documents),
            application: document::application(&documents),
            configs: document::configs(&documents),
            plugins: document::plugins(&documents),
            kubeadm: document::overrides(&documents),
            file: file.to_owned(),
            lines: text.lines().map(str::to_owned).collect(),
            documents,
            findings: Vec::new(),
        };
        for document in &clusterfile.documents {
            findings.extend(walk::check(&document.view(), document.shape));
        }
        if readable {
            findings.extend(contradiction::check(&clusterfile));
        }
        clusterfile.findings = clusterfile.placed(findings);
        clusterfile
    }

    /// Everything there is to say, in the order of the file.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Whether a delivery may start with it.
    ///
    /// # Errors
    /// All findings that are errors, or that this version cannot do yet.
    pub fn fit(&self) -> Result<(), UnfitClusterfile> {
        fit(&self.findings)
    }

    /// What a person calls the file.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    fn of_kind(&self, kind: &str) -> Option<View<'_>> {
        self.documents.iter().find(|document| document.shape.kind == kind).map(Document::view)
    }

    fn placed(&self, findings: Vec<Finding>) -> Vec<Finding> {
        let mut placed: Vec<Finding> =
            findings.into_iter().map(|finding| finding.placed(&self.file, &self.lines)).collect();
        placed.sort_by_key(|finding| (finding.line, finding.column));
        placed
    }
}

fn fit(findings: &[Finding]) -> Result<(), UnfitClusterfile> {
    let against = findings.iter().filter(|finding| finding.severity != Severity::Warning);
    let findings: Vec<Finding> = against.cloned().collect();
    if findings.is_empty() { Ok(()) } else { Err(UnfitClusterfile { findings }) }
}

/// The plugins of a file below an image's `plugins/`, and everything that is wrong with it. An image knows no hosts, so that it has
/// only those that run at phases.
#[must_use]
pub fn plugins_of_image(file: &str, text: &str) -> (Vec<Plugin>, Vec<Finding>) {
    let mut findings = Vec::new();
    let nodes = node::read(text).unwrap_or_else(|finding| {
        findings.push(*finding);
        Vec::new()
    });
    let documents: Vec<Document> = nodes.into_iter().filter_map(|node| recognised(node, &mut findings)).collect();
    let mut sound = Vec::new();
    for document in documents {
        let mut wrong = walk::check(&document.view(), document.shape);
        let plugin = document::plugins(std::slice::from_ref(&document)).pop();
        let script = plugin.filter(PluginDocument::runs).map(|plugin| plugin.plugin);
        if script.is_none() {
            let message = "an image knows no hosts, so that this plugin is left out";
            wrong.push(Finding::warning(document.node.position, "spec.type", message));
        }
        sound.extend(script.filter(|_| wrong.iter().all(|finding| finding.severity == Severity::Warning)));
        findings.extend(wrong);
    }
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    (sound, findings.into_iter().map(|finding| finding.placed(file, &lines)).collect())
}

/// Finds out what a document is; what it is not is a finding.
fn recognised(node: Node, findings: &mut Vec<Finding>) -> Option<Document> {
    let view = View::whole(&node);
    if !matches!(node.content, Content::Map(_)) {
        let message = format!("a document must be a map with apiVersion and kind, and this is {}", node.kind());
        findings.push(Finding::error(node.position, "", message));
        return None;
    }
    let kind = match view.get("kind").map(|kind| (kind.text().unwrap_or_default(), kind.position())) {
        Some(kind) => kind,
        None => {
            let known: Vec<&str> = DOCUMENTS.iter().map(|document| document.kind).collect();
            let finding = Finding::error(node.position, "kind", "the document does not say what it is");
            findings.push(finding.hint(format!("write kind: and one of {}", known.join(", "))));
            return None;
        }
    };
    let version = view.word_of("apiVersion").unwrap_or_default();
    let Some(shape) = shape_of(&kind.0, &version) else {
        findings.push(unknown_kind(&kind.0, kind.1, &version));
        return None;
    };
    findings.extend(unknown_version(&view, shape));
    Some(Document { shape, node })
}

fn shape_of(kind: &str, version: &str) -> Option<&'static DocumentShape> {
    const FIRST: &DocumentShape = &CLUSTER_V1;
    if kind == FIRST.kind && FIRST.versions.contains(&version) { Some(FIRST) } else { fields::document(kind) }
}

fn unknown_kind(kind: &str, position: Position, version: &str) -> Finding {
    let known: Vec<&str> = DOCUMENTS.iter().map(|document| document.kind).collect();
    let finding = Finding::error(position, "kind", format!("\"{kind}\" is not a document of a Clusterfile"));
    let other_case = known.iter().find(|known| known.eq_ignore_ascii_case(kind)).copied();
    finding.hint(match other_case.or_else(|| nearest(kind, &known)) {
        Some(name) => format!("did you mean {name}?"),
        None if known.contains(&version) => "apiVersion and kind have changed places".to_owned(),
        None if kind == "KubeadmConfig" => {
            "write its parts as documents of their own: InitConfiguration, ClusterConfiguration, ...".to_owned()
        }
        None => format!("it is one of {}", known.join(", ")),
    })
}

fn unknown_version(view: &View<'_>, shape: &DocumentShape) -> Option<Finding> {
    let newest = shape.versions[0];
    let Some(version) = view.get("apiVersion") else {
        let finding = Finding::error(view.position(), "apiVersion", "the field is missing");
        return Some(finding.hint(format!("write apiVersion: {newest}")));
    };
    let text = version.text().unwrap_or_default();
    if shape.versions.contains(&text.as_str()) {
        return None;
    }
    let message = format!("\"{text}\" is not a version of {}", shape.kind);
    let near = nearest(&text, shape.versions).unwrap_or(newest);
    Some(Finding::error(version.position(), "apiVersion", message).hint(format!("did you mean {near}?")))
}

#[cfg(test)]
mod tests;
