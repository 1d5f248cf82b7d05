//! What `tests/setting/table.txt` says must be what Helm's own parser of `--set` makes.

use serde_json::{Value, json};

use crate::helm::Helm;
use crate::setting;

#[test]
fn helm_sets_what_the_table_says() {
    let Some(mut helm) = Helm::start() else { return };
    let mut differing = Vec::new();
    for row in setting::all() {
        let answer = helm.set(row.option, row.text);
        let expected = row.values.map(|text| serde_json::from_str::<Value>(text).unwrap());
        if answer.get("values") != expected.as_ref() {
            differing.push(format!("--{} {}: Helm says {answer}", row.option, row.text));
        }
    }
    assert!(differing.is_empty(), "{}", differing.join("\n"));
    assert_eq!(helm.set("set", "a=1"), json!({"values": {"a": 1}}));
}
