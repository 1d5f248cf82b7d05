//! Helm itself is asked, through a Python package that carries its engine: what our cases expect, and real charts under values that
//! nobody thought of. Where there is no such Python, the tests say so. `SEALER_TEST_PYTHON` names the interpreter that has it;
//! `SEALER_CHART_VARIANTS` says how many variants of each chart's values are tried.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

#[path = "../case/mod.rs"]
mod case;
#[path = "../corpus/comparison.rs"]
mod comparison;
mod dice;
mod expected;
#[path = "../../../template/tests/golden/mod.rs"]
mod functions_table;
mod generated;
mod golden;
mod helm;
mod manifests;
mod pair;
mod pool;
#[path = "../setting/mod.rs"]
mod setting;
mod settings;
mod snippets;
#[path = "../corpus/unpacked.rs"]
mod unpacked;
mod variants;
mod written;
