//! `sealer report`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Tell what was delivered to a cluster, when, and what checks found
///
/// It is made from what this machine keeps about the cluster; no host is asked. The page of --output html is one file that needs
/// nothing else, fit to be printed and handed over.
#[derive(Debug, Args)]
pub(crate) struct Report {
    /// The cluster's name
    #[arg(long, value_name = "NAME", default_value = "my-cluster")]
    pub(crate) cluster_name: String,
    /// How to print
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t)]
    pub(crate) output: ReportFormat,
    /// The language of text and html; what hosts and programs say is as they say it
    #[arg(long, value_enum, value_name = "LANGUAGE", default_value_t)]
    pub(crate) lang: Language,
    /// The file to write; without it, standard output
    #[arg(short = 'o', long = "file", value_name = "FILE")]
    pub(crate) file: Option<PathBuf>,
    /// Of the cluster of this name that was deleted last, even if there is another one by now
    #[arg(long)]
    pub(crate) deleted: bool,
    /// Sign the file with this private key (ed25519, PKCS#8 in PEM); the signature is FILE.sig
    #[arg(long, value_name = "KEY", requires = "file")]
    pub(crate) sign: Option<PathBuf>,
    /// Do nothing but verify that FILE.sig is the signature of FILE by the key of --key
    #[arg(long, value_name = "FILE", requires = "key", conflicts_with_all = ["file", "sign", "deleted"])]
    pub(crate) verify: Option<PathBuf>,
    /// The public key (PEM) of whoever signed
    #[arg(long, value_name = "KEY", requires = "verify")]
    pub(crate) key: Option<PathBuf>,
}

/// How to print a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For a terminal
    #[default]
    Text,
    /// One JSON document
    Json,
    /// One page for browsers and printers
    Html,
}

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// English
    #[default]
    En,
    /// Chinese
    Zh,
}
