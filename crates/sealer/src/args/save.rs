//! `sealer save`.

use super::byte_size::ByteSize;
use super::later::{NotYet, given};
use clap::{Args, ValueEnum};
use sealer_model::{Platform, Reference};
use std::path::PathBuf;

/// Write an image to an archive
///
/// The archive is an OCI archive: skopeo and podman read it too, unless --base left something out. A container image may be written as
/// docker does.
#[derive(Debug, Args)]
pub(crate) struct Save {
    /// The image: its name, or the beginning of its digest
    #[arg(value_name = "IMAGE")]
    pub(crate) image: Reference,
    /// The archive, or the folder of --format oci-dir
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Write only what these platforms need; the image in the archive is another one then
    #[arg(long, value_name = "OS/ARCH", value_delimiter = ',')]
    pub(crate) platform: Vec<Platform>,
    /// Write only what this image of this machine lacks; `load` asks for that image
    #[arg(long, value_name = "IMAGE")]
    pub(crate) base: Option<Reference>,
    /// Write volumes of this size, FILE.001 and so on, and FILE.json, which lists them: 4G, 700MB, 4700000000
    #[arg(long, value_name = "SIZE", value_parser = ByteSize::parse)]
    pub(crate) split: Option<ByteSize>,
    /// The archive's format
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) format: ArchiveFormat,
    /// Accepted for scripts: nothing is written elsewhere
    #[arg(long, hide = true)]
    pub(crate) tmp_dir: Option<PathBuf>,
    /// Accepted for scripts: layers are compressed already
    #[arg(long, hide = true)]
    pub(crate) compress: bool,
}

impl Save {
    pub(super) fn not_yet(&self) -> Vec<NotYet> {
        let instead = "save a docker-archive, or copy an oci-archive with skopeo";
        given(&[(self.format == ArchiveFormat::DockerDir, "--format docker-dir", instead)])
    }
}

/// The format of an archive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ArchiveFormat {
    /// An OCI image layout in a tar archive
    #[default]
    OciArchive,
    /// An OCI image layout in a folder, where nothing may be yet
    OciDir,
    /// What `docker save` writes: for a container image and one platform, not for cluster images
    DockerArchive,
    /// Not carried out yet
    #[value(hide = true)]
    DockerDir,
}
