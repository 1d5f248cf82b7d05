//! What can be wrong with what a site changes.

/// What can be wrong.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A template cannot be filled in.
    #[error("{path}: the template cannot be filled in for {host}: {reason}")]
    Template {
        /// The template, below the rootfs.
        path: String,
        /// The host whose environment was used.
        host: String,
        /// What is wrong, with line and column.
        reason: String,
    },
    /// A file that has to be text is not.
    #[error("{path} in the image is no UTF-8 text")]
    NotText {
        /// The file, below the rootfs.
        path: String,
    },
    /// A config cannot be carried out.
    #[error("config {name}, file {path}: {reason}")]
    Config {
        /// The config's name.
        name: String,
        /// The file, below the rootfs.
        path: String,
        /// What is wrong.
        reason: String,
    },
}
