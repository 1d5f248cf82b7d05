//! What goes wrong with a chart: when it is read, given its values, or rendered. The texts name the chart and the file; for
//! templates they are worded as Helm words them, with the chain of templates that led to the place.

use std::fmt;
use std::path::PathBuf;

/// What a function of this crate gives.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a chart gives no manifests.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or folder cannot be read or written.
    #[error("{}", path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// There is no chart at that place.
    #[error("{place} is no chart: {problem}")]
    NoChart {
        /// The folder or archive.
        place: String,
        /// What is missing or wrong.
        problem: String,
    },
    /// An archive that may not be opened: it is damaged, too large, or has names that lead out of it.
    #[error("the archive of a chart is refused: {0}")]
    Archive(String),
    /// A chart is larger than charts may be.
    #[error("the chart is too large: {0}")]
    TooLarge(String),
    /// A file of a chart has no meaning.
    #[error("cannot load {file}: {problem}")]
    Unreadable {
        /// The file, from the chart's folder.
        file: String,
        /// What is wrong in it.
        problem: String,
    },
    /// A folder or archive below a chart, or the chart itself, is none.
    #[error("Chart.yaml file is missing")]
    NoChartFile,
    /// The data about a chart are incomplete or wrong.
    #[error("validation: {0}")]
    Invalid(String),
    /// A chart below another cannot be loaded.
    #[error("error unpacking subchart {name} in {parent}: {cause}")]
    Subchart {
        /// Its folder or archive in `charts/`.
        name: String,
        /// The chart above.
        parent: String,
        /// Why; not a source, for the text says it already.
        cause: Box<Error>,
    },
    /// `charts/` lacks what `Chart.yaml` asks for.
    #[error("found in Chart.yaml, but missing in charts/ directory: {}", .0.join(", "))]
    MissingDependencies(Vec<String>),
    /// A values file or an option that sets a value makes no sense.
    #[error("{origin}: {problem}")]
    Values {
        /// The file, or the option with what was given.
        origin: String,
        /// What is wrong.
        problem: String,
    },
    /// Values do not fit the schemas of the charts.
    #[error("values don't meet the specifications of the schema(s) in the following chart(s):\n{}", joined(.0))]
    Schema(Vec<Violation>),
    /// A template cannot be read or rendered.
    #[error(transparent)]
    Template(Box<TemplateFailure>),
    /// A rendered manifest is not YAML.
    #[error("YAML parse error on {path}: {problem}")]
    Manifest {
        /// The template.
        path: String,
        /// What is wrong.
        problem: String,
    },
    /// The version that `--kube-version` gives is none.
    #[error("invalid kube version '{0}'; it looks like v1.30.2")]
    KubeVersion(String),
    /// The chart is not for this Kubernetes.
    #[error(
        "chart requires kubeVersion: {required} which is incompatible with Kubernetes {actual}; --kube-version names another"
    )]
    IncompatibleKubeVersion {
        /// The constraint in `Chart.yaml`.
        required: String,
        /// The version rendered for.
        actual: String,
    },
    /// A chart that is only there for others.
    #[error("library charts are not installable: {0}")]
    Library(String),
    /// `--show-only` names what is not there.
    #[error("could not find template {0} in chart")]
    NoSuchTemplate(String),
    /// The machine has no thread to render on.
    #[error("no thread for rendering")]
    Thread(#[source] std::io::Error),
}

/// Where values do not fit a chart's schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// The chart whose schema it is.
    pub chart: String,
    /// The place in the chart's values, as a JSON pointer, empty for the whole; none where the schema itself is wrong.
    pub path: Option<String>,
    /// What is wrong there.
    pub problem: String,
}

/// A template that cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub struct TemplateFailure {
    /// The template that was to be rendered, from the chart's name on.
    pub template: String,
    /// The places that led to the failure, the outermost first.
    pub places: Vec<Place>,
    /// What went wrong, worded as Helm does.
    pub message: String,
}

/// A place in a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, from the chart's name on.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The byte in the line, from 0.
    pub column: usize,
}

impl fmt::Display for TemplateFailure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.message)
    }
}

impl Error {
    /// A file that cannot be read or written.
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    /// A file of a chart without meaning.
    pub(crate) fn unreadable(file: &str, problem: impl fmt::Display) -> Self {
        Self::Unreadable { file: file.to_owned(), problem: problem.to_string() }
    }
}

/// The violations under the names of their charts.
fn joined(violations: &[Violation]) -> String {
    let mut text = String::new();
    let mut chart = None;
    for violation in violations {
        if chart != Some(&violation.chart) {
            text.push_str(&format!("{}:\n", violation.chart));
            chart = Some(&violation.chart);
        }
        let place = violation.path.as_ref().map(|path| format!("- at '{path}': ")).unwrap_or_default();
        text.push_str(&format!("{place}{}\n", violation.problem));
    }
    text
}
