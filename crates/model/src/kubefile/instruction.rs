//! The instructions as types.

use super::arguments::Arguments;
use super::keyword::action;
use super::{Line, Mistake, Position, Run, Word};

/// One instruction and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// Where it begins.
    pub position: Position,
    /// The whole instruction as one line.
    pub text: String,
    /// What it says.
    pub action: Action,
}

/// What an instruction says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `FROM`
    From(Base),
    /// `COPY`
    Copy(Copy),
    /// `ADD`
    Add(Copy),
    /// `RUN`
    Run(Run),
    /// `ARG`
    Arguments(Vec<Argument>),
    /// `ENV`
    Environment(Vec<Pair>),
    /// `LABEL`
    Labels(Vec<Pair>),
    /// `MAINTAINER`
    Maintainer(String),
    /// `APP`, `CNI`, `CSI`
    Application {
        /// Which of the three.
        kind: ApplicationKind,
        /// The name; it is safe as the name of a folder.
        name: String,
        /// The files.
        sources: Vec<ApplicationSource>,
    },
    /// `APPCMDS`
    ApplicationCommands(Named<Vec<String>>),
    /// `APPENV`
    ApplicationEnvironment(Named<Vec<Pair>>),
    /// `LAUNCH`: names of applications.
    Launch(Vec<String>),
    /// `CMDS`
    Commands(Vec<String>),
    /// `CMD`, the older form of `CMDS`: one command.
    Command(String),
    /// `KUBEVERSION`
    KubernetesVersion(Word),
}

/// The image that `FROM` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// `scratch` or the name of a cluster image.
    pub image: Word,
    /// `--platform`
    pub platform: Option<Word>,
    /// `AS NAME`: what others that copy from this stage call it, in small letters.
    pub stage: Option<String>,
}

/// `COPY` and `ADD`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// Paths and patterns; at least one, unless there are documents.
    pub sources: Vec<Word>,
    /// Texts that stand in the Kubefile, each with the name of the file that it becomes.
    pub documents: Vec<(String, Word)>,
    /// Where they go.
    pub destination: Word,
    /// `--chown`
    pub owner: Option<Word>,
    /// `--chmod`
    pub mode: Option<Word>,
    /// `--from`
    pub from: Option<Word>,
    /// `--checksum`
    pub checksum: Option<Word>,
}

/// One variable of `ARG`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Argument {
    /// The name.
    pub name: String,
    /// The value when the build is given none.
    pub default: Option<Word>,
}

/// `key=value`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The key; variables count only in labels.
    pub key: Word,
    /// The value.
    pub value: Word,
}

/// Something said about an application.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named<T> {
    /// The application.
    pub application: String,
    /// What is said.
    pub value: T,
}

/// What an application is to the cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ApplicationKind {
    /// An ordinary application.
    Plain,
    /// A container network.
    Network,
    /// Container storage.
    Storage,
}

/// Where an application's files come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApplicationSource {
    /// `local://PATH`: a path in the context; the word is without the scheme.
    Local(Word),
    /// `http://...` or `https://...`
    Url {
        /// The address.
        url: Word,
        /// `--checksum`, which stands before it.
        checksum: Option<Word>,
    },
    /// `oci://REGISTRY/REPOSITORY:VERSION`: a Helm chart in a registry; the word is without the scheme.
    Chart(Word),
}

impl Instruction {
    pub(super) fn parse(line: &Line, escape: char) -> Result<Self, Mistake> {
        let end = line.text.find(char::is_whitespace).unwrap_or(line.text.len());
        let position = line.position(0);
        let arguments = Arguments::new(line, end, escape);
        let action = action(&line.text[..end], arguments, position)?;
        Ok(Self { position, text: line.text.clone(), action })
    }

    /// A mistake about the whole instruction.
    pub fn mistake(&self, message: impl Into<String>) -> Mistake {
        Mistake::new(self.position, message)
    }
}
