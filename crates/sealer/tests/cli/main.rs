//! The program as its users see it: what it prints where, and how it ends. Every test has a folder, an environment and a
//! registry of its own, and works on real files.

mod documents;
mod surroundings;
mod usage;
