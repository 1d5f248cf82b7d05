//! `.Files`: the files of a chart that are neither templates nor values, as its templates read them.

use std::any::Any;
use std::collections::BTreeMap;
use std::rc::Rc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sealer_template::{Bytes, Object, Value, yaml};

use crate::chart::File;
use crate::glob::Glob;

/// Files by their paths.
#[derive(Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Rc<[u8]>>);

impl Files {
    pub(crate) fn of(files: &[File]) -> Self {
        Self(files.iter().map(|file| (file.name.clone(), Rc::clone(&file.data))).collect())
    }

    fn bytes(&self, name: &str) -> Rc<[u8]> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    fn glob(&self, pattern: &str) -> Self {
        // What cannot be read as a pattern means everything, as in Helm.
        let glob = Glob::parse(pattern);
        let fits = |name: &str| glob.as_ref().is_none_or(|glob| glob.matches(name));
        Self(self.0.iter().filter(|(name, _)| fits(name)).map(|(name, data)| (name.clone(), Rc::clone(data))).collect())
    }

    /// The files as a YAML map by their last names.
    fn as_map(&self, text: fn(&[u8]) -> String) -> sealer_template::Result<Value> {
        if self.0.is_empty() {
            return Ok(Value::text("{}"));
        }
        let last = |name: &str| name.rsplit('/').next().unwrap_or(name).to_owned();
        let map = Value::map(self.0.iter().map(|(name, data)| (last(name), Value::text(text(data)))));
        let written = yaml::write(&map)?;
        Ok(Value::text(written.trim_end_matches('\n')))
    }

    fn call(&self, method: &str, arguments: &[Value]) -> Option<sealer_template::Result<Value>> {
        Some(match (method, arguments) {
            ("Get", [Value::Text(name)]) => Ok(Value::text(text_of(&self.bytes(name)))),
            ("GetBytes", [Value::Text(name)]) => Ok(Bytes::value(self.bytes(name))),
            ("Glob", [Value::Text(pattern)]) => Ok(Value::Object(Rc::new(self.glob(pattern)))),
            ("Lines", [Value::Text(name)]) => Ok(self.lines(name)),
            ("AsConfig", []) => self.as_map(text_of),
            ("AsSecrets", []) => self.as_map(|data| STANDARD.encode(data)),
            // the files are a map, and what it lacks are no bytes
            (name, []) => Ok(Bytes::value(self.bytes(name))),
            _ => return None,
        })
    }

    /// The lines without their ends; what comes after the last line's end is no line.
    fn lines(&self, name: &str) -> Value {
        let text = text_of(&self.bytes(name));
        let text = text.strip_suffix('\n').unwrap_or(&text);
        if text.is_empty() {
            return Value::texts(std::iter::empty::<&str>());
        }
        Value::texts(text.split('\n'))
    }
}

fn text_of(bytes: &[u8]) -> String {
    sealer_template::raw::text(bytes)
}

impl Object for Files {
    fn type_name(&self) -> &str {
        "engine.files"
    }

    fn kind(&self) -> &str {
        "map"
    }

    fn member(&self, name: &str, arguments: &[Value]) -> Option<sealer_template::Result<Value>> {
        self.call(name, arguments)
    }

    fn parameters(&self, method: &str) -> Option<&'static str> {
        match method {
            "Get" | "GetBytes" | "Glob" | "Lines" => Some("s"),
            "AsConfig" | "AsSecrets" => Some(""),
            _ => None,
        }
    }

    fn print(&self) -> String {
        sealer_template::print::print(&self.data())
    }

    fn data(&self) -> Value {
        Value::map(self.0.iter().map(|(name, data)| (name.clone(), Bytes::value(Rc::clone(data)))))
    }

    fn truth(&self) -> bool {
        !self.0.is_empty()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}
