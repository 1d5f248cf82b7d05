//! The program as its users see it: what it prints where, and how it ends. Every test has a folder, an environment and a
//! registry of its own, and works on real files.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod chart;
mod chart_selection;
mod cluster;
mod clusterfile;
mod commands;
mod composed;
mod concurrent;
mod day_two;
mod differences;
mod documents;
mod fixtures;
mod images;
mod kills;
mod programs;
mod registry;
mod registry_kill;
mod registry_upkeep;
mod report;
mod sealed_secrets;
mod store;
mod surroundings;
mod usage;
