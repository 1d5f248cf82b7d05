//! A release as text for a Secret: JSON, compressed, in base64. Kubernetes puts its own base64 around it.

use super::Stored;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use std::io::{Read, Write};

/// Bytes of the largest release once it is decompressed. A Secret holds one megabyte.
const LARGEST: u64 = 256 << 20;
/// How compressed data begin; the oldest releases are not compressed.
const GZIP: [u8; 3] = [0x1f, 0x8b, 0x08];

/// The text for a release.
///
/// # Errors
/// It has no form in JSON.
pub fn encode(release: &Stored) -> Result<String, String> {
    let json = serde_json::to_vec(release).map_err(|error| error.to_string())?;
    let mut writer = GzEncoder::new(Vec::new(), Compression::best());
    let compressed = writer.write_all(&json).and_then(|()| writer.finish());
    Ok(STANDARD.encode(compressed.map_err(|error| error.to_string())?))
}

/// The release of a text.
///
/// # Errors
/// It is damaged, or larger than any release.
pub fn decode(text: &str) -> Result<Stored, String> {
    let bytes = STANDARD.decode(text.trim()).map_err(|error| error.to_string())?;
    let mut json = bytes.clone();
    if bytes.starts_with(&GZIP) {
        json.clear();
        let length = GzDecoder::new(bytes.as_slice()).take(LARGEST + 1).read_to_end(&mut json);
        if length.map_err(|error| error.to_string())? as u64 > LARGEST {
            return Err(format!("it is larger than {LARGEST} bytes"));
        }
    }
    serde_json::from_slice(&json).map_err(|error| error.to_string())
}
