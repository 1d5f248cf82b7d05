//! A value in a template, with the kinds that Go distinguishes: a chart can ask for them (`kindOf`), print them and compare them,
//! and gets other text for an `int` than for a `float64`.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use crate::error::Result;

/// A value. Cloning is cheap: texts, lists, maps and objects are shared.
#[derive(Debug, Clone, Default)]
pub enum Value {
    /// Go's `nil` in an `interface {}`.
    #[default]
    Nil,
    /// `bool`
    Bool(bool),
    /// `int`: literals, `len`, indexes.
    Int(i64),
    /// `int64`: the arithmetic of Sprig, `--set` on the command line.
    Int64(i64),
    /// `float64`: every number of a values file.
    Float(f64),
    /// `string`
    Text(Rc<str>),
    /// `[]interface {}` or `[]string`; Go's functions copy them.
    List(List),
    /// `map[string]interface {}`, by reference: `set` in one template is seen in the next.
    Map(Map),
    /// A Go struct or pointer with fields and methods: `.Files`, `.Capabilities`, a time, a version.
    Object(Rc<dyn Object>),
}

/// A list. `texts` tells `[]string` from `[]interface {}`, which `typeOf` and `printf "%T"` show.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The elements.
    pub items: Rc<Vec<Value>>,
    /// Whether Go's type is `[]string`.
    pub texts: bool,
}

/// A map by reference, keys in order.
#[derive(Debug, Clone, Default)]
pub struct Map(Rc<RefCell<BTreeMap<String, Value>>>);

/// What Go would hold in a struct: fields and methods, reached as `.Name` with or without arguments.
pub trait Object: Debug {
    /// Go's name of the type, for `typeOf` and error texts: `*semver.Version`.
    fn type_name(&self) -> &str;
    /// Go's kind of the type, for `kindOf`: `ptr`, `map`, `slice`, `struct`.
    fn kind(&self) -> &str {
        match self.type_name() {
            name if name.starts_with('*') => "ptr",
            name if name.starts_with("map[") => "map",
            name if name.starts_with("[]") => "slice",
            _ => "struct",
        }
    }
    /// The field or method of that name called with these arguments, or `None` where there is none.
    fn member(&self, name: &str, arguments: &[Value]) -> Option<Result<Value>>;
    /// What `{{ . }}` prints.
    fn print(&self) -> String;
    /// The value as data, for `toYaml`, `toJson`, `range`: a map of its fields, mostly.
    fn data(&self) -> Value;
    /// Whether `if` takes it as true; Go's structs always are.
    fn truth(&self) -> bool {
        true
    }
    /// The concrete type, for functions that take a time or a version.
    fn as_any(&self) -> &dyn std::any::Any;
}

impl Map {
    /// A new map.
    pub fn new(entries: BTreeMap<String, Value>) -> Self {
        Self(Rc::new(RefCell::new(entries)))
    }

    /// The value under that key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.0.borrow().get(key).cloned()
    }

    /// Puts a value under a key; every holder of this map sees it.
    pub fn set(&self, key: impl Into<String>, value: Value) {
        self.0.borrow_mut().insert(key.into(), value);
    }

    /// Takes a key out.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.0.borrow_mut().remove(key)
    }

    /// Whether the key is there, with whatever value.
    pub fn contains(&self, key: &str) -> bool {
        self.0.borrow().contains_key(key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.borrow().is_empty()
    }

    /// The entries at this moment, in the order of their keys.
    pub fn entries(&self) -> Vec<(String, Value)> {
        let entries = self.0.borrow();
        entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// Whether both are the very same map.
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Value {
    /// A text.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// A `[]interface {}`.
    pub fn list(items: Vec<Value>) -> Self {
        Self::List(List { items: Rc::new(items), texts: false })
    }

    /// A `[]string`.
    pub fn texts(items: impl IntoIterator<Item = impl Into<Rc<str>>>) -> Self {
        let items = items.into_iter().map(Self::text).collect();
        Self::List(List { items: Rc::new(items), texts: true })
    }

    /// A new map.
    pub fn map(entries: impl IntoIterator<Item = (String, Value)>) -> Self {
        Self::Map(Map::new(entries.into_iter().collect()))
    }

    /// Whether `if` takes it as true: what is empty, zero or nil is not.
    pub fn is_true(&self) -> bool {
        match self {
            Self::Nil => false,
            Self::Bool(flag) => *flag,
            Self::Int(number) | Self::Int64(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items.is_empty(),
            Self::Map(map) => !map.is_empty(),
            Self::Object(object) => object.truth(),
        }
    }

    /// Go's name of the type.
    pub fn type_name(&self) -> &str {
        crate::print::type_name(self)
    }
}
