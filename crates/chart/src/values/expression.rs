//! The grammar of `--set` and its kin: `a.b[0].c=1,d={x,y},e=null`, with `\` before a character that is meant as it is. What stands
//! after `=` depends on the kind; keys are read alike, but `--set-literal` knows no `\`.

use std::iter::Peekable;
use std::str::Chars;

use sealer_template::{Map, Value, json};

use super::nested::{Key, Step, put, start_of};
use super::sources::{ExpressionKind, ReadFile};

/// What is wrong with an expression.
type Problem = String;

/// How many names with dots between them a key may have.
const MOST_NAMES: usize = 30;

/// The highest index; lists are filled up with nils to it.
const HIGHEST_INDEX: usize = 65_536;

/// Sets what an expression says.
pub(super) fn apply(kind: ExpressionKind, text: &str, values: &Map, read: ReadFile<'_>) -> Result<(), Problem> {
    let mut parser = Parser { kind, rest: text.chars().peekable(), read };
    while parser.rest.peek().is_some() {
        let Some(key) = parser.key(values)? else { return Ok(()) };
        let value = parser.value()?;
        put(values, &key, value);
    }
    Ok(())
}

struct Parser<'a> {
    kind: ExpressionKind,
    rest: Peekable<Chars<'a>>,
    read: ReadFile<'a>,
}

impl Parser<'_> {
    /// A key up to its `=`, checked against what is there already; none where nothing follows.
    fn key(&mut self, values: &Map) -> Result<Option<Key>, Problem> {
        let mut steps: Vec<Step> = Vec::new();
        loop {
            let (name, stop) = self.until(if self.is_literal() { &['=', '[', '.'] } else { &['=', '[', ',', '.'] });
            match stop {
                None if name.is_empty() && steps.is_empty() => return Ok(None),
                None => return Err(format!("key {name:?} has no value")),
                Some(',') => return Err(format!("key {name:?} has no value (cannot end with ,)")),
                Some(stop) => {
                    if let (true, Some(Step::Name(above))) = (name.is_empty(), steps.last()) {
                        return Err(format!("key map {above:?} has no value"));
                    }
                    steps.push(Step::Name(name));
                    if self.after_name(&mut steps, stop)? {
                        continue;
                    }
                }
            }
            let key = Key(steps);
            return start_of(values, &key).map(|()| Some(key));
        }
    }

    /// What follows a name: whether another name does.
    fn after_name(&mut self, steps: &mut Vec<Step>, mut stop: char) -> Result<bool, Problem> {
        while stop == '[' {
            steps.push(Step::Index(self.index()?));
            let (junk, next) = self.until(&['[', '.', '=']);
            if !junk.is_empty() {
                return Err(format!("unexpected data at end of array index: {junk:?}"));
            }
            let Some(next) = next else { return Err("key with an index has no value".to_owned()) };
            stop = next;
        }
        let names = steps.iter().filter(|step| matches!(step, Step::Name(_))).count();
        if stop == '.' && names > MOST_NAMES {
            return Err(format!(
                "value name nested level is greater than maximum supported nested level of {MOST_NAMES}"
            ));
        }
        Ok(stop == '.')
    }

    fn index(&mut self) -> Result<usize, Problem> {
        let (text, stop) = self.until(&[']']);
        if stop.is_none() {
            return Err(format!("error parsing index: {text:?} lacks its ]"));
        }
        let index: i64 = text.parse().map_err(|_| format!("error parsing index: {text:?} is no number"))?;
        match usize::try_from(index) {
            Err(_) => Err(format!("negative {index} index not allowed")),
            Ok(index) if index > HIGHEST_INDEX => {
                Err(format!("index of {index} is greater than maximum supported index of {HIGHEST_INDEX}"))
            }
            Ok(index) => Ok(index),
        }
    }

    fn value(&mut self) -> Result<Value, Problem> {
        match self.kind {
            ExpressionKind::Literal => Ok(Value::text(self.rest.by_ref().collect::<String>())),
            ExpressionKind::Json => self.json(),
            _ if self.rest.next_if_eq(&'{').is_some() => self.list(),
            _ if self.rest.peek().is_none() => Ok(Value::text("")),
            _ => {
                let (text, _) = self.until(&[',']);
                self.scalar(text)
            }
        }
    }

    fn list(&mut self) -> Result<Value, Problem> {
        let mut items = Vec::new();
        loop {
            let (text, stop) = self.until(&[',', '}']);
            let Some(stop) = stop else { return Err("list must terminate with '}'".to_owned()) };
            items.push(self.scalar(text)?);
            if stop == '}' {
                self.rest.next_if_eq(&',');
                return Ok(Value::list(items));
            }
        }
    }

    fn scalar(&mut self, text: String) -> Result<Value, Problem> {
        match self.kind {
            ExpressionKind::Text => Ok(Value::text(text)),
            ExpressionKind::File => (self.read)(&text).map(Value::text),
            _ => Ok(typed(text)),
        }
    }

    /// A JSON value and the comma after it; nothing at all is null.
    fn json(&mut self) -> Result<Value, Problem> {
        if self.is_blank_to_comma() {
            return Ok(Value::Nil);
        }
        let text: String = self.rest.clone().collect();
        let mut values = serde_json::Deserializer::from_str(&text).into_iter::<serde_json::Value>();
        let value = values.next().ok_or("there is no JSON")?.map_err(|error| error.to_string())?;
        let read = text.get(..values.byte_offset()).unwrap_or(&text).chars().count();
        self.rest.by_ref().take(read).for_each(drop);
        self.is_blank_to_comma();
        json::read(&value.to_string()).map_err(|error| error.to_string())
    }

    /// Takes white space and a comma; whether there was nothing else.
    fn is_blank_to_comma(&mut self) -> bool {
        while self.rest.next_if(|next| next.is_whitespace()).is_some() {}
        self.rest.peek().is_none() || self.rest.next_if_eq(&',').is_some()
    }

    /// The text up to one of the characters, and which it was.
    fn until(&mut self, stops: &[char]) -> (String, Option<char>) {
        let mut text = String::new();
        while let Some(next) = self.rest.next() {
            if stops.contains(&next) {
                return (text, Some(next));
            }
            if next == '\\' && !self.is_literal() {
                text.extend(self.rest.next());
            } else {
                text.push(next);
            }
        }
        (text, None)
    }

    fn is_literal(&self) -> bool {
        self.kind == ExpressionKind::Literal
    }
}

/// A word of `--set`: a truth value, null, a whole number that does not begin with 0, or a text.
fn typed(text: String) -> Value {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    if is("true") || is("false") {
        return Value::Bool(is("true"));
    }
    if is("null") {
        return Value::Nil;
    }
    match text.parse() {
        Ok(number) if text == "0" || !text.starts_with('0') => Value::Int64(number),
        _ => Value::text(text),
    }
}
