//! One run over a set of templates: what it has used up, and the calls of templates by name.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use super::frame::Frame;
use crate::effort;
use crate::error::{Error, Result};
use crate::limits::Limits;
use crate::print::quoted;
use crate::stack::Floor;
use crate::syntax::Tree;
use crate::templates::{MissingKey, Templates, Used};
use crate::value::Value;

/// The name that Helm gives to the text of a `tpl`.
const TPL_NAME: &str = "gotpl";

/// A template being rendered, with all those that it calls. A host's functions get it to call templates themselves.
pub struct Rendering {
    templates: Templates,
    limits: Limits,
    missing_key: MissingKey,
    floor: Floor,
    steps: u64,
    produced: usize,
    /// How often each template lies within itself.
    included: HashMap<Rc<str>, usize>,
}

impl fmt::Debug for Rendering {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Rendering")
            .field("steps", &self.steps)
            .field("produced", &self.produced)
            .finish_non_exhaustive()
    }
}

impl Rendering {
    pub(crate) fn new(templates: Templates) -> Self {
        let (limits, missing_key) = (templates.options().limits.clone(), templates.options().missing_key);
        let floor = Floor::of_this_thread();
        let Used { steps, produced } = templates.used();
        Self { templates, limits, missing_key, floor, steps, produced, included: HashMap::new() }
    }

    /// Renders a template, as `include` does.
    ///
    /// # Errors
    /// There is no such template, it lies too often within itself, or something fails in it.
    pub fn include(&mut self, name: &str, data: &Value) -> Result<String> {
        let tree = self.tree(name)?;
        let depth = self.included.entry(Rc::clone(&tree.name)).or_default();
        if *depth > self.limits.includes {
            let text = format!("rendering template has a nested reference name: {name}: unable to execute template");
            return Err(Error::Function(text));
        }
        *depth += 1;
        let result = self.run(&tree, data);
        if let Some(depth) = self.included.get_mut(&tree.name) {
            *depth -= 1;
        }
        result
    }

    /// Renders a text, as `tpl` does: it sees all templates, and those that it defines are seen by it alone.
    ///
    /// # Errors
    /// The text is no template, or something fails in it; a limit is reached.
    pub fn evaluate(&mut self, text: &Rc<str>, data: &Value) -> Result<String> {
        if !text.contains("{{") {
            return Ok(self.templates.strip(text.to_string()));
        }
        self.produce(text.len())?;
        let nested = |context: &str, cause: Error| Error::Nested {
            context: format!("{context} {}", quoted(text)),
            cause: Box::new(cause),
        };
        let parsed = self.templates.with(TPL_NAME, text);
        let (templates, tree) = parsed.map_err(|cause| nested("cannot parse template", cause))?;
        let outer = std::mem::replace(&mut self.templates, templates);
        let result = self.run(&tree, data);
        self.templates = outer;
        let output = result.map_err(|cause| nested("error during tpl function execution for", cause))?;
        Ok(self.templates.strip(output))
    }

    /// Renders a template by its name. What it uses up is missing for the next.
    pub(crate) fn execute(&mut self, name: &str, data: &Value) -> Result<String> {
        let tree = self.tree(name)?;
        self.allow_effort();
        let result = self.run(&tree, data);
        effort::end();
        self.templates.set_used(Used { steps: self.steps, produced: self.produced });
        result
    }

    /// Lets functions use up what is left.
    fn allow_effort(&self) {
        let steps = self.limits.steps.saturating_sub(self.steps);
        effort::allow(steps, self.limits.produced.saturating_sub(self.produced));
    }

    /// Takes over what a function has used up.
    pub(super) fn take_effort(&mut self) -> Result<()> {
        let (steps, bytes) = effort::take();
        self.steps = self.steps.saturating_add(steps);
        self.produce(bytes)?;
        self.allow_effort();
        self.check_steps()
    }

    fn tree(&self, name: &str) -> Result<Rc<Tree>> {
        self.templates.tree(name).cloned().ok_or_else(|| Error::Missing(name.into()))
    }

    fn run(&mut self, tree: &Tree, data: &Value) -> Result<String> {
        let mut out = String::new();
        Frame::new(self, tree, data.clone(), &mut out).run()?;
        Ok(out)
    }

    /// The template that `{{ template }}` calls.
    pub(super) fn find(&self, name: &str) -> Option<Rc<Tree>> {
        self.templates.tree(name).cloned()
    }

    pub(super) fn missing_key(&self) -> MissingKey {
        self.missing_key
    }

    /// Counts a step; looks at the stack, too.
    pub(super) fn step(&mut self) -> Result<()> {
        self.steps += 1;
        self.check_steps()?;
        if self.floor.is_reached() {
            return Err(Error::Limit("templates or expressions lie too deep within one another".to_owned()));
        }
        Ok(())
    }

    fn check_steps(&self) -> Result<()> {
        if self.steps <= self.limits.steps {
            return Ok(());
        }
        Err(Error::Limit(format!("the templates take more than {} steps", self.limits.steps)))
    }

    /// Counts bytes of a result.
    pub(super) fn produce(&mut self, bytes: usize) -> Result<()> {
        self.produced = self.produced.saturating_add(bytes);
        if self.produced <= self.limits.produced {
            return Ok(());
        }
        Err(Error::Limit(format!("the templates produce more than {} bytes", self.limits.produced)))
    }

    /// Checks the size of one output, or of the result of one function.
    pub(super) fn check_output(&self, bytes: usize) -> Result<()> {
        if bytes <= self.limits.output {
            return Ok(());
        }
        Err(Error::Limit(format!("the output is larger than {} bytes", self.limits.output)))
    }
}
