//! sealer's own program for one platform, carried by a cluster image: hosts of other platforms than the deliverer's get it as their agent.
//! It is an artifact with one layer, which is the program's file as it is, so that the layer's digest is the agent's.

use super::{Descriptor, Manifest, media_type};
use crate::Platform;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A program that a cluster image carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedProgram {
    /// The platform that it runs on.
    pub platform: Platform,
    /// sealer's version that it is: `v1.2.3`.
    pub version: String,
    /// The artifact's manifest.
    pub manifest: Descriptor,
}

impl fmt::Display for CarriedProgram {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "sealer's program for {}", self.platform)
    }
}

/// The configuration document of the artifact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProgramConfig {
    /// The platform that it runs on.
    pub platform: Platform,
    /// sealer's version that it is: `v1.2.3`.
    pub version: String,
}

impl CarriedProgram {
    /// The artifact's manifest, of its configuration and the program's file.
    #[must_use]
    pub fn document(config: Descriptor, file: Descriptor) -> Manifest {
        let mut manifest = Manifest::new(config, vec![file]);
        manifest.artifact_type = Some(media_type::PROGRAM.to_owned());
        manifest
    }

    /// The program's file, if this is such an artifact's manifest.
    #[must_use]
    pub fn file(manifest: &Manifest) -> Option<&Descriptor> {
        match manifest.layers.as_slice() {
            [file] if file.media_type == media_type::PROGRAM_FILE => Some(file),
            _ => None,
        }
    }

    /// Puts programs into the order that the index has, and keeps of several for one platform the one that comes last.
    pub fn settle(programs: &mut Vec<Self>) {
        let all = std::mem::take(programs);
        for program in all {
            programs.retain(|known| !known.platform.runs_on(&program.platform));
            programs.push(program);
        }
        programs.sort_by_cached_key(|program| program.platform.to_string());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;

    fn program(platform: &str, version: &str) -> CarriedProgram {
        CarriedProgram {
            platform: platform.parse().unwrap(),
            version: version.to_owned(),
            manifest: Descriptor::of(media_type::MANIFEST, version.as_bytes()),
        }
    }

    #[test]
    fn of_several_for_one_platform_the_last_is_kept() {
        let mut programs = vec![
            program("linux/s390x", "v1.0.0"),
            program("linux/arm64/v8", "v1.0.0"),
            program("linux/amd64", "v1.0.0"),
            program("linux/arm64", "v2.0.0"),
        ];
        CarriedProgram::settle(&mut programs);
        let told: Vec<String> = programs.iter().map(|it| format!("{} {}", it.platform, it.version)).collect();
        assert_eq!(told, ["linux/amd64 v1.0.0", "linux/arm64 v2.0.0", "linux/s390x v1.0.0"]);
    }

    #[test]
    fn only_a_layer_that_says_so_is_a_program() {
        let config = Descriptor::of(media_type::PROGRAM, b"{}");
        let file = Descriptor::new(media_type::PROGRAM_FILE, Digest::of(b"program"), 7);
        let manifest = CarriedProgram::document(config.clone(), file.clone());
        assert_eq!(CarriedProgram::file(&manifest), Some(&file));
        let layer = Descriptor::of(media_type::LAYER_GZIP, b"program");
        assert_eq!(CarriedProgram::file(&CarriedProgram::document(config, layer)), None);
    }
}
