//! A set of templates that call one another by name, and what is made of them.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use crate::callable::Functions;
use crate::error::{Error, Result};
use crate::execute::Rendering;
use crate::limits::Limits;
use crate::raw;
use crate::syntax::{self, Tree};
use crate::value::Value;

/// What the marker of a missing value looks like in the output.
pub(crate) const NO_VALUE: &str = "<no value>";

/// Texts of `tpl` beyond this size are parsed anew each time.
const LARGEST_REMEMBERED: usize = 16 << 10;

/// How many texts of `tpl` are remembered.
const MOST_REMEMBERED: usize = 1_000;

/// What a key that a map lacks is taken for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MissingKey {
    /// Nothing at all, of which fields may be asked: `{{ .a.b }}` is `<no value>`. Go's default.
    Nothing,
    /// A nil, of which asking a field is an error. What Helm uses.
    #[default]
    Nil,
    /// An error. What `helm --strict` uses.
    Error,
}

/// How templates are rendered.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What a missing key means.
    pub missing_key: MissingKey,
    /// Whether `<no value>` is taken out of what `render` and `tpl` give, as Helm does.
    pub strips_no_value: bool,
    /// What a rendering may use up.
    pub limits: Limits,
}

impl Options {
    /// As `helm template` renders a chart; `strict` as with its `--strict`.
    pub fn helm(strict: bool) -> Self {
        let missing_key = if strict { MissingKey::Error } else { MissingKey::Nil };
        Self { missing_key, strips_no_value: true, limits: Limits::default() }
    }
}

/// Templates by name. Cloning is cheap, and a clone may get further templates without the original seeing them.
#[derive(Debug, Clone)]
pub struct Templates {
    functions: Functions,
    options: Rc<Options>,
    layer: Rc<Layer>,
    remembered: Rc<RefCell<HashMap<Rc<str>, Parsed>>>,
    used: Rc<Cell<Used>>,
}

/// What the templates have used up so far: a chart of many files may use no more than one of a single file.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// Steps, as [`Limits`](crate::Limits) counts them.
    pub steps: u64,
    /// Bytes of all outputs and results.
    pub produced: usize,
}

/// What one text holds: its templates, the text's own as the last.
type Parsed = Rc<[Rc<Tree>]>;

/// Templates on top of others.
#[derive(Debug, Default)]
struct Layer {
    below: Option<Rc<Layer>>,
    trees: HashMap<Rc<str>, Rc<Tree>>,
}

impl Templates {
    /// An empty set whose templates may call these functions.
    pub fn new(functions: Functions, options: Options) -> Self {
        Self {
            functions,
            options: Rc::new(options),
            layer: Rc::default(),
            remembered: Rc::default(),
            used: Rc::default(),
        }
    }

    /// Adds the template that a text is, and those that it defines. A later template replaces an earlier one of the same name, unless
    /// it is blank.
    ///
    /// # Errors
    /// The text is no template, or it calls a function that there is not: [`Error::Syntax`].
    pub fn parse(&mut self, name: &str, text: &str) -> Result<()> {
        let trees = syntax::parse(name, text, &self.functions)?;
        self.add(&trees);
        Ok(())
    }

    /// Whether there is a template of that name.
    pub fn has(&self, name: &str) -> bool {
        self.tree(name).is_some()
    }

    /// Renders a template; `data` is what `.` and `$` are.
    ///
    /// # Errors
    /// There is no such template, something fails in it, or it uses up more than its limits.
    pub fn render(&self, name: &str, data: &Value) -> Result<String> {
        let text = Rendering::new(self.clone()).execute(name, data)?;
        let text = self.strip(text);
        Ok(match raw::shown(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(shown) => shown,
        })
    }

    /// Without the markers of missing values, where the options say so.
    pub(crate) fn strip(&self, text: String) -> String {
        if self.options.strips_no_value && text.contains(NO_VALUE) { text.replace(NO_VALUE, "") } else { text }
    }

    /// What the renderings have used up.
    pub fn used(&self) -> Used {
        self.used.get()
    }

    pub(crate) fn set_used(&self, used: Used) {
        self.used.set(used);
    }

    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    pub(crate) fn tree(&self, name: &str) -> Option<&Rc<Tree>> {
        let mut layers = std::iter::successors(Some(&self.layer), |layer| layer.below.as_ref());
        layers.find_map(|layer| layer.trees.get(name))
    }

    /// These templates and those of the text on top; and the text's own.
    pub(crate) fn with(&self, name: &str, text: &Rc<str>) -> Result<(Self, Rc<Tree>)> {
        let parsed = self.parse_remembered(name, text)?;
        let main = parsed.last().cloned().ok_or_else(|| Error::Missing(name.into()))?;
        let mut above = self.clone();
        above.layer = Rc::new(Layer { below: Some(Rc::clone(&self.layer)), trees: HashMap::new() });
        above.add(&parsed);
        Ok((above, main))
    }

    fn parse_remembered(&self, name: &str, text: &Rc<str>) -> Result<Parsed> {
        if let Some(parsed) = self.remembered.borrow().get(text) {
            return Ok(Rc::clone(parsed));
        }
        let parsed: Parsed = syntax::parse(name, text, &self.functions)?.into();
        let mut remembered = self.remembered.borrow_mut();
        if text.len() <= LARGEST_REMEMBERED && remembered.len() < MOST_REMEMBERED {
            remembered.insert(Rc::clone(text), Rc::clone(&parsed));
        }
        Ok(parsed)
    }

    fn add(&mut self, trees: &[Rc<Tree>]) {
        for tree in trees {
            if tree.is_blank() && self.has(&tree.name) {
                continue;
            }
            Rc::make_mut(&mut self.layer).trees.insert(Rc::clone(&tree.name), Rc::clone(tree));
        }
    }
}

impl Clone for Layer {
    fn clone(&self) -> Self {
        Self { below: self.below.clone(), trees: self.trees.clone() }
    }
}
