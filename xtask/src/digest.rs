//! SHA-256 over texts and files: the keys of what the cache holds, and the names of blobs in container images.

use std::io::Read;
use std::path::Path;

use sha2::{Digest, Sha256};

use crate::error::{Error, Result};

/// Twelve hexadecimal digits that change whenever one of the texts does.
pub(crate) fn short(texts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for text in texts {
        hash.update(text.len().to_le_bytes());
        hash.update(text.as_bytes());
    }
    let mut digits = hexadecimal(&hash.finalize());
    digits.truncate(12);
    digits
}

/// The digest of bytes, as 64 hexadecimal digits.
pub(crate) fn of_bytes(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The digest of a file, as 64 hexadecimal digits.
pub(crate) fn of_file(path: &Path) -> Result<String> {
    let mut file = std::fs::File::open(path).map_err(Error::file("open", path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let count = file.read(&mut buffer).map_err(Error::file("read", path))?;
        if count == 0 {
            return Ok(hexadecimal(&hash.finalize()));
        }
        hash.update(&buffer[..count]);
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_sha256() {
        assert_eq!(of_bytes(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn the_border_between_texts_counts() {
        assert_ne!(short(&["ab", "c"]), short(&["a", "bc"]));
    }
}
