//! The operating system and processor that an image or a host is made for, in the words of the OCI image specification.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `os/architecture[/variant]` with Go's names: `linux/amd64`, `linux/arm64`, `linux/arm/v7`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Platform {
    /// The processor: `amd64`, `arm64`, `arm`, ...
    pub architecture: String,
    /// The operating system; `linux` everywhere here.
    pub os: String,
    /// The processor's variant where the architecture alone does not say enough: `v7`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub variant: Option<String>,
}

/// The text is not a platform.
#[derive(Debug, thiserror::Error)]
#[error("\"{0}\" is not a platform of the form os/architecture[/variant]")]
pub struct InvalidPlatform(pub String);

impl Platform {
    /// `linux/<architecture>`.
    #[must_use]
    pub fn linux(architecture: &str) -> Self {
        Self { architecture: architecture.into(), os: "linux".into(), variant: None }
    }

    /// The platform of a machine from what `uname -m` prints there.
    #[must_use]
    pub fn from_machine(machine: &str) -> Self {
        match machine {
            "x86_64" => Self::linux("amd64"),
            "aarch64" | "arm64" => Self::linux("arm64"),
            "armv7l" => Self { variant: Some("v7".into()), ..Self::linux("arm") },
            "i386" | "i686" => Self::linux("386"),
            other => Self::linux(other),
        }
    }

    /// Whether content for `self` runs on a machine of platform `machine`. `arm64` and `arm64/v8` are the same.
    #[must_use]
    pub fn runs_on(&self, machine: &Self) -> bool {
        self.os == machine.os
            && self.architecture == machine.architecture
            && self.normal_variant() == machine.normal_variant()
    }

    fn normal_variant(&self) -> Option<&str> {
        match (self.architecture.as_str(), self.variant.as_deref()) {
            ("arm64", Some("v8")) | (_, Some("")) => None,
            (_, variant) => variant,
        }
    }
}

impl FromStr for Platform {
    type Err = InvalidPlatform;

    fn from_str(text: &str) -> Result<Self, InvalidPlatform> {
        let invalid = || InvalidPlatform(text.to_owned());
        let parts: Vec<&str> = text.split('/').collect();
        if parts.iter().any(|part| part.is_empty()) {
            return Err(invalid());
        }
        let (os, architecture, variant) = match parts.as_slice() {
            [os, architecture] => (os, architecture, None),
            [os, architecture, variant] => (os, architecture, Some((*variant).to_owned())),
            _ => return Err(invalid()),
        };
        Ok(Self { architecture: (*architecture).into(), os: (*os).into(), variant })
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match self.normal_variant() {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arm64_runs_on_arm64_v8_and_not_on_amd64() {
        let plain: Platform = "linux/arm64".parse().unwrap();
        let v8: Platform = "linux/arm64/v8".parse().unwrap();
        assert!(plain.runs_on(&v8));
        assert!(!plain.runs_on(&Platform::linux("amd64")));
    }

    #[test]
    fn half_a_platform_is_refused() {
        for text in ["linux", "linux/", "/amd64", "a/b/c/d", ""] {
            assert!(text.parse::<Platform>().is_err(), "{text} was accepted");
        }
    }
}
