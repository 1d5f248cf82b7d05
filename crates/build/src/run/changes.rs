//! What a command changed, as the files of a layer: the upper folder of its overlay, with the kernel's marks of what was removed turned
//! into those of the OCI format.

use super::Stopped;
use crate::context::{Kind, joined};
use crate::error::Error;
use crate::files::{Entry, Files, OPAQUE, WHITEOUT};
use crate::isolation::Form;
use crate::recipe::RunStep;
use rustix::io::Errno;
use sealer_model::event::Listener;
use sealer_model::kubefile::Mistake;
use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// Reads an upper folder.
pub(super) fn read(upper: &Path, form: Form, step: &RunStep, listener: &Listener) -> Result<Files, Stopped> {
    let mut changes = Changes { form, step, listener, files: Files::new(), names: BTreeMap::new() };
    changes.folder(upper, "")?;
    Ok(changes.files)
}

struct Changes<'a> {
    form: Form,
    step: &'a RunStep,
    listener: &'a Listener,
    files: Files,
    /// Files with several names: the first of them, by device and number.
    names: BTreeMap<(u64, u64), String>,
}

impl Changes<'_> {
    fn folder(&mut self, folder: &Path, path: &str) -> Result<(), Stopped> {
        for name in crate::context::children(folder)? {
            let below = joined(path, &name);
            let source = folder.join(&name);
            let metadata = source.symlink_metadata().map_err(|error| Error::read(&source, error))?;
            if name.starts_with(WHITEOUT) {
                let message = format!("RUN made {below}: in a layer, a name that begins with .wh. means a deletion");
                return Err(self.mistake(message, "give the file another name").into());
            }
            self.entry(&source, path, &name, &metadata)?;
            if metadata.is_dir() {
                self.folder(&source, &below)?;
            }
        }
        Ok(())
    }

    fn entry(&mut self, source: &Path, folder: &str, name: &str, metadata: &Metadata) -> Result<(), Stopped> {
        let path = joined(folder, name);
        let kind = if metadata.is_dir() {
            if self.is_opaque(source)? {
                self.removal(joined(&path, OPAQUE));
            }
            Kind::Folder
        } else if metadata.is_file() {
            self.file(source, &path, metadata)
        } else if metadata.is_symlink() {
            let target = fs::read_link(source).map_err(|error| Error::read(source, error))?;
            let target = target.into_os_string().into_string();
            Kind::Link { target: target.map_err(|_| Error::NotUtf8 { path: source.to_owned() })? }
        } else if metadata.file_type().is_char_device() && metadata.rdev() == 0 {
            self.removal(joined(folder, &format!("{WHITEOUT}{name}")));
            return Ok(());
        } else if metadata.file_type().is_socket() {
            // nobody listens on it any more
            self.listener.warn(format!("the socket {path} that a RUN made is left out"));
            return Ok(());
        } else {
            let message = format!("RUN made {path}, which is neither a file nor a folder nor a symbolic link");
            return Err(self.mistake(message, "remove it at the end of the same RUN").into());
        };
        let owner = match self.form {
            Form::Trusted => (u64::from(metadata.uid()), u64::from(metadata.gid())),
            // inside, this user is root
            Form::User => (0, 0),
        };
        self.files.insert(path, Entry { kind, mode: metadata.mode() & 0o7777, owner });
        Ok(())
    }

    fn file(&mut self, source: &Path, path: &str, metadata: &Metadata) -> Kind {
        let file = Kind::File { source: source.to_owned(), size: metadata.len() };
        if metadata.nlink() < 2 {
            return file;
        }
        let number = (metadata.dev(), metadata.ino());
        match self.names.get(&number) {
            Some(target) => Kind::Same { target: target.clone() },
            None => {
                self.names.insert(number, path.to_owned());
                file
            }
        }
    }

    fn removal(&mut self, path: String) {
        self.files.insert(path, Entry { kind: Kind::Removal, mode: 0o600, owner: (0, 0) });
    }

    fn is_opaque(&self, folder: &Path) -> Result<bool, Error> {
        let mut value = [0; 2];
        match rustix::fs::lgetxattr(folder, self.form.opaque(), &mut value[..]) {
            Ok(length) => Ok(&value[..length] == b"y"),
            Err(Errno::NODATA | Errno::NOTSUP | Errno::RANGE) => Ok(false),
            Err(error) => Err(Error::read(folder, error.into())),
        }
    }

    fn mistake(&self, message: String, hint: &str) -> Mistake {
        Mistake::new(self.step.position, message).hint(hint)
    }
}
