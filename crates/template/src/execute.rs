//! Trees and values to text. A [`Rendering`] is one run: it holds what has been used up and calls templates; a frame is one
//! template being carried out.

mod call;
mod evaluate;
mod field;
mod found;
mod frame;
mod range;
mod rendering;

pub use rendering::Rendering;
