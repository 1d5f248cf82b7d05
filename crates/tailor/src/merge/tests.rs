//! Merges, as a person would look at them.

use super::*;
use proptest::prelude::*;

#[track_caller]
fn merges(text: &str, data: &str, expected: &str) {
    assert_eq!(merge(text, data).unwrap(), expected, "\n{text}\n+\n{data}");
}

#[test]
fn comments_order_and_other_documents_stay() {
    merges(
        "# ours\nkind: ConfigMap # a kind\nmetadata:\n  name: a\n  # why\n  namespace: default # here\ndata:\n  z: 1\n  a: |\n    text\n    more\n\n# tail\n",
        "metadata:\n  namespace: site\ndata:\n  b: new # added\n  a: |-\n    other\n",
        "# ours\nkind: ConfigMap # a kind\nmetadata:\n  name: a\n  # why\n  namespace: site # here\ndata:\n  z: 1\n  a: |-\n    other\n  b: new\n\n# tail\n",
    );
    merges(
        "a: 1\n---\n# two\nb: 2\n",
        "c:\n  d: [1, 2]\n",
        "a: 1\nc:\n  d: [1, 2]\n---\n# two\nb: 2\nc:\n  d: [1, 2]\n",
    );
}

#[test]
fn every_document_gains_what_is_merged() {
    let document = |number: u8, more: &str, namespace: &str| {
        format!("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c{number}\n{namespace}data:\n  key: v\n{more}")
    };
    let all = |more: &str, namespace: &str| [1, 2, 3].map(|number| document(number, more, namespace)).join("---\n");
    merges(
        &all("", ""),
        "data: {test-key: test-value}\nmetadata: {namespace: test}\n",
        &all("  test-key: test-value\n", "  namespace: test\n"),
    );
}

#[test]
fn values_change_their_kind() {
    merges("a: 1 # one\nb: 2\n", "a:\n    x: 1\n    y:\n    - 2\n", "a:\n    x: 1\n    y:\n    - 2 # one\nb: 2\n");
    merges("a:\n  x: 1\nb: 2\n", "a: 5\n", "a: 5\nb: 2\n");
    merges("a:\nb: 2\n", "a: 5\n", "a: 5\nb: 2\n");
    merges("a:\n- 1\n- 2\nb: 2\n", "a: [3]\n", "a: [3]\nb: 2\n");
    merges("a: 1", "b: null\n", "a: 1\nb: null");
    merges("  a:\n     b: 1 # why\n", "a: {c: 2}\n", "  a:\n     b: 1 # why\n     c: 2\n");
}

#[test]
fn what_cannot_be_edited_is_written_anew_with_the_same_meaning() {
    merges("a: &x {b: 1}\nc: *x\n", "c:\n  b: 2\n", "a:\n  b: 1\nc:\n  b: 2\n");
    merges("{a: {b: 1}}\n", "a: {c: 2}\n", "a:\n  b: 1\n  c: 2\n");
}

#[test]
fn nothing_there_takes_the_data_and_nonsense_is_refused() {
    merges("# nothing yet\n", "a: 1\n", "a: 1\n");
    assert!(merge("- a\n", "a: 1").unwrap_err().contains("no map"));
    assert!(merge("a: 1", "- a").unwrap_err().contains("must be one document"));
    assert!(merge("a: [", "a: 1").unwrap_err().contains("what is there is no YAML"));
    assert!(merge("a: 1", "a: 1\n---\nb: 1\n").unwrap_err().contains("must be one document"));
}

fn value(depth: u32) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i32>().prop_map(Value::from),
        "[ -~]{0,12}".prop_map(Value::String),
        "[a-z]{1,4}\n[a-z ]{0,4}\n?".prop_map(Value::String),
    ];
    leaf.prop_recursive(depth, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
            prop::collection::btree_map("[a-d]{1,2}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn map() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[a-d]{1,2}", value(3), 1..4).prop_map(|map| Value::Object(map.into_iter().collect()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_merge_means_what_it_must(one in map(), two in map()) {
        let (text, data) = (serde_saphyr::to_string(&one).unwrap(), serde_saphyr::to_string(&two).unwrap());
        let mut expected = one;
        lay_over(&mut expected, &two);
        prop_assert_eq!(documents(&merge(&text, &data).unwrap()).unwrap(), [expected]);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[ -~\n]{0,80}", data in "[a-c:\\-\\[\\]{}&*|> \n]{0,40}") {
        let _ = merge(&text, &data);
    }
}
