//! The documents of a rootfs: its configuration and the annotations of its manifest. Pure functions of what the build found,
//! with everything in a fixed order, so the same findings give the same bytes.

mod rootfs;

pub(crate) use rootfs::{annotations, config, empty_config, extension};

pub(crate) use sealer_model::image::Carried;

#[cfg(test)]
mod tests;
