//! Every function in an expression, as Helm prints it; and no function without one.
#![allow(clippy::unwrap_used)]

#[path = "golden/mod.rs"]
mod rows;

use sealer_template::{Functions, Options, Templates, Value, functions};

fn rendered(text: &str) -> Result<String, String> {
    let mut templates = Templates::new(Functions::helm(), Options::helm(false));
    let outcome = templates.parse("t", text).and_then(|()| templates.render("t", &Value::map([])));
    outcome.map_err(|error| error.root().to_string())
}

#[test]
fn expressions_give_what_helm_gives() {
    let rows = rows::all();
    let differing = rows.iter().filter_map(|row| {
        let expected = row.gives.clone().map_err(str::to_owned);
        let rendered = rendered(row.template);
        (rendered != expected).then(|| format!("{}\n  expected {expected:?}\n  rendered {rendered:?}", row.template))
    });
    let differing: Vec<String> = differing.collect();
    assert!(differing.is_empty(), "{} of {}\n{}", differing.len(), rows.len(), differing.join("\n"));
}

#[test]
fn no_function_is_without_an_expression() {
    let rows = rows::all();
    let words = |template: &'static str| template.split(|next: char| !next.is_ascii_alphanumeric() && next != '_');
    let called: Vec<&str> = rows.iter().flat_map(|row| words(row.template)).collect();
    let lacking: Vec<&str> = functions::all().map(|(name, _)| name).filter(|name| !called.contains(name)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}
