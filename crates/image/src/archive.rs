//! Save and load: a cluster image as one file, an OCI layout in a tar archive that other tools read too. Saving streams from
//! the store, loading streams into it; nothing is unpacked elsewhere, and a name appears only when the image is whole.

mod docker;
mod folder;
mod load;
mod save;
mod target;
mod unfinished;
mod volumes;

pub use docker::save_docker_archive;
pub use load::{load, load_file};
pub use save::{SaveOptions, Saved, save, save_folder};
