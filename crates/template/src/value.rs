//! A value in a template, with the kinds that Go distinguishes: a chart can ask for them (`kindOf`), print them and compare them,
//! and gets other text for an `int` than for a `float64`.

mod items;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::rc::Rc;

use crate::effort;
use crate::error::Result;

pub use items::Items;

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

/// A list. Go tells `[]string` from `[]interface {}`, which `typeOf` and `printf "%T"` show.
#[derive(Debug, Clone, Default)]
pub struct List {
    /// The elements.
    pub items: Rc<Items>,
    /// What Go takes all of them for.
    pub of: ItemType,
}

/// The type of all values in a list.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ItemType {
    /// `interface {}`
    #[default]
    Any,
    /// `string`
    Text,
    /// `int`
    Int,
    /// `[]interface {}`
    List,
    /// `interface {}`, of a slice that is nil: it is empty, and documents say null for it.
    NilAny,
    /// `string`, likewise.
    NilText,
}

impl ItemType {
    /// Whether documents say null for a list of these.
    pub fn is_nil(self) -> bool {
        matches!(self, Self::NilAny | Self::NilText)
    }
}

/// A map by reference, keys in order.
#[derive(Debug, Clone, Default)]
pub struct Map(Rc<Entries>, MapType);

/// What Go calls the type of a map, for `typeOf` and error texts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]interface {}`
    #[default]
    Plain,
    /// `common.Values`: what Helm hands to a template.
    Values,
    /// `map[string]string`
    Texts,
    /// `map[string]string` that is nil: it is empty, and documents say null for it.
    NilTexts,
}

/// The entries of a map.
#[derive(Debug, Default)]
struct Entries(RefCell<BTreeMap<String, Value>>);

impl Drop for Entries {
    fn drop(&mut self) {
        items::release(self.0.take().into_values().collect());
    }
}

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
    /// What a method takes, a letter for each parameter: `s` for a text; nothing where it checks that itself.
    fn parameters(&self, _method: &str) -> Option<&'static str> {
        None
    }
    /// The fields in the order of the struct, which JSON keeps; none where [`data`](Object::data) says it all.
    fn fields(&self) -> Option<Vec<(&'static str, Value)>> {
        None
    }
    /// What `%v` prints, and all that prints as it does.
    fn print(&self) -> String;
    /// What `{{ . }}` prints: Go finds methods of a pointer there that it does not find elsewhere.
    fn show(&self) -> String {
        self.print()
    }
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
        effort::made_map(entries.len());
        Self(Rc::new(Entries(RefCell::new(entries))), MapType::Plain)
    }

    /// The same map under another type.
    #[must_use]
    pub fn as_type(self, name: MapType) -> Self {
        Self(self.0, name)
    }

    /// Its type.
    pub fn map_type(&self) -> MapType {
        self.1
    }

    /// What Go calls its type.
    pub fn type_name(&self) -> &'static str {
        match self.1 {
            MapType::Plain => "map[string]interface {}",
            MapType::Values => "common.Values",
            MapType::Texts | MapType::NilTexts => "map[string]string",
        }
    }

    /// The value under that key.
    pub fn get(&self, key: &str) -> Option<Value> {
        self.0.0.borrow().get(key).cloned()
    }

    /// Puts a value under a key; every holder of this map sees it.
    pub fn set(&self, key: impl Into<String>, value: Value) {
        let before = self.0.0.borrow_mut().insert(key.into(), value);
        if before.is_none() {
            effort::made_entry();
        }
    }

    /// Takes a key out.
    pub fn remove(&self, key: &str) -> Option<Value> {
        self.0.0.borrow_mut().remove(key)
    }

    /// Whether the key is there, with whatever value.
    pub fn contains(&self, key: &str) -> bool {
        self.0.0.borrow().contains_key(key)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        self.0.0.borrow().len()
    }

    /// Whether there is no key.
    pub fn is_empty(&self) -> bool {
        self.0.0.borrow().is_empty()
    }

    /// The entries at this moment, in the order of their keys.
    pub fn entries(&self) -> Vec<(String, Value)> {
        let entries = self.0.0.borrow();
        entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect()
    }

    /// The values, if nobody else holds this map; else none.
    fn into_values(self) -> impl Iterator<Item = Value> {
        let entries = Rc::into_inner(self.0).map(|entries| entries.0.take());
        entries.into_iter().flat_map(BTreeMap::into_values)
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
        Self::List(List { items: Items::new(items), of: ItemType::Any })
    }

    /// A slice that is nil.
    pub fn nil_list(of: ItemType) -> Self {
        Self::List(List { items: Items::new(Vec::new()), of })
    }

    /// A `[]string`.
    pub fn texts(items: impl IntoIterator<Item = impl Into<Rc<str>>>) -> Self {
        let items = items.into_iter().map(Self::text).collect();
        Self::List(List { items: Items::new(items), of: ItemType::Text })
    }

    /// A `[]int`.
    pub fn ints(items: impl IntoIterator<Item = i64>) -> Self {
        let items = items.into_iter().map(Self::Int).collect();
        Self::List(List { items: Items::new(items), of: ItemType::Int })
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

    /// Whether documents say null for it: nil, and slices and maps that are nil.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::List(list) => list.of.is_nil(),
            Self::Map(map) => map.map_type() == MapType::NilTexts,
            _ => false,
        }
    }

    /// Go's name of the type.
    pub fn type_name(&self) -> &str {
        crate::print::type_name(self)
    }
}
