//! A chart out of a folder: its files in the order of their paths, without those that `.helmignore` names. Links are followed, as
//! Helm does, but not for ever.

use std::fs;
use std::io::Read;
use std::path::Path;

use super::bounds::{Budget, DEEPEST, LARGEST_FILE};
use super::ignore::Rules;
use super::without_mark;
use crate::chart::File;
use crate::error::{Error, Result};

/// The files of a folder.
pub(super) fn files(folder: &Path, budget: &mut Budget) -> Result<Vec<File>> {
    let rules = rules(folder)?;
    let mut walk = Walk { rules, budget, files: Vec::new() };
    walk.folder(folder, "", 0)?;
    Ok(walk.files)
}

fn rules(folder: &Path) -> Result<Rules> {
    let path = folder.join(".helmignore");
    match fs::read(&path) {
        Ok(bytes) => Rules::read(&String::from_utf8_lossy(&bytes)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Rules::read(""),
        Err(error) => Err(Error::file(path)(error)),
    }
}

struct Walk<'a> {
    rules: Rules,
    budget: &'a mut Budget,
    files: Vec<File>,
}

impl Walk<'_> {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) -> Result<()> {
        if depth > DEEPEST {
            let problem =
                format!("{} lies more than {DEEPEST} folders deep; is there a link to a folder above?", prefix);
            return Err(Error::TooLarge(problem));
        }
        let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
        let names: std::io::Result<Vec<_>> = entries.map(|entry| entry.map(|entry| entry.file_name())).collect();
        let mut names = names.map_err(Error::file(folder))?;
        names.sort();
        for name in names {
            let path = folder.join(&name);
            let name = format!("{prefix}{}", name.to_string_lossy());
            self.entry(&path, name, depth)?;
        }
        Ok(())
    }

    fn entry(&mut self, path: &Path, name: String, depth: usize) -> Result<()> {
        let metadata = match fs::metadata(path) {
            Ok(metadata) => metadata,
            // a link to nowhere that the rules leave out is nobody's business
            Err(_) if self.rules.leave_out(&name, false) => return Ok(()),
            Err(error) => return Err(Error::file(path)(error)),
        };
        if self.rules.leave_out(&name, metadata.is_dir()) {
            return Ok(());
        }
        if metadata.is_dir() {
            self.budget.entry()?;
            return self.folder(path, &format!("{name}/"), depth + 1);
        }
        if !metadata.is_file() {
            return Err(Error::unreadable(&name, "it is neither a file nor a folder"));
        }
        let data = self.read(path, &name)?;
        self.files.push(File { name, data: data.into() });
        Ok(())
    }

    /// The size is what was read, not what the file system said before.
    fn read(&mut self, path: &Path, name: &str) -> Result<Vec<u8>> {
        let file = fs::File::open(path).map_err(Error::file(path))?;
        let mut data = Vec::new();
        file.take(LARGEST_FILE + 1).read_to_end(&mut data).map_err(Error::file(path))?;
        let size = data.len() as u64;
        if size > LARGEST_FILE {
            return Err(Error::TooLarge(format!("{name} has more than {LARGEST_FILE} bytes")));
        }
        self.budget.take(size)?;
        Ok(without_mark(data))
    }
}
