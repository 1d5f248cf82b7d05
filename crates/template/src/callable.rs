//! What can be called by name in a template: Go's own functions, Sprig's and Helm's, and those of a host that call back into the
//! rendering. Names are looked up once, when a template is parsed.

use std::collections::HashMap;
use std::fmt;
use std::rc::Rc;

use crate::error::{Error, Result};
use crate::execute::Rendering;
use crate::functions::{self, Pure};
use crate::signature::Signature;
use crate::value::Value;
use crate::{builtin, print};

/// A function that may use the rendering it is called from.
pub type Host = Rc<dyn Fn(&mut Rendering, &[Value]) -> Result<Value>>;

/// What a function takes, where that is known.
pub(crate) type Takes = Option<Signature>;

/// What a name stands for.
#[derive(Clone)]
pub(crate) enum Callee {
    /// Stops at the first false argument, which it gives.
    And,
    /// Stops at the first true argument, which it gives.
    Or,
    Pure(Pure, Takes),
    Host(Host, Takes),
}

/// The functions that templates may call. Cloning is cheap.
#[derive(Clone)]
pub struct Functions {
    sprig: bool,
    own: Rc<HashMap<Box<str>, (Host, Takes)>>,
}

impl fmt::Debug for Functions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Functions").field("sprig", &self.sprig).finish_non_exhaustive()
    }
}

impl Functions {
    /// Go's own and no other.
    pub fn go() -> Self {
        Self { sprig: false, own: Rc::default() }
    }

    /// Go's own and Sprig's.
    pub fn sprig() -> Self {
        Self { sprig: true, own: Rc::default() }
    }

    /// All that a chart may call, but `lookup`, which needs a cluster: the host adds it.
    pub fn helm() -> Self {
        let mut all = Self::sprig();
        all.add_usual("include", Rc::new(include));
        all.add_usual("tpl", Rc::new(evaluate));
        all.add_usual("required", Rc::new(|_, arguments| required(arguments)));
        all.add_usual("fail", Rc::new(|_, arguments| fail(arguments)));
        all
    }

    /// The same for renderings that are looked at and thrown away: all private keys are one, which is made once.
    #[must_use]
    pub fn with_throwaway_keys(mut self) -> Self {
        for (name, function) in functions::throwaway() {
            self.add_usual(name, Rc::new(move |_, arguments| function(arguments)));
        }
        self
    }

    /// Adds a function, which comes before all others of that name.
    pub fn add(&mut self, name: &str, function: Host) {
        Rc::make_mut(&mut self.own).insert(name.into(), (function, None));
    }

    /// The same for a function that takes what the one takes that charts know by that name.
    pub fn add_usual(&mut self, name: &str, function: Host) {
        Rc::make_mut(&mut self.own).insert(name.into(), (function, Signature::of(name)));
    }

    /// What the name stands for: the host's functions come first, then Sprig's, then Go's.
    pub(crate) fn find(&self, name: &str) -> Option<Callee> {
        if let Some((function, takes)) = self.own.get(name) {
            return Some(Callee::Host(Rc::clone(function), *takes));
        }
        let sprig = if self.sprig { functions::find(name) } else { None };
        sprig.map(|function| Callee::Pure(function, Signature::of(name))).or_else(|| builtin::find(name))
    }
}

fn include(rendering: &mut Rendering, arguments: &[Value]) -> Result<Value> {
    match arguments {
        [Value::Text(name), data] => rendering.include(name, data).map(Value::text),
        [other, _] => Err(not_a_text(other)),
        _ => Err(wrong_count("include", 2, arguments)),
    }
}

fn evaluate(rendering: &mut Rendering, arguments: &[Value]) -> Result<Value> {
    match arguments {
        [Value::Text(text), data] => rendering.evaluate(text, data).map(Value::text),
        [other, _] => Err(not_a_text(other)),
        _ => Err(wrong_count("tpl", 2, arguments)),
    }
}

fn required(arguments: &[Value]) -> Result<Value> {
    match arguments {
        [Value::Text(warning), value] => match value {
            Value::Nil => Err(Error::Refusal(warning.to_string())),
            Value::Text(text) if text.is_empty() => Err(Error::Refusal(warning.to_string())),
            other => Ok(other.clone()),
        },
        [other, _] => Err(not_a_text(other)),
        _ => Err(wrong_count("required", 2, arguments)),
    }
}

fn fail(arguments: &[Value]) -> Result<Value> {
    match arguments {
        [Value::Text(message)] => Err(Error::Refusal(message.to_string())),
        [other] => Err(not_a_text(other)),
        _ => Err(wrong_count("fail", 1, arguments)),
    }
}

fn not_a_text(value: &Value) -> Error {
    let found =
        if matches!(value, Value::Nil) { "interface {}".to_owned() } else { print::type_name(value).to_owned() };
    Error::call(format!("wrong type for value; expected string; got {found}"))
}

/// The error for another number of arguments than a function takes.
pub(crate) fn wrong_count(name: &str, expected: usize, arguments: &[Value]) -> Error {
    Error::call(format!("wrong number of args for {name}: want {expected} got {}", arguments.len()))
}
