//! Every reader of foreign input, with good inputs of its own, tried with many that are nearly right: each ends in a result or in an
//! error, none in a panic. Each target also holds that some changed inputs are accepted and some refused, else it would try nothing.
#![allow(clippy::unwrap_used)]

mod added;
mod archives;
mod charts;
mod documents;
mod files;
mod images;
