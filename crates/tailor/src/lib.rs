//! What a site changes in the files that an image brings: documents `Config` and files of applications are written or merged, and
//! `*.tmpl` files are filled in from the environment. Text goes in and text comes out; the room knows no disk, image or host, so that
//! every mistake is found before a host is touched.

mod error;
mod merge;
mod process;
mod tailor;
mod template;

pub use error::Error;
pub use merge::merge;
pub use tailor::{TailoredFile, is_wanted, tailor, untouched};
pub use template::{fill_in, is_template, product};
