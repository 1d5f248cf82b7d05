//! What one entry of an archive means. Archives come from anywhere: paths and links that lead out, and devices, are refused
//! here, before anything is done with them.

use sealer_image::layer::below_root;
use std::io::Read;
use std::path::Path;

/// What an entry is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The archive itself, or a remark about it.
    Nothing,
    /// A folder.
    Folder,
    /// A file.
    File,
    /// A symbolic link with this target.
    Link(String),
    /// The same file as the one of this path.
    SameAs(String),
}

/// An entry that is not unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Its path as the archive has it.
    pub(super) entry: String,
    /// What is wrong with it, to be read after the path.
    pub(super) reason: String,
}

/// The path of an entry below the root, and what it means.
pub(super) fn meaning(entry: &tar::Entry<'_, impl Read>) -> Result<(String, Meaning), Refused> {
    let kind = entry.header().entry_type();
    let named = text(&entry.path_bytes());
    let target = entry.link_name_bytes().map(|target| text(&target)).transpose();
    let judged = named.and_then(|name| judged(&name, kind, target?));
    judged.map_err(|reason| Refused { entry: String::from_utf8_lossy(&entry.path_bytes()).into_owned(), reason })
}

fn text(name: &[u8]) -> Result<String, String> {
    std::str::from_utf8(name).map(str::to_owned).map_err(|_| "has a name or a target that is not UTF-8".to_owned())
}

/// As [`meaning`], of what an entry says of itself.
fn judged(name: &str, kind: tar::EntryType, target: Option<String>) -> Result<(String, Meaning), String> {
    use tar::EntryType;
    if kind == EntryType::XGlobalHeader {
        return Ok((String::new(), Meaning::Nothing));
    }
    let path = inside(name)?;
    if path.is_empty() {
        return Ok((path, Meaning::Nothing));
    }
    let target = || target.filter(|target| !target.is_empty()).ok_or_else(|| "is a link to nothing".to_owned());
    let meaning = match kind {
        EntryType::Directory => Meaning::Folder,
        // archives from before there was a type for folders end their names in a slash
        EntryType::Regular if name.ends_with('/') => Meaning::Folder,
        EntryType::Regular | EntryType::Continuous | EntryType::GNUSparse => Meaning::File,
        EntryType::Link => Meaning::SameAs(inside(&target()?)?),
        EntryType::Symlink => Meaning::Link(kept_inside(&path, target()?)?),
        other => return Err(format!("is of a kind ({other:?}) that is not unpacked")),
    };
    Ok((path, meaning))
}

/// A path relative to the root of the archive, without `.` and slashes at its ends.
fn inside(path: &str) -> Result<String, String> {
    let below = below_root(Path::new(path))?;
    below.into_os_string().into_string().map_err(|_| "has a name that is not UTF-8".to_owned())
}

/// The target of a symbolic link, as it is written. On a host, an absolute one begins at the root of whoever follows it; nothing here
/// ever does. A relative one that climbs out of the archive means another file wherever the archive is put, so it means none.
fn kept_inside(link: &str, target: String) -> Result<String, String> {
    if target.starts_with('/') {
        return Ok(target);
    }
    let mut depth = link.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if depth == 0 => return Err(format!("is a link that leads out of the archive, to {target}")),
            ".." => depth -= 1,
            _ => depth += 1,
        }
    }
    Ok(target)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tar::EntryType;

    fn judge(name: &str, kind: EntryType, target: &str) -> Result<(String, Meaning), String> {
        judged(name, kind, Some(target.to_owned()))
    }

    #[test]
    fn links_may_lead_about_in_the_archive() {
        for (link, target) in
            [("a/b/c", "../../d"), ("a", "b/../c"), ("a/b", "./c/"), ("a/b", "../."), ("a", "/etc/passwd")]
        {
            let expected = (link.to_owned(), Meaning::Link(target.to_owned()));
            assert_eq!(judge(link, EntryType::Symlink, target), Ok(expected));
        }
        let expected = ("a/b".to_owned(), Meaning::SameAs("c/d".to_owned()));
        assert_eq!(judge("./a/b", EntryType::Link, "/c/./d"), Ok(expected));
    }

    #[test]
    fn whatever_leads_out_is_refused() {
        for (name, kind, target) in [
            ("../a", EntryType::Regular, ""),
            ("a/../../b", EntryType::Directory, ""),
            ("a", EntryType::Symlink, ".."),
            ("a/b", EntryType::Symlink, "c/../../../d"),
            ("a", EntryType::Link, "../b"),
            ("a", EntryType::Symlink, ""),
        ] {
            assert!(judge(name, kind, target).is_err(), "{name} -> {target} was accepted");
        }
    }

    #[test]
    fn devices_and_pipes_are_refused() {
        for kind in [EntryType::Block, EntryType::Char, EntryType::Fifo] {
            let refused = judged("a", kind, None).unwrap_err();
            assert!(refused.contains("is of a kind"), "{refused}");
        }
    }

    #[test]
    fn the_root_means_nothing() {
        assert_eq!(judged("./", EntryType::Directory, None), Ok((String::new(), Meaning::Nothing)));
    }
}
