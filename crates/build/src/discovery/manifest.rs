//! The YAML of one manifest file.

use super::workload;
use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;

/// Bytes of the longest manifest that is read; the largest known bundles of custom resources have a few megabytes.
pub(super) const LONGEST: u64 = 32 * 1024 * 1024;

/// Each container image with the place of its field, or why the text is not YAML.
pub(super) fn images(text: &str) -> Result<Vec<(String, String)>, String> {
    let options = serde_saphyr::options! {
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
        budget: serde_saphyr::budget! {
            max_events: 20_000_000,
            max_nodes: 5_000_000,
            max_documents: 20_000,
        },
    };
    let documents: Vec<Value> = serde_saphyr::from_multiple_with_options(text, options)
        .map_err(|error| error.to_string().lines().next().unwrap_or_default().to_owned())?;
    Ok(documents.iter().flat_map(workload::images).collect())
}
