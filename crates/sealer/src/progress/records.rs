//! `--events ndjson`: every event as one JSON document a line, with the time at which it was told.

use super::tell;
use sealer_model::event::{Event, Listener};
use serde_json::Value;

/// The reader.
pub(super) fn listener() -> Listener {
    Listener::new(|event: Event| {
        let document = serde_json::to_value(event).expect("an event always has a JSON form");
        tell(&record(document));
    })
}

/// One line: a document with the present time.
pub(crate) fn record(mut document: Value) -> String {
    if let Value::Object(fields) = &mut document {
        fields.insert("at".to_owned(), jiff::Timestamp::now().to_string().into());
    }
    format!("{document}\n")
}
