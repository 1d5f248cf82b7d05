//! What a document may hold, as data. One table of fields drives four things that otherwise drift apart: the strict check with
//! its nearest-name hints, the JSON schema for editors, the reference page, and the list of what this version cannot do yet.

/// One field of a document.
#[derive(Clone, Copy, Debug)]
pub(super) struct Field {
    /// As it is written in the file.
    pub(super) name: &'static str,
    /// What its value may be.
    pub(super) shape: Shape,
    /// One sentence for people; empty where Kubernetes' own documentation says it.
    pub(super) about: &'static str,
    /// Whether the document makes no sense without it.
    pub(super) required: bool,
    /// What is taken without it.
    pub(super) default: Option<&'static str>,
    /// What this version does with it.
    pub(super) support: Support,
}

/// What this version does with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Support {
    /// What it says.
    Honoured,
    /// Nothing; a delivery is refused. The text says what to do instead.
    NotYet(&'static str),
    /// sealer sets it by itself, whatever the file says.
    Computed,
}

/// What a value may be.
#[derive(Clone, Copy, Debug)]
pub(super) enum Shape {
    /// Any text; numbers and truth values are taken as the text that was written.
    Text,
    /// Text that follows rules.
    Formatted(Format),
    /// A secret: text that is never shown.
    Secret,
    /// `true` or `false`.
    Boolean,
    /// A whole number between two others.
    Integer(i64, i64),
    /// Any number.
    Number,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any number of values of one shape.
    List(&'static Shape),
    /// Names with values of one shape.
    Map(&'static Shape),
    /// Kubernetes labels: names and values that follow its rules.
    Labels,
    /// These fields and no others.
    Object(&'static [Field]),
    /// These fields; others may come with a newer Kubernetes.
    Open(&'static [Field]),
    /// Flags of a program: a map, or from v1beta4 on a list of `{name, value}`.
    Arguments,
    /// Whatever one likes.
    Anything,
}

/// Rules for text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// The name of a cluster.
    ClusterName,
    /// The name of a namespace.
    Namespace,
    /// The name of an image.
    Image,
    /// One IP address.
    Address,
    /// Addresses: one, several with commas between, or a range.
    Addresses,
    /// One address range, or one of each family with a comma between.
    Networks,
    /// `KEY=VALUE`.
    Pair,
    /// The name of a variable that templates and shells can name.
    Variable,
    /// A taint.
    Taint,
    /// A domain name.
    Domain,
    /// A DNS name or an IP address.
    Host,
    /// Parts of a repository's name with slashes between.
    RepositoryPath,
    /// A path that begins with `/`.
    AbsolutePath,
    /// A path that stays below its folder.
    RelativePath,
    /// Phases with `|` between.
    Phases,
    /// A duration as Go writes it: `1m30s`.
    Duration,
    /// Text that is not empty.
    NotEmpty,
}

impl Field {
    /// A field that may be left out.
    pub(super) const fn new(name: &'static str, shape: Shape, about: &'static str) -> Self {
        Self { name, shape, about, required: false, default: None, support: Support::Honoured }
    }

    /// A field that only Kubernetes' documentation explains.
    pub(super) const fn plain(name: &'static str, shape: Shape) -> Self {
        Self::new(name, shape, "")
    }

    /// The same, but it must be there.
    pub(super) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same with what is taken without it.
    pub(super) const fn default(self, default: &'static str) -> Self {
        Self { default: Some(default), ..self }
    }

    /// The same, but this version refuses to deliver with it.
    pub(super) const fn not_yet(self, instead: &'static str) -> Self {
        Self { support: Support::NotYet(instead), ..self }
    }

    /// The same, but sealer sets it by itself.
    pub(super) const fn computed(self) -> Self {
        Self { support: Support::Computed, ..self }
    }
}

/// One kind of document.
#[derive(Clone, Copy, Debug)]
pub(super) struct DocumentShape {
    /// `Cluster`.
    pub(super) kind: &'static str,
    /// `apiVersion`s that are understood; the first is the one to write.
    pub(super) versions: &'static [&'static str],
    /// One sentence for people.
    pub(super) about: &'static str,
    /// Its fields besides `apiVersion` and `kind`.
    pub(super) fields: &'static [Field],
    /// Whether a newer Kubernetes may know more fields.
    pub(super) open: bool,
    /// Whether a file may hold several of them.
    pub(super) many: bool,
}
