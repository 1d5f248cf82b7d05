//! The file of a backup: a tar archive of mode 0600 that any tar lists. First the document that says what follows, then the files of the
//! masters, then etcd's snapshot, which is never held in memory. It appears whole or not at all.

use super::{Backup, Contents, FORM, SavedFile};
use crate::Error;
use crate::state::at;
use rustix::fs::{AtFlags, CWD, Mode, OFlags, linkat, open};
use rustix::io::Errno;
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use tar::{Archive, Builder, Entry, Header};

const CONTENTS: &str = "backup.json";
const SNAPSHOT: &str = "etcd.db";

/// The largest document and the largest file of a master; kubeadm's are a few kilobytes.
const MOST: u64 = 16 * 1024 * 1024;

/// Bytes at the end of a snapshot: the checksum of all before them.
const CHECKSUM: u64 = 32;

/// Writes a backup. Blocks.
pub(crate) fn write(target: &Path, contents: &Contents, files: &[SavedFile], snapshot: File) -> Result<(), Error> {
    let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = Unnamed::new_in(folder).map_err(at(target))?;
    let fill = || {
        let mut builder = Builder::new(file.file());
        let document = serde_json::to_vec_pretty(contents)?;
        append(&mut builder, CONTENTS, 0o600, document.len() as u64, &document[..])?;
        for file in files {
            let name = format!("hosts/{}{}", file.saved.host, file.saved.path);
            append(&mut builder, &name, file.saved.mode, file.text.len() as u64, file.text.as_bytes())?;
        }
        append(&mut builder, SNAPSHOT, 0o600, contents.snapshot.size, snapshot)?;
        builder.finish()?;
        file.file().sync_all()
    };
    fill().map_err(at(target))?;
    file.name(target).map_err(at(target))?;
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(target))
}

/// A file that has no name until it is whole, so that nothing of it is left when this program is killed. Not every file system has such
/// files; there it has a name of its own meanwhile.
enum Unnamed {
    Without(File),
    Temporary(tempfile::NamedTempFile),
}

impl Unnamed {
    fn new_in(folder: &Path) -> io::Result<Self> {
        match open(folder, OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC, Mode::RUSR | Mode::WUSR) {
            Ok(file) => Ok(Self::Without(file.into())),
            Err(Errno::OPNOTSUPP | Errno::ISDIR | Errno::NOENT | Errno::INVAL) => {
                tempfile::Builder::new().prefix(".sealer-backup-").tempfile_in(folder).map(Self::Temporary)
            }
            Err(error) => Err(error.into()),
        }
    }

    fn file(&self) -> &File {
        match self {
            Self::Without(file) => file,
            Self::Temporary(file) => file.as_file(),
        }
    }

    /// Gives it its name, which nothing else may have.
    fn name(self, target: &Path) -> io::Result<()> {
        match self {
            Self::Without(file) => {
                let open = format!("/proc/self/fd/{}", file.as_raw_fd());
                Ok(linkat(CWD, open, CWD, target, AtFlags::SYMLINK_FOLLOW)?)
            }
            Self::Temporary(file) => file.persist_noclobber(target).map(drop).map_err(|error| error.error),
        }
    }
}

fn append(builder: &mut Builder<&File>, name: &str, mode: u32, size: u64, content: impl Read) -> io::Result<()> {
    let mut header = Header::new_gnu();
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    builder.append_data(&mut header, name, content)
}

/// Reads a backup and compares it with its digests. Blocks.
pub(super) fn read(path: &Path) -> Result<Backup, Error> {
    let unusable = |reason: String| Error::Backup { path: path.to_owned(), reason };
    let broken = |error: io::Error| unusable(format!("it cannot be read as a backup: {error}"));
    let mut archive = Archive::new(File::open(path).map_err(at(path))?);
    let mut entries = archive.entries().map_err(broken)?;
    let mut next = |name: &str| match entries.next() {
        None => Err(unusable(format!("it ends before {name}"))),
        Some(entry) => {
            let entry = entry.map_err(broken)?;
            let found = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if found == name { Ok(entry) } else { Err(unusable(format!("{name} is expected in it, not {found}"))) }
        }
    };
    let contents: Contents = serde_json::from_str(&text(&mut next(CONTENTS)?).map_err(broken)?)
        .map_err(|error| unusable(format!("{CONTENTS} in it cannot be read: {error}")))?;
    if contents.form != FORM {
        return Err(unusable(format!("it has form {}, and this version reads form {FORM}", contents.form)));
    }
    let mut files = Vec::new();
    for saved in &contents.files {
        let text = text(&mut next(&format!("hosts/{}{}", saved.host, saved.path))?).map_err(broken)?;
        if Digest::of(text.as_bytes()) != saved.digest {
            return Err(unusable(format!("{} of {} in it is damaged", saved.path, saved.host)));
        }
        files.push(SavedFile { saved: saved.clone(), text });
    }
    let mut snapshot = next(SNAPSHOT)?;
    let begin = snapshot.raw_file_position();
    let (size, digest, _) = weigh(&mut snapshot).map_err(broken)?;
    if size != contents.snapshot.size || digest != contents.snapshot.digest {
        return Err(unusable("the snapshot of etcd in it is damaged".into()));
    }
    Ok(Backup { contents, files, path: path.to_owned(), begin })
}

fn text(entry: &mut Entry<'_, File>) -> io::Result<String> {
    let mut text = String::new();
    if entry.size() > MOST {
        return Err(io::Error::other(format!("a file in it is larger than {MOST} bytes")));
    }
    entry.read_to_string(&mut text)?;
    Ok(text)
}

/// How many bytes there are, their digest, and whether they end with the checksum of all before, as a snapshot of etcd does.
pub(crate) fn weigh(content: &mut impl Read) -> io::Result<(u64, Digest, bool)> {
    let (mut all, mut body, mut tail) = (Hasher::default(), Hasher::default(), Vec::new());
    let (mut size, mut piece) = (0, vec![0; 64 * 1024]);
    loop {
        let count = match content.read(&mut piece) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        size += count as u64;
        all.update(&piece[..count]);
        tail.extend_from_slice(&piece[..count]);
        let counted = tail.len().saturating_sub(CHECKSUM as usize);
        body.update(&tail[..counted]);
        tail.drain(..counted);
    }
    let checksum: String = tail.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok((size, all.finish(), size > CHECKSUM && body.finish().hex() == checksum))
}

#[cfg(test)]
mod tests {
    use super::super::{Saved, Snapshot};
    use super::*;
    use std::os::unix::fs::PermissionsExt as _;
    use tokio::io::AsyncReadExt as _;

    const MANIFEST: &str = "- --data-dir=/var/lib/etcd\n- --initial-advertise-peer-urls=https://10.0.0.1:2380\n- --name=a\nimage: etcd:3.4\n";

    fn written(folder: &Path) -> std::path::PathBuf {
        let (target, database) = (folder.join("backup.tar"), folder.join("db"));
        std::fs::write(&database, vec![7; 100_000]).unwrap();
        let file = |path: &str, mode, text: &str| SavedFile {
            saved: Saved {
                host: "10.0.0.1".parse().unwrap(),
                path: path.into(),
                mode,
                digest: Digest::of(text.as_bytes()),
            },
            text: text.into(),
        };
        let long = format!("/etc/kubernetes/pki/{}.key", "long-name-".repeat(15));
        let files = [file("/etc/kubernetes/manifests/etcd.yaml", 0o600, MANIFEST), file(&long, 0o600, "KEY")];
        let contents = Contents {
            form: FORM,
            cluster: "my-cluster".into(),
            image: "guestbook:v1".parse().unwrap(),
            image_digest: Digest::of(b""),
            taken: "2026-01-01T00:00:00Z".into(),
            snapshot: Snapshot { size: 100_000, digest: Digest::of(&vec![7; 100_000]) },
            files: files.iter().map(|file| file.saved.clone()).collect(),
        };
        write(&target, &contents, &files, File::open(&database).unwrap()).unwrap();
        target
    }

    #[test]
    fn until_it_is_whole_no_file_is_there_and_none_that_is_there_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("backup");
        let temporary = |folder: &Path| tempfile::NamedTempFile::new_in(folder).map(Unnamed::Temporary);
        let makers: [fn(&Path) -> io::Result<Unnamed>; 2] = [Unnamed::new_in, temporary];
        for make in makers {
            let file = make(folder.path()).unwrap();
            assert!(!target.exists());
            if let Unnamed::Without(_) = &file {
                assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
            }
            std::io::Write::write_all(&mut file.file(), b"whole").unwrap();
            file.name(&target).unwrap();
            assert_eq!(std::fs::read(&target).unwrap(), b"whole");
            assert_eq!(std::fs::metadata(&target).unwrap().permissions().mode() & 0o777, 0o600);
            let second = Unnamed::new_in(folder.path()).unwrap().name(&target).unwrap_err();
            assert_eq!(second.kind(), io::ErrorKind::AlreadyExists);
            std::fs::remove_file(&target).unwrap();
        }
    }

    #[tokio::test]
    async fn what_is_written_is_read_and_only_its_owner_may() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let backup = Backup::open(&path).unwrap();
        assert_eq!(backup.members().unwrap()[0].1.name, "a");
        assert_eq!(backup.files[1].text, "KEY");
        let mut rest = Vec::new();
        backup.snapshot(99_990).await.unwrap().read_to_end(&mut rest).await.unwrap();
        assert_eq!(rest, [7; 10]);
    }

    #[test]
    fn a_damaged_backup_is_refused_whatever_was_damaged() {
        let folder = tempfile::tempdir().unwrap();
        let path = written(folder.path());
        let whole = std::fs::read(&path).unwrap();
        let at = |needle: &[u8]| whole.windows(needle.len()).position(|found| found == needle).unwrap();
        for (place, expected) in
            [(at(b"KEY"), "of 10.0.0.1 in it is damaged"), (at(&[7; 64]) + 9, "the snapshot of etcd in it is damaged")]
        {
            let mut broken = whole.clone();
            broken[place] ^= 1;
            std::fs::write(&path, &broken).unwrap();
            let error = Backup::open(&path).err().unwrap().to_string();
            assert!(error.contains(expected), "{error}");
        }
        for length in [0, 100, 2000, whole.len() / 2] {
            std::fs::write(&path, &whole[..length]).unwrap();
            let error = Backup::open(&path).err().unwrap();
            assert!(matches!(error, Error::Backup { .. }), "{length}: {error}");
        }
    }

    #[test]
    fn a_snapshot_ends_with_the_checksum_of_itself() {
        let mut snapshot = b"database of etcd".to_vec();
        let digest = Digest::of(&snapshot);
        snapshot.extend((0..32).map(|at| u8::from_str_radix(&digest.hex()[2 * at..2 * at + 2], 16).unwrap()));
        assert_eq!(weigh(&mut &snapshot[..]).unwrap(), (48, Digest::of(&snapshot), true));
        for broken in [&snapshot[..47], &snapshot[1..], &[]] {
            assert!(!weigh(&mut &broken[..]).unwrap().2);
        }
    }
}
