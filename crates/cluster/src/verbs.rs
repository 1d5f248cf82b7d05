//! What each verb does, step by step, in order: read these files and you know the product.

mod check;
mod delete;
mod run;

pub use check::{Check, Checked, check};
pub use delete::delete;
pub use run::{Ran, Run, plan, run};
