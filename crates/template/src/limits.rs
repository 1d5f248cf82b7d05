//! What a template may use up. A chart is somebody else's program: it must not be able to hang the build or eat the machine.

/// Bounds of all renderings of one set of templates. What goes beyond them is an error that names the bound.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Actions, calls and turns of loops.
    pub steps: u64,
    /// Bytes of one output: of the template, of an `include` or a `tpl`.
    pub output: usize,
    /// Bytes that all outputs and all results of functions have together.
    pub produced: usize,
    /// How often one template may lie within itself by `include`; Helm's own number.
    pub includes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { steps: 20_000_000, output: 64 << 20, produced: 1 << 30, includes: 1_000 }
    }
}

/// How deep blocks and parentheses may lie in one another.
pub(crate) const DEEPEST_SYNTAX: usize = 1_000;
