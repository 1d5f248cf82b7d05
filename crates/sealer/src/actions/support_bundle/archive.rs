//! The archive of a support bundle: parts are compressed into it one by one, up to the size that was allowed, and a page at the end lists
//! them. It is written beside its place and renamed when it is whole.

use super::index::{self, Line};
use crate::failure::Failure;
use flate2::Compression;
use flate2::write::GzEncoder;
use sealer_cluster::support::Part;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tar::{Builder, Header};

/// Kept free for the page, and for what compression has not let go of yet.
const RESERVE: u64 = 512 * 1024;

/// An archive that is being written.
pub(super) struct Archive {
    path: PathBuf,
    cluster: String,
    tar: Builder<GzEncoder<Counted>>,
    written: Arc<AtomicU64>,
    most: u64,
    began: jiff::Timestamp,
    lines: Vec<Line>,
}

/// A file that knows how many bytes went into it.
struct Counted {
    file: BufWriter<File>,
    written: Arc<AtomicU64>,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.file.write(bytes)?;
        self.written.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Archive {
    /// Begins an archive of at most so many bytes; only its owner may read it.
    pub(super) fn create(path: PathBuf, cluster: &str, most: u64) -> Result<Self, Failure> {
        let part = beside(&path);
        let file = File::options().write(true).create(true).truncate(true).mode(0o600).open(&part);
        let file = file.map_err(|error| Failure::of(error).within(format!("cannot write {}", part.display())))?;
        let written = Arc::new(AtomicU64::new(0));
        let counted = Counted { file: BufWriter::new(file), written: Arc::clone(&written) };
        let tar = Builder::new(GzEncoder::new(counted, Compression::default()));
        let began = jiff::Timestamp::now();
        Ok(Self { path, cluster: cluster.to_owned(), tar, written, most, began, lines: Vec::new() })
    }

    /// Takes a part in, if there is room: text that does not compress at all has its own size.
    pub(super) fn take(&mut self, part: Part) -> Result<(), Failure> {
        let Part { path, about, content } = part;
        let path = safe(&path);
        let outcome = match content {
            Err(why) => Err(why),
            Ok(content) => {
                let used = self.written.load(Ordering::Relaxed) + RESERVE;
                if used + content.text.len() as u64 > self.most {
                    Err(format!("the archive may have {} MB only (--max-size)", self.most / 1_000_000))
                } else {
                    self.append(&path, content.text.as_bytes())?;
                    Ok((content.text.len(), content.removed, content.cut))
                }
            }
        };
        self.lines.push(Line { path, about, outcome });
        Ok(())
    }

    /// Writes the page and puts the archive into its place; says how many parts are in it and how many are not.
    pub(super) fn finish(mut self) -> Result<(usize, usize), Failure> {
        let page = index::page(&self.cluster, &self.began.to_string(), &self.lines);
        self.append("index.html", page.as_bytes())?;
        let Self { path, tar, lines, .. } = self;
        let part = beside(&path);
        let done = || {
            let mut counted = tar.into_inner()?.finish()?;
            counted.flush()?;
            counted.file.get_ref().sync_all()?;
            fs::rename(&part, &path)
        };
        done().map_err(|error| Failure::of(error).within(format!("cannot write {}", path.display())))?;
        let held = lines.iter().filter(|line| line.outcome.is_ok()).count();
        Ok((held, lines.len() - held))
    }

    /// One folder holds everything, so that nobody's folder is littered.
    fn append(&mut self, path: &str, bytes: &[u8]) -> Result<(), Failure> {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o600);
        header.set_mtime(u64::try_from(self.began.as_second()).unwrap_or(0));
        let place = format!("{}-support/{path}", self.cluster);
        let appended = self.tar.append_data(&mut header, place, bytes);
        appended.map_err(|error| Failure::of(error).within(format!("cannot write {}", self.path.display())))
    }
}

/// Names come from hosts and the API, and could mean other places.
fn safe(path: &str) -> String {
    let plain = |letter: char| if letter.is_ascii_alphanumeric() || "._-".contains(letter) { letter } else { '_' };
    let parts = path.split('/').filter(|part| !["", ".", ".."].contains(part));
    let parts: Vec<String> = parts.map(|part| part.chars().map(plain).collect()).collect();
    parts.join("/")
}

fn beside(path: &std::path::Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use sealer_cluster::support::Content;
    use std::io::Read;

    fn part(path: &str, text: &str) -> Part {
        let content = Ok(Content { text: text.to_owned(), removed: 1, cut: 0 });
        Part { path: path.into(), about: "a <part>".into(), content }
    }

    fn entries(path: &std::path::Path) -> Vec<(String, String)> {
        let mut tar = tar::Archive::new(GzDecoder::new(File::open(path).unwrap()));
        let read = |entry: io::Result<tar::Entry<'_, _>>| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), text)
        };
        tar.entries().unwrap().map(read).collect()
    }

    #[test]
    fn parts_are_written_and_listed_with_what_was_left_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.tar.gz");
        let mut archive = Archive::create(path.clone(), "c", 10_000_000).unwrap();
        archive.take(part("hosts/10.0.0.1/kubelet.log", "hello\n")).unwrap();
        archive.take(part("../../etc/pass wd", "x")).unwrap();
        let lost = Part { content: Err("connection <refused>".into()), ..part("hosts/10.0.0.2", "") };
        archive.take(lost).unwrap();
        assert!(!path.exists(), "it is not whole yet");
        assert_eq!(archive.finish().unwrap(), (2, 1));
        let entries = entries(&path);
        let names: Vec<&str> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["c-support/hosts/10.0.0.1/kubelet.log", "c-support/etc/pass_wd", "c-support/index.html"]);
        let page = &entries[2].1;
        assert!(page.contains("hosts/10.0.0.2") && page.contains("connection &lt;refused&gt;"), "{page}");
        assert!(!page.contains("<part>") && !page.contains("src=") && !page.contains("http"), "{page}");
    }

    #[test]
    fn an_archive_stays_below_its_size_whatever_comes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("bundle.tar.gz");
        let most = 2_000_000;
        let mut archive = Archive::create(path.clone(), "c", most).unwrap();
        // text that hardly compresses
        let mut state: u64 = 1;
        let mut noise = String::new();
        while noise.len() < 600_000 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            noise.push(char::from(b' ' + u8::try_from((state >> 33) % 94).unwrap()));
        }
        for number in 0..8 {
            archive.take(part(&format!("part-{number}"), &noise)).unwrap();
        }
        let (held, left_out) = archive.finish().unwrap();
        assert!(held > 0 && left_out > 0 && held + left_out == 8);
        assert!(path.metadata().unwrap().len() <= most);
        assert!(entries(&path).last().unwrap().1.contains("--max-size"));
    }
}
