//! Templates that mean harm, and templates that mean nothing: each ends in a text or an error within the limits, and none panics.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use sealer_template::{Functions, Limits, Options, Result, Templates, Value, on_large_stack};

/// Renders a template with Helm's functions, within limits that a test can wait for.
fn render(text: &str, limits: Limits) -> Result<String> {
    let options = Options { limits, ..Options::helm(false) };
    let mut templates = Templates::new(Functions::helm(), options);
    templates.parse("t", text)?;
    let data = Value::map([
        ("list".to_owned(), Value::texts(["a".to_owned(), "b".to_owned()])),
        ("map".to_owned(), Value::map([("key".to_owned(), Value::Int(3))])),
        ("text".to_owned(), Value::text("word")),
    ]);
    templates.render("t", &data)
}

fn small() -> Limits {
    Limits { steps: 20_000, output: 1 << 16, produced: 1 << 20, includes: 50 }
}

/// What a bomb is, and a part of what is said about it.
const BOMBS: [(&str, &str); 23] = [
    ("{{ define \"a\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}", "nested reference name"),
    ("{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}", "steps"),
    (
        "{{ define \"a\" }}{{ template \"b\" . }}{{ end }}{{ define \"b\" }}{{ include \"a\" . }}{{ end }}{{ include \"a\" . }}",
        "nested",
    ),
    ("{{ range until 1000 }}{{ range until 1000 }}{{ range until 1000 }}{{ end }}{{ end }}{{ end }}", "steps"),
    ("{{ range $i := 9223372036854775807 }}{{ end }}", "steps"),
    ("{{ $t := \"{{ tpl .t . }}\" }}{{ tpl $t (dict \"t\" $t \"Template\" (dict \"BasePath\" \"x\")) }}", "tpl"),
    ("{{ $x := \"ab\" }}{{ range until 60 }}{{ $x = print $x $x }}{{ end }}{{ $x }}", "larger"),
    ("{{ repeat 2000000000 \"xyz\" }}", "repeat"),
    ("{{ untilStep 0 2000000000 1 }}", "list"),
    ("{{ $x := repeat 1000000 \"0\" }}{{ range until 100 }}{{ $x }}{{ end }}", "larger than"),
    // values in values in values: their end must not overflow the stack
    ("{{ $d := dict }}{{ range until 40000 }}{{ $d = dict \"a\" $d }}{{ end }}", ""),
    ("{{ $d := list }}{{ range until 40000 }}{{ $d = list $d }}{{ end }}", ""),
    // two to the fortieth maps, if they were copied
    ("{{ $d := dict }}{{ range until 40 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ end }}{{ $x := deepCopy $d }}", "left"),
    ("{{ $d := list }}{{ range until 40 }}{{ $d = list $d $d }}{{ end }}{{ $x := deepCopy $d }}", "left"),
    (
        "{{ $d := dict }}{{ $e := dict }}{{ range until 40 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ $e = dict \"a\" $e \"b\" $e }}{{ end }}{{ deepEqual $d $e }}",
        "left",
    ),
    (
        "{{ $d := dict }}{{ $e := dict }}{{ range until 40 }}{{ $d = dict \"a\" $d \"b\" $d }}{{ $e = dict \"a\" $e \"b\" $e }}{{ end }}{{ $x := merge $d $e }}",
        "left",
    ),
    ("{{ $l := uniq (until 1048576) }}", "left"),
    ("{{ $l := until 100000 }}{{ range $l }}{{ if has -1 $l }}{{ end }}{{ end }}", "steps"),
    ("{{ range until 1000 }}{{ $k := genPrivateKey \"ecdsa\" }}{{ end }}", "steps"),
    ("{{ range until 1000 }}{{ $k := bcrypt \"a\" }}{{ end }}", "steps"),
    ("{{ range until 1000 }}{{ $k := derivePassword 1 \"long\" \"a\" \"b\" \"c\" }}{{ end }}", "steps"),
    ("{{ $l := splitList \"\" (repeat 60000000 \"a\") }}", "list"),
    ("{{ regexMatch \"(a*)*b\" (repeat 60000 \"a\") }}", ""),
];

#[test]
fn bombs_end_in_an_error_that_says_why() {
    for (bomb, part) in BOMBS {
        let outcome = on_large_stack(|| {
            render(bomb, Limits { steps: 200_000, ..Limits::default() }).map_err(|error| chain(&error))
        });
        match outcome.unwrap() {
            Err(text) => assert!(text.contains(part), "{bomb}: {text}"),
            Ok(text) => assert!(part.is_empty(), "{bomb} became {} bytes", text.len()),
        }
    }
}

#[test]
fn the_stack_ends_in_an_error_where_steps_are_left() {
    let text = "{{ define \"a\" }}{{ template \"a\" . }}{{ end }}{{ template \"a\" . }}";
    let outcome = on_large_stack(|| render(text, Limits::default()).map_err(|error| chain(&error)));
    assert!(outcome.unwrap().unwrap_err().contains("too deep"));
}

/// Far more maps and lists in one another than a stack has room for.
#[test]
fn the_deepest_values_come_to_their_end() {
    let text = "{{ $d := dict }}{{ range until 200000 }}{{ $d = dict \"a\" (list $d) }}{{ end }}{{ kindOf $d }}";
    assert_eq!(render(text, Limits::default()).map_err(|error| chain(&error)), Ok("map".to_owned()));
}

/// Files of a chart are templates of one set: many small bombs are one.
#[test]
fn all_templates_of_a_set_share_the_limits() {
    let mut templates = Templates::new(Functions::helm(), Options { limits: small(), ..Options::helm(false) });
    let text = "{{ range until 1000 }}{{ print . }}{{ end }}";
    for name in ["a", "b", "c", "d", "e", "f"] {
        templates.parse(name, text).unwrap();
    }
    let outcomes = ["a", "b", "c", "d", "e", "f"].map(|name| templates.render(name, &Value::Nil).is_ok());
    assert_eq!((outcomes[0], outcomes[5]), (true, false), "{outcomes:?}");
}

fn chain(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |error| error.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

#[test]
fn deep_syntax_ends_in_an_error() {
    let deep =
        |open: &str, middle: &str, close: &str| format!("{}{middle}{}", open.repeat(200_000), close.repeat(200_000));
    let texts = [
        deep("{{ if true }}", "x", "{{ end }}"),
        format!("{{{{ {} }}}}", deep("(", "1", ")")),
        format!("{{{{ .a{} }}}}", ".b".repeat(200_000)),
    ];
    for text in texts {
        let outcome = on_large_stack(|| render(&text, small()).is_err());
        assert!(outcome.unwrap(), "{}", text.get(..40).unwrap());
    }
}

/// Pieces that templates are made of, so that what is tried gets beyond the first character.
const PIECES: [&str; 52] = [
    "{{",
    "}}",
    "{{-",
    "-}}",
    "{{/*",
    "*/}}",
    " ",
    "\n",
    "if ",
    "else ",
    "else if ",
    "end ",
    "range ",
    "with ",
    "define \"x\" ",
    "template \"x\" ",
    "block \"x\" ",
    "include \"x\" ",
    "break ",
    "continue ",
    "$",
    "$x ",
    "$x := ",
    "$x = ",
    "$i, $x := ",
    ".list ",
    ".map ",
    ".map.key ",
    ".text ",
    ".",
    ". ",
    "(",
    ")",
    "| ",
    ", ",
    "1 ",
    "-0x1p-2 ",
    "1_000 ",
    "'a' ",
    "\"a\\n\" ",
    "`raw` ",
    "true ",
    "nil ",
    "printf \"%v %5.2q\" ",
    "eq ",
    "index ",
    "slice ",
    "dict \"a\" ",
    "tpl \"{{ . }}\" ",
    "default ",
    "toYaml ",
    "fail \"x\" ",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn no_text_makes_the_engine_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[..]), 0..24), noise in "\\PC{0,6}") {
        let _ = render(&(pieces.concat() + &noise), small());
    }

    #[test]
    fn no_action_makes_the_engine_panic(pieces in prop::collection::vec(prop::sample::select(&PIECES[6..]), 0..12)) {
        let _ = render(&format!("{{{{ {} }}}}{{{{ end }}}}", pieces.concat()), small());
    }
}
