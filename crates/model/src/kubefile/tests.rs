//! What the parser accepts, what it refuses, and how it says so.

use super::*;
use proptest::prelude::*;

fn parse(text: &str) -> Kubefile {
    Kubefile::parse("Kubefile", text).unwrap_or_else(|error| panic!("{error}"))
}

/// The actions behind `FROM scratch`.
fn actions(text: &str) -> Vec<Action> {
    let kubefile = parse(&format!("FROM scratch\n{text}"));
    kubefile.instructions.into_iter().skip(1).map(|instruction| instruction.action).collect()
}

fn refused(text: &str) -> KubefileError {
    match Kubefile::parse("Kubefile", text) {
        Ok(kubefile) => panic!("{text:?} was accepted: {kubefile:?}"),
        Err(error) => error,
    }
}

/// The words with `ARCH=arm64`, `EMPTY=` and `NAME=value` set.
fn expanded(word: &Word) -> Result<String, Mistake> {
    word.expand(&|name| match name {
        "ARCH" => Some("arm64".to_owned()),
        "NAME" => Some("value".to_owned()),
        "EMPTY" => Some(String::new()),
        _ => None,
    })
}

fn copied(text: &str) -> (Vec<String>, String) {
    match actions(text).as_slice() {
        [Action::Copy(copy) | Action::Add(copy)] => {
            (copy.sources.iter().map(|word| expanded(word).unwrap()).collect(), expanded(&copy.destination).unwrap())
        }
        other => panic!("{text} is {other:?}"),
    }
}

fn pairs(text: &str) -> Vec<(String, String)> {
    match actions(text).pop() {
        Some(
            Action::Environment(pairs)
            | Action::Labels(pairs)
            | Action::ApplicationEnvironment(Named { value: pairs, .. }),
        ) => pairs.iter().map(|pair| (expanded(&pair.key).unwrap(), expanded(&pair.value).unwrap())).collect(),
        other => panic!("{text} is {other:?}"),
    }
}

#[test]
fn keywords_are_known_in_any_case_and_comments_and_blank_lines_are_not_instructions() {
    let kubefile = parse("\u{feff}# a comment\n\nfrom scratch\r\n  # another\n  Copy a b\n");
    let places: Vec<(usize, usize)> = kubefile
        .instructions()
        .iter()
        .map(|instruction| (instruction.position.line, instruction.position.column))
        .collect();
    assert_eq!(places, [(3, 1), (5, 3)]);
}

#[test]
fn continued_lines_are_one_instruction_even_across_comments() {
    assert_eq!(copied("COPY a \\\n  # why b\n\n  b \\  \n dest/"), (vec!["a".into(), "b".into()], "dest/".into()));
}

#[test]
fn the_escape_directive_changes_the_character() {
    let kubefile = parse("# escape=`\nFROM scratch\nCOPY a`\n b c\\\n");
    let Action::Copy(copy) = &kubefile.instructions()[1].action else { panic!("no copy") };
    assert_eq!(copy.destination.literal(), Some("c\\"));
    assert!(refused("# escape=x\nFROM scratch").to_string().contains("escape character"));
    assert!(refused("# escape=`\n# escape=`\nFROM scratch").to_string().contains("only one escape"));
}

#[test]
fn every_source_of_a_copy_counts() {
    let many = (vec!["a".to_owned(), "b c".to_owned(), "arm64/bin".to_owned()], "dest/".to_owned());
    assert_eq!(copied("COPY a \"b c\" ${ARCH}/bin dest/"), many);
    assert_eq!(copied(r#"COPY ["a", "b c", "$ARCH/bin", "dest/"]"#), many);
    assert_eq!(copied("ADD a b\\ c $ARCH/bin dest/"), many);
    assert_eq!(copied("COPY [a-z]* dest/").0, ["[a-z]*"]);
}

#[test]
fn flags_of_a_copy_are_kept_and_others_refused() {
    let Some(Action::Copy(copy)) = actions("COPY --chown=0:0 --chmod=0755 --from=x a b").pop() else {
        panic!("no copy")
    };
    let text = |word: Option<Word>| word.unwrap().literal().unwrap().to_owned();
    assert_eq!([text(copy.owner), text(copy.mode), text(copy.from)], ["0:0", "0755", "x"]);
    assert!(refused("FROM scratch\nCOPY --chwon=0 a b").to_string().contains("flag chwon is not available"));
}

#[test]
fn variables_follow_the_rules_of_a_dockerfile() {
    for (text, value) in [
        ("$ARCH", "arm64"),
        ("${ARCH}x", "arm64x"),
        ("a$ARCH-b", "aarm64-b"),
        ("${NONE:-d}", "d"),
        ("${NONE-d}", "d"),
        ("${EMPTY:-d}", "d"),
        ("${EMPTY-d}", ""),
        ("${NAME:+on}", "on"),
        ("${EMPTY:+on}", ""),
        ("${EMPTY+on}", "on"),
        ("${NONE+on}", ""),
        ("${NONE:-${OTHER:-$NAME}}", "value"),
        ("\\$ARCH", "$ARCH"),
        ("'$ARCH'", "$ARCH"),
        ("\"$ARCH\"", "arm64"),
        ("\"a \\\" b\"", "a \" b"),
        ("5$", "5$"),
        ("$5", "$5"),
    ] {
        assert_eq!(pairs(&format!("ENV K={text}")), [("K".to_owned(), value.to_owned())], "{text}");
    }
}

#[test]
fn an_unset_variable_is_a_mistake_at_its_place() {
    let kubefile = parse("FROM scratch\nCOPY a/${ACRH}/b c");
    let Action::Copy(copy) = &kubefile.instructions()[1].action else { panic!("no copy") };
    let error = kubefile.explain(expanded(&copy.sources[0]).unwrap_err());
    assert_eq!((error.mistake.position.line, error.mistake.position.column), (2, 8));
    assert!(error.to_string().contains("the variable ACRH is not set"), "{error}");
}

#[test]
fn quoted_values_and_the_old_form_of_env_are_whole() {
    let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
    assert_eq!(pairs(r#"ENV A="x y" B=z\ z C='q'"#), [pair("A", "x y"), pair("B", "z z"), pair("C", "q")]);
    assert_eq!(pairs("env A 1 and more"), [pair("A", "1 and more")]);
    assert_eq!(pairs("LABEL a.b/c=\"d e\""), [pair("a.b/c", "d e")]);
    assert_eq!(pairs("ENV A="), [pair("A", "")]);
    assert_eq!(pairs("APP app1 local://a.yaml\nAPPENV app1 k1=v1 k2=v2"), [pair("k1", "v1"), pair("k2", "v2")]);
}

#[test]
fn arguments_may_have_defaults_and_stand_before_from() {
    let kubefile = parse("ARG BASE=kubernetes:v1\nFROM $BASE\nARG ONE TWO=\"2 2\"");
    let Action::Arguments(arguments) = &kubefile.instructions()[2].action else { panic!("no ARG") };
    assert_eq!(arguments[0], Argument { name: "ONE".into(), default: None });
    assert_eq!(arguments[1].default.as_ref().unwrap().literal(), Some("2 2"));
}

#[test]
fn applications_have_names_kinds_and_sources() {
    let actions =
        actions("APP nginx local://deployment.yaml https://e.org/x.yaml\nCNI calico local://c\nLAUNCH [\"nginx\"]");
    let Action::Application { kind, name, sources } = &actions[0] else { panic!("no APP") };
    assert_eq!((*kind, name.as_str()), (ApplicationKind::Plain, "nginx"));
    let [ApplicationSource::Local(local), ApplicationSource::Url { url, checksum: None }] = sources.as_slice() else {
        panic!("{sources:?}")
    };
    assert_eq!(local.literal(), Some("deployment.yaml"));
    assert_eq!(url.literal(), Some("https://e.org/x.yaml"));
    assert!(matches!(&actions[1], Action::Application { kind: ApplicationKind::Network, .. }));
    assert_eq!(actions[2], Action::Launch(vec!["nginx".into()]));
}

#[test]
fn commands_stay_whole_and_keep_their_dollars() {
    let two = vec!["kubectl apply -f abc.yaml".to_owned(), "echo $HOME".to_owned()];
    let text = r#"["kubectl apply -f abc.yaml", "echo $HOME"]"#;
    assert_eq!(actions(&format!("CMDS {text}")), [Action::Commands(two.clone())]);
    let named = Named { application: "a".into(), value: two };
    assert_eq!(actions(&format!("APPCMDS a {text}")), [Action::ApplicationCommands(named)]);
    assert_eq!(actions("CMD echo $HOME"), [Action::Command("echo $HOME".into())]);
    assert_eq!(actions("LAUNCH a b"), [Action::Launch(vec!["a".into(), "b".into()])]);
    assert_eq!(actions("LAUNCH"), [Action::Launch(vec![])]);
}

#[test]
fn every_mistake_has_the_text_that_the_go_sealer_gave_it_or_a_better_one() {
    for (text, message) in [
        ("", "there is no FROM"),
        ("COPY a b", "FROM should be the first instruction"),
        ("FROM", "image should be specified in the FROM"),
        ("FROM --arch=x a", "flag arch is not available in FROM"),
        ("FROM a b", "FROM takes one image"),
        ("FROM a\nWORKDIR /x", "command WORKDIR is not supported"),
        ("FROM a\nCOPY a", "line 2: invalid copy instruction"),
        ("FROM a\nCOPY <<END x\ntext\n END", "the here-document END has no end"),
        ("FROM a\nCOPY a <<END\nEND", "a here-document is no destination"),
        ("FROM a\nCOPY --from=b <<END x\nEND", "--from does not go with a here-document"),
        ("FROM a\nCOPY <<END x\n${A\nEND", "are known"),
        ("FROM a\nCOPY 'a b", "closing ' is missing"),
        ("FROM a\nCOPY ${a b", "are known"),
        ("FROM a\nENV", "ENV needs a key and a value"),
        ("FROM a\nENV A", "ENV needs a key and a value"),
        ("FROM a\nENV A=1 B", "\"B\" has no ="),
        ("FROM a\nENV 1A=1", "not the name of a variable"),
        ("FROM a\nARG", "ARG needs a name"),
        ("FROM a\nRUN", "RUN needs a command"),
        ("FROM a\nAPP", "app name should be specified in the app cmd"),
        ("FROM a\nAPP x", "the application x has no files"),
        ("FROM a\nAPP x a.yaml", "source schema should be specified with https:// http:// local:// in APP"),
        ("FROM a\nAPP x local:// b", "the path is missing"),
        ("FROM a\nAPP ../evil local://a", "cannot be the name of an application"),
        ("FROM a\nAPP a/b local://a", "cannot be the name of an application"),
        ("FROM a\nAPP $x local://a", "cannot be the name of an application"),
        ("FROM a\nAPPCMDS x", "app cmds should be specified"),
        ("FROM a\nAPPCMDS x kubectl apply", "not a JSON list of strings"),
        ("FROM a\nAPPENV x", "APPENV needs a key and a value"),
        ("FROM a\nCMDS kubectl apply", "CMDS needs a JSON list"),
        ("FROM a\nCMDS [\"a\", 1]", "not a JSON list of strings"),
        ("FROM a\nCMD", "CMD needs a command"),
        ("FROM a\nCMD [\"a\"]", "CMD takes one command"),
        ("FROM a\nKUBEVERSION", "KUBEVERSION needs a version"),
        ("FROM a\nLAUNCH a\nLAUNCH b", "only one launch could be specified"),
        ("FROM a\nLAUNCH a\nCOPY b c", "launch should be the last instruction"),
        ("FROM a\nCMDS []\nCMDS []", "only one cmds could be specified"),
        ("FROM a\nCMDS []\nCOPY b c", "cmds should be the last instruction"),
        ("FROM a\nCMD x\nLAUNCH a", "cmd and launch are mutually exclusive"),
    ] {
        let error = refused(text).to_string();
        assert!(error.contains(message), "{text:?} gives {error}");
    }
}

#[test]
fn an_error_shows_the_line_the_column_and_a_hint() {
    let error = refused("FROM scratch\n  COPPY bin bin\n");
    let expected = "\
Kubefile:2:3: command COPPY is not supported
  2 |   COPPY bin bin
    |   ^
  hint: did you mean COPY?";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn the_column_is_right_on_a_continued_line() {
    let error = refused("FROM scratch\nENV A=1 \\\n    ö=2");
    let position = error.mistake.position;
    assert_eq!((position.line, position.column, error.text.as_str()), (3, 5, "    ö=2"));
}

#[test]
fn a_value_cannot_grow_without_end() {
    let [Action::Environment(pairs)] = &actions("ENV A=$BIG$BIG")[..] else { panic!("no ENV") };
    let big = "x".repeat(40 * 1024);
    assert!(pairs[0].value.expand(&|_| Some(big.clone())).is_err());
    refused(&format!("FROM scratch\nENV A={}", "${a:-".repeat(10_000)));
    refused(&format!("FROM scratch\nENV A={}", "x".repeat(70_000)));
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in ".{0,200}") {
        let _ = Kubefile::parse("Kubefile", &text);
        let _ = Kubefile::parse("Kubefile", &format!("FROM scratch\n{text}"));
    }

    #[test]
    fn no_arguments_make_the_parser_panic(
        lines in prop::collection::vec((
            prop::sample::select(vec![
                "FROM", "COPY", "ADD", "RUN", "ARG", "ENV", "LABEL", "APP", "CNI", "APPCMDS", "APPENV",
                "LAUNCH", "CMDS", "CMD", "KUBEVERSION", "# escape=",
            ]),
            r#"[a-zé =\\`"'$\{\}:\-+\[\],#\n\u{a0}]{0,40}"#,
        ), 0..6)
    ) {
        let body: String = lines.iter().map(|(keyword, rest)| format!("{keyword} {rest}\n")).collect();
        if let Err(error) = Kubefile::parse("Kubefile", &format!("FROM scratch\n{body}")) {
            prop_assert!(error.to_string().starts_with("Kubefile:"));
        }
    }
}

#[test]
fn a_command_is_for_the_shell_unless_it_is_a_list() {
    let run = |text: &str| match actions(text).pop() {
        Some(Action::Run(run)) => (run.command, run.network.map(|word| expanded(&word).unwrap())),
        other => panic!("{text} is {other:?}"),
    };
    let shell = |text: &str| Command::Shell(text.to_owned());
    assert_eq!(run("RUN echo \"$A  b\" && \\\n  # a comment\n  true"), (shell("echo \"$A  b\" &&   true"), None));
    assert_eq!(run("RUN [ -e /x ]"), (shell("[ -e /x ]"), None));
    let list = Command::Program(vec!["/bin/a".to_owned(), "b c".to_owned()]);
    assert_eq!(run("RUN --network=none [\"/bin/a\", \"b c\"]"), (list, Some("none".to_owned())));
    assert_eq!(shell("true").arguments(), ["/bin/sh", "-c", "true"]);
    for (text, message) in [
        ("RUN --mount=type=cache,target=/x true", "flag mount is not available in RUN"),
        ("RUN --network=none", "RUN needs a command"),
        ("RUN []", "RUN needs a command"),
    ] {
        let error = refused(&format!("FROM a\n{text}")).to_string();
        assert!(error.contains(message) && error.contains("Kubefile:2:"), "{error}");
    }
}

#[test]
fn a_text_below_an_instruction_is_copied_as_a_file() {
    let documents = |text: &str| match actions(text).remove(0) {
        Action::Copy(copy) | Action::Add(copy) => {
            let texts = copy.documents.iter().map(|(name, text)| (name.clone(), expanded(text).unwrap()));
            (copy.sources.len(), texts.collect::<Vec<_>>(), expanded(&copy.destination).unwrap())
        }
        other => panic!("{text} is {other:?}"),
    };
    let one = |name: &str, text: &str| vec![(name.to_owned(), text.to_owned())];
    let plain = "COPY <<a.yaml etc/\n# kept\n\n  name: $NAME \\$NAME 'a' \\n $(date) \\\na.yaml\nLABEL a=b";
    assert_eq!(
        documents(plain),
        (0, one("a.yaml", "# kept\n\n  name: value $NAME 'a' \\n $(date) \\\n"), "etc/".to_owned())
    );
    assert_eq!(documents("ADD <<'X' y\n$NAME \\$\nX\n"), (0, one("X", "$NAME \\$\n"), "y".to_owned()));
    assert_eq!(documents("COPY <<-X y\n\t\ta\n b\n\tX"), (0, one("X", "a\n b\n"), "y".to_owned()));
    let (sources, texts, _) = documents("COPY <<a \\\n  file <<b dir/\none\na\ntwo\nb");
    assert_eq!((sources, texts), (1, [one("a", "one\n"), one("b", "two\n")].concat()));
    assert_eq!(actions(plain).len(), 2);
}

#[test]
fn a_text_below_a_command_is_the_shells_or_the_script() {
    let run = |text: &str| match actions(text).remove(0) {
        Action::Run(Run { command: Command::Shell(text), .. }) => text,
        other => panic!("{text} is {other:?}"),
    };
    assert_eq!(run("RUN <<END\n# one\necho $A \\\n  b\n\nEND\nLABEL a=b"), "# one\necho $A \\\n  b\n\n");
    assert_eq!(run("RUN --network=none <<-END\n\techo\n\tEND"), "echo\n");
    assert_eq!(run("RUN cat <<'END' > /x\n$A\nEND"), "cat <<'END' > /x\n$A\nEND");
    assert_eq!(run("RUN cat <<A <<B\na\nA\nb\nB"), "cat <<A <<B\na\nA\nb\nB");
    for (text, message) in [
        ("RUN <<END\n#!/usr/bin/python3\nEND", "RUN /usr/bin/python3 <<END"),
        ("RUN <<END\n \nEND", "the script is empty"),
        ("RUN <<END\ntrue\n", "has no end"),
    ] {
        let error = refused(&format!("FROM a\n{text}")).to_string();
        assert!(error.contains(message) && error.contains("Kubefile:2:5"), "{error}");
    }
}
