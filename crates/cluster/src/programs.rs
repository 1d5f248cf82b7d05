//! Which program becomes the agent on a host: this very one on hosts of its own platform, on others the one that the cluster's image carries
//! for them. Decided from facts, before anything is touched.

use sealer_host::AgentBinary;
use sealer_model::bundle::Program;
use sealer_model::{Digest, Platform, Reference};
use std::error::Error;
use std::path::PathBuf;

/// Finds the programs that an image carries. This room does not know the store; whoever joins the rooms gives it one of these.
pub trait CarriedPrograms: std::fmt::Debug + Send + Sync {
    /// The programs of an image with the files where they lie on this machine, which stay there for as long as this lives. None when the
    /// image is not on this machine. Blocks.
    ///
    /// # Errors
    /// When the image cannot be read.
    fn of_image(&self, digest: &Digest) -> Result<Option<Vec<ProgramFile>>, Box<dyn Error + Send + Sync>>;
}

/// A program that an image carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramFile {
    /// What it is.
    pub program: Program,
    /// Where it lies on this machine.
    pub path: PathBuf,
}

/// What there is to choose from.
#[derive(Clone, Debug)]
pub struct Programs {
    own: Platform,
    version: String,
    image: String,
    /// None when the image is not on this machine.
    carried: Option<Vec<ProgramFile>>,
}

/// What becomes the agent on a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chosen<'a> {
    /// This very program.
    Own,
    /// One that the image carries.
    Carried(&'a ProgramFile),
}

/// There is no program for a host.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoProgram {
    /// The image is elsewhere.
    #[error(
        "this sealer is for {own}, the host is {host}, and image {image}, which may carry a program for it, is not on this machine: \
         pull or load the image, or deliver from a machine of {host}"
    )]
    NoImage {
        /// What this sealer runs on.
        own: String,
        /// What the host is.
        host: String,
        /// The image.
        image: String,
    },
    /// The image carries none.
    #[error(
        "this sealer is for {own}, the host is {host}, and image {image} carries no program of sealer for it: build the image with \
         --program {host}=FILE, or deliver from a machine of {host}"
    )]
    NotCarried {
        /// What this sealer runs on.
        own: String,
        /// What the host is.
        host: String,
        /// The image.
        image: String,
    },
    /// The image carries another version.
    #[error(
        "this sealer is {version}, the host is {host}, and image {image} carries sealer {carried} for it: build the image with \
         programs of sealer {version}, or deliver with sealer {carried}"
    )]
    Version {
        /// This sealer's version.
        version: String,
        /// What the host is.
        host: String,
        /// The image.
        image: String,
        /// The version that it carries.
        carried: String,
    },
}

impl Programs {
    /// This program alone, and the image that carries nothing to choose from as far as is known.
    pub(crate) fn own(own: Platform, version: &str, image: &Reference) -> Self {
        Self { own, version: version.to_owned(), image: image.to_string(), carried: None }
    }

    /// The same with what the image carries; none when it is not on this machine.
    pub(crate) fn with(self, carried: Option<Vec<ProgramFile>>) -> Self {
        Self { carried, ..self }
    }

    /// Whether this very program runs on a host.
    pub(crate) fn is_own(&self, host: &Platform) -> bool {
        self.own.runs_on(host)
    }

    /// The program for a host.
    ///
    /// # Errors
    /// When there is none that this sealer can talk to.
    pub(crate) fn choose(&self, host: &Platform) -> Result<Chosen<'_>, NoProgram> {
        if self.is_own(host) {
            return Ok(Chosen::Own);
        }
        let for_host = |file: &&ProgramFile| file.program.platform.runs_on(host);
        let found = self.carried.as_ref().map(|carried| carried.iter().find(for_host));
        let (own, host, image) = (self.own.to_string(), host.to_string(), self.image.clone());
        match found.ok_or_else(|| NoProgram::NoImage { own: own.clone(), host: host.clone(), image: image.clone() })? {
            None => Err(NoProgram::NotCarried { own, host, image }),
            Some(file) if file.program.version == self.version => Ok(Chosen::Carried(file)),
            Some(ProgramFile { program, .. }) => {
                let (version, carried) = (self.version.clone(), program.version.clone());
                Err(NoProgram::Version { version, host, image, carried })
            }
        }
    }

    /// The same as what is sent; `own` is this program's file.
    ///
    /// # Errors
    /// As [`Programs::choose`].
    pub(crate) fn binary(&self, host: &Platform, own: &AgentBinary) -> Result<AgentBinary, NoProgram> {
        Ok(match self.choose(host)? {
            Chosen::Own => own.clone(),
            Chosen::Carried(ProgramFile { program, path }) => {
                AgentBinary::known(path.clone(), program.digest.clone(), program.size)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(carried: Option<&[(&str, &str)]>) -> Programs {
        let file = |(platform, version): &(&str, &str)| ProgramFile {
            program: Program {
                platform: platform.parse().unwrap(),
                version: (*version).to_owned(),
                digest: Digest::of(platform.as_bytes()),
                size: 7,
            },
            path: format!("/blobs/{platform}").into(),
        };
        let carried = carried.map(|all| all.iter().map(file).collect());
        Programs::own(Platform::linux("amd64"), "v2.0.0", &"r.io/a:1".parse().unwrap()).with(carried)
    }

    fn chosen(carried: Option<&[(&str, &str)]>, host: &str) -> Result<Option<PathBuf>, String> {
        match programs(carried).choose(&host.parse().unwrap()) {
            Ok(Chosen::Own) => Ok(None),
            Ok(Chosen::Carried(file)) => Ok(Some(file.path.clone())),
            Err(none) => Err(none.to_string()),
        }
    }

    #[test]
    fn hosts_of_this_platform_get_this_program_whatever_the_image_carries() {
        for carried in [None, Some(&[("linux/amd64", "v1.0.0")][..])] {
            assert_eq!(chosen(carried, "linux/amd64"), Ok(None));
        }
    }

    #[test]
    fn hosts_of_other_platforms_get_what_the_image_carries_for_them() {
        let carried: &[_] = &[("linux/arm64", "v2.0.0"), ("linux/s390x", "v2.0.0")];
        assert_eq!(chosen(Some(carried), "linux/arm64/v8"), Ok(Some("/blobs/linux/arm64".into())));
        assert_eq!(chosen(Some(carried), "linux/s390x"), Ok(Some("/blobs/linux/s390x".into())));
    }

    #[test]
    fn why_there_is_none_is_said_with_the_platform_the_image_and_what_to_do() {
        let carried: &[_] = &[("linux/arm64", "v1.0.0")];
        for (carried, host, words) in [
            (None, "linux/arm64", ["not on this machine", "pull or load"]),
            (Some(carried), "linux/riscv64", ["carries no program", "--program linux/riscv64=FILE"]),
            (Some(carried), "linux/arm64", ["carries sealer v1.0.0", "programs of sealer v2.0.0"]),
        ] {
            let why = chosen(carried, host).unwrap_err();
            assert!(why.contains(host) && why.contains("r.io/a:1"), "{why}");
            assert!(words.iter().all(|word| why.contains(word)), "{why}");
        }
    }

    #[test]
    fn what_is_sent_is_known_by_the_digest_in_the_image() {
        let own = AgentBinary::known("/own".into(), Digest::of(b"own"), 3);
        let programs = programs(Some(&[("linux/arm64", "v2.0.0")]));
        let of = |host: &str| programs.binary(&host.parse().unwrap(), &own).unwrap();
        assert_eq!((of("linux/amd64").digest(), of("linux/amd64").size()), (own.digest(), 3));
        assert_eq!((of("linux/arm64").digest(), of("linux/arm64").size()), (&Digest::of(b"linux/arm64"), 7));
    }
}
