//! Container images that a build cannot carry: told all at once, each with everyone who asks for it and what was tried, so
//! that one look is enough to mend the lot.

use crate::discovery::Unsearched;
use crate::error::Error;
use sealer_model::image::Demand;
use sealer_model::{Platform, Reference};
use std::collections::BTreeSet;
use std::fmt;

/// Images that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// One entry for each image and platform.
    pub images: Vec<MissingImage>,
}

/// One image that nobody has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingImage {
    /// Its full name.
    pub name: Reference,
    /// The platform it was wanted for.
    pub platform: Platform,
    /// Who asks for it.
    pub demands: Vec<Demand>,
    /// Where it was looked for, and what came of it.
    pub tried: String,
}

/// Files that may ask for images that nobody knows of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// The files.
    pub files: Vec<Unsearched>,
}

impl Unknown {
    /// The error for these files, if there are any.
    pub(crate) fn refuse(files: BTreeSet<Unsearched>) -> Result<(), Error> {
        if files.is_empty() { Ok(()) } else { Err(Error::Unknown(Self { files: files.into_iter().collect() })) }
    }
}

impl fmt::Display for MissingImage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} for {}: {}", self.name, self.platform, self.tried)?;
        for demand in &self.demands {
            write!(formatter, "\n    asked for by {demand}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Missing {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.images.len() {
            1 => write!(formatter, "a container image is missing")?,
            count => write!(formatter, "{count} container images are missing")?,
        }
        self.images.iter().try_for_each(|image| write!(formatter, "\n  {image}"))
    }
}

impl fmt::Display for Unknown {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the container images that some files need cannot be found out")?;
        self.files.iter().try_for_each(|file| write!(formatter, "\n  {file}"))?;
        write!(
            formatter,
            "\n  hint: mend them; or list what they need in manifests/imageList and accept each with --allow-unsearched FILE"
        )
    }
}
