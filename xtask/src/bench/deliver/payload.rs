//! What is delivered: random files of 50 MB and small ones of text in folders of a hundred, as a folder for the peers and as the context of an
//! image for us. Made from numbers, so that it is the same each time.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders;
use crate::parts::KUBERNETES_VERSION;

const LARGE_BYTES: usize = 50_000_000;
const IN_FOLDER: usize = 100;

/// How much is delivered.
pub(super) struct Shape {
    /// Files of 50 MB.
    pub(super) large: usize,
    /// Folders of a hundred small files.
    pub(super) folders: usize,
}

/// What was written.
pub(super) struct Payload {
    /// The context of the image.
    pub(super) context: PathBuf,
    /// The folder that the peers copy.
    pub(super) folder: PathBuf,
    /// The same in one archive, which ansible unpacks.
    pub(super) archive: PathBuf,
    /// Bytes of all files.
    pub(super) bytes: u64,
}

impl Payload {
    /// Writes everything below a new folder.
    pub(super) fn write(context: &Path, examples: &Path, shape: &Shape) -> Result<Self> {
        let folder = context.join("payload");
        let mut random = fastrand::Rng::with_seed(1);
        let mut bytes = 0;
        folders::create(&folder.join("large"))?;
        for number in 0..shape.large {
            let path = folder.join(format!("large/{number}"));
            let file = File::create(&path).map_err(Error::file("create", &path))?;
            let mut file = BufWriter::new(file);
            let mut piece = vec![0; LARGE_BYTES / 50];
            for _ in 0..50 {
                random.fill(&mut piece);
                file.write_all(&piece).map_err(Error::file("write", &path))?;
            }
            bytes += LARGE_BYTES as u64;
        }
        for number in 0..shape.folders {
            let small = folder.join(format!("small/{number:03}"));
            folders::create(&small)?;
            for file in 0..IN_FOLDER {
                let text = format!("{number} {file} {}\n", "word ".repeat(random.usize(20..600)));
                bytes += text.len() as u64;
                folders::write(&small.join(format!("{file:02}")), text)?;
            }
        }
        describe(context, examples)?;
        let archive = context.with_extension("tar");
        let tar = Program::new("tar").arguments(["--create", "--file"]).argument(&archive);
        tar.argument("--directory").argument(&folder).argument(".").output()?;
        Ok(Self { context: context.to_path_buf(), folder, archive, bytes })
    }
}

/// The image must say which Kubernetes it brings; for bringing files to hosts that is all.
fn describe(context: &Path, examples: &Path) -> Result<()> {
    let pause = examples.join("kubernetes/parts/images/pause");
    let kubefile = format!(
        "FROM scratch\nLABEL cluster.alpha.sealer.io/cluster-runtime-version={KUBERNETES_VERSION}\nCOPY payload payload\nCOPY imageList manifests/imageList\n"
    );
    folders::write(&context.join("Kubefile"), kubefile)?;
    folders::write(&context.join("imageList"), format!("k8s.gcr.io/pause:3.2 oci:{}\n", "pause"))?;
    Program::new("cp").argument("--recursive").argument(&pause).argument(context.join("pause")).output().map(drop)
}
