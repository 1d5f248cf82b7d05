//! What a file has to be to run on hosts of a platform as sealer's agent: an executable for that processor, and sealer, of which the version is
//! to be known. Both are read from its bytes, because a program for another processor cannot be asked.

use crate::Platform;

/// What stands before the version in every program of sealer. It is put together here, so that no program holds it by this constant alone.
const MARK: [&str; 2] = ["<sealer-", "program "];

/// What stands behind it.
const END: u8 = b'>';

/// The longest version.
const LONGEST_VERSION: usize = 64;

/// So many bytes at the beginning of a file say what it is.
pub const HEADER: usize = 20;

/// The file is no program for the platform.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnfitProgram {
    /// Not an ELF file.
    #[error("it is no executable of Linux (ELF)")]
    NotElf,
    /// For another processor.
    #[error("it is made for {found}, not for {wanted}")]
    Machine {
        /// What it is made for.
        found: String,
        /// What was wanted.
        wanted: String,
    },
    /// Nothing in it says that it is sealer.
    #[error("it is not sealer, or an older one that does not say its version")]
    NotSealer,
}

/// Judges the first [`HEADER`] bytes of a file.
///
/// # Errors
/// When they are not those of an executable for the platform.
pub fn check_header(header: &[u8], platform: &Platform) -> Result<(), UnfitProgram> {
    let [0x7f, b'E', b'L', b'F', class, order, ..] = *header else { return Err(UnfitProgram::NotElf) };
    let Some([low, high]) = header.get(18..HEADER) else { return Err(UnfitProgram::NotElf) };
    let machine = match order {
        1 => u16::from_le_bytes([*low, *high]),
        2 => u16::from_be_bytes([*low, *high]),
        _ => return Err(UnfitProgram::NotElf),
    };
    let found = architecture(class, order, machine);
    match found {
        Some(found) if platform.os == "linux" && platform.architecture == found => Ok(()),
        _ => Err(UnfitProgram::Machine {
            found: found.map_or_else(|| format!("machine {machine} of ELF"), |name| format!("linux/{name}")),
            wanted: platform.to_string(),
        }),
    }
}

/// Go's name of an architecture by ELF's class, byte order and machine.
fn architecture(class: u8, order: u8, machine: u16) -> Option<&'static str> {
    match (class, order, machine) {
        (1, 1, 3) => Some("386"),
        (1, 1, 40) => Some("arm"),
        (2, 1, 62) => Some("amd64"),
        (2, 1, 183) => Some("arm64"),
        (2, 1, 243) => Some("riscv64"),
        (2, 1, 258) => Some("loong64"),
        (2, 1, 21) => Some("ppc64le"),
        (2, 2, 22) => Some("s390x"),
        _ => None,
    }
}

/// Looks for sealer's version in bytes that come piece by piece.
#[derive(Debug, Default)]
pub struct VersionSearch {
    /// The end of what came, which may be the beginning of a mark.
    rest: Vec<u8>,
    found: Option<String>,
}

impl VersionSearch {
    /// Takes the next bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        if self.found.is_some() {
            return;
        }
        self.rest.extend_from_slice(bytes);
        self.found = version_in(&self.rest);
        let kept = self.rest.len().min(MARK.concat().len() + LONGEST_VERSION + 1);
        self.rest.drain(..self.rest.len() - kept);
    }

    /// The version, when all bytes came.
    ///
    /// # Errors
    /// When there was none.
    pub fn finish(self) -> Result<String, UnfitProgram> {
        self.found.ok_or(UnfitProgram::NotSealer)
    }
}

fn version_in(bytes: &[u8]) -> Option<String> {
    let mark = MARK.concat();
    let starts = bytes.windows(mark.len()).enumerate().filter(|(_, window)| *window == mark.as_bytes());
    starts.into_iter().find_map(|(start, _)| version_at(&bytes[start + mark.len()..]))
}

/// The version at the beginning of some bytes, if it is followed by what stands behind each.
fn version_at(bytes: &[u8]) -> Option<String> {
    let length = bytes.iter().take(LONGEST_VERSION + 1).position(|byte| *byte == END).filter(|length| *length > 0)?;
    let text = std::str::from_utf8(&bytes[..length]).ok()?;
    let fits = |it: char| it.is_ascii_alphanumeric() || matches!(it, '.' | '-' | '+');
    text.chars().all(fits).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(class: u8, order: u8, machine: [u8; 2]) -> Vec<u8> {
        let mut header = vec![0; HEADER];
        header[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', class, order]);
        header[18..].copy_from_slice(&machine);
        header
    }

    #[test]
    fn a_program_is_for_the_processor_that_its_header_names() {
        let arm64 = header(2, 1, [183, 0]);
        assert_eq!(check_header(&arm64, &Platform::linux("arm64")), Ok(()));
        assert_eq!(check_header(&arm64, &"linux/arm64/v8".parse().unwrap()), Ok(()));
        assert_eq!(check_header(&header(2, 2, [0, 22]), &Platform::linux("s390x")), Ok(()));
        let wrong = check_header(&arm64, &Platform::linux("amd64")).unwrap_err();
        assert_eq!(wrong.to_string(), "it is made for linux/arm64, not for linux/amd64");
        let unknown = check_header(&header(2, 1, [9, 0]), &Platform::linux("amd64")).unwrap_err();
        assert!(unknown.to_string().contains("machine 9"), "{unknown}");
    }

    #[test]
    fn what_is_no_executable_is_said_so() {
        let cases: [&[u8]; 4] = [b"", b"#!/bin/sh\nexec true  ", b"\x7fELF", b"\x7fELF\x02\x09..............."];
        for bytes in cases {
            assert_eq!(check_header(bytes, &Platform::linux("amd64")), Err(UnfitProgram::NotElf), "{bytes:?}");
        }
    }

    fn searched(pieces: &[&[u8]]) -> Result<String, UnfitProgram> {
        let mut search = VersionSearch::default();
        pieces.iter().for_each(|piece| search.take(piece));
        search.finish()
    }

    #[test]
    fn a_version_is_found_wherever_the_pieces_are_cut() {
        let text = b"rubbish <sealer-program <sealer-program v1.2.3-rc.1+a> more rubbish".repeat(3);
        for cut in 0..text.len() {
            assert_eq!(searched(&[&text[..cut], &text[cut..]]).unwrap(), "v1.2.3-rc.1+a", "cut at {cut}");
        }
        let single: Vec<&[u8]> = text.chunks(1).collect();
        assert_eq!(searched(&single).unwrap(), "v1.2.3-rc.1+a");
    }

    #[test]
    fn what_only_looks_like_a_version_is_none() {
        let long = format!("<sealer-program {}>", "1".repeat(LONGEST_VERSION + 1));
        for text in ["", "<sealer-program >", "<sealer-program v1 2>", "<sealer-program v1.2.3", &long] {
            assert_eq!(searched(&[text.as_bytes()]), Err(UnfitProgram::NotSealer), "{text}");
        }
    }
}
