//! What each verb does, step by step, in order: read these files and you know the product.

mod check;
mod delete;
mod run;

pub use check::{check_after, check_before};
pub use delete::delete;
pub use run::{Ran, Run, plan, run};
