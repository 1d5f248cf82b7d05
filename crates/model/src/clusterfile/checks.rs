//! The document `Check`, which an image brings in `checks/*.yaml`: read as strictly as a Clusterfile, with line, column and hint.

use super::finding::{Finding, UnfitClusterfile};
use super::shape::{DocumentShape, Field, Format, Shape};
use super::view::View;
use super::{fit, node, unknown_version, walk};
use crate::Position;
use crate::checks::Severity;
use crate::cluster::is_dns_label;
use crate::image_check::{ImageCheck, MOST_CHECKS, On, Question, Wanted, check_path};

/// Larger than any file of checks; what is larger is not read.
const LONGEST: usize = 256 * 1024;
const USUAL_SECONDS: u64 = 10;

const ON: Field =
    Field::new("on", Shape::Choice(&On::WORDS), "The hosts that it is asked on or from").default("first-master");
const TEXT: Shape = Shape::Formatted(Format::NotEmpty);

const COMMAND: &[Field] = &[
    Field::new("run", TEXT, "The command, for sh -c in the rootfs; it has to end with 0").required(),
    ON,
    Field::new("contains", TEXT, "What its output has to contain"),
];
const HTTP: &[Field] = &[
    Field::new("url", TEXT, "http:// or https://; NAME.NAMESPACE.svc is a service of the cluster").required(),
    ON,
    Field::new("status", Shape::Integer(100, 599), "The status of the answer; without it, any below 400"),
    Field::new("contains", TEXT, "What the page has to contain"),
];
const TCP: &[Field] = &[
    Field::new("host", TEXT, "An address, a name, or NAME.NAMESPACE.svc for a service of the cluster").required(),
    Field::new("port", Shape::Integer(1, 65535), "The port").required(),
    ON,
];
const OBJECT: &[Field] = &[
    Field::new("kind", TEXT, "As kubectl takes it: deployments.apps").required(),
    Field::new("name", TEXT, "The object's name").required(),
    Field::new("namespace", Shape::Text, "Its namespace, if it has one"),
    Field::new("path", TEXT, "Where the value is: .status.conditions[0].status").required(),
    Field::new("equals", Shape::Text, "What the value has to be"),
    Field::new("atLeast", Shape::Integer(i64::MIN, i64::MAX), "The least number that it may be"),
];
const QUESTIONS: [&str; 4] = ["command", "http", "tcp", "object"];
const SPEC: &[Field] = &[
    Field::new("title", TEXT, "What shall be so").required(),
    Field::new("severity", Shape::Choice(&["error", "warning"]), "How bad it is when it is not").default("error"),
    Field::new("why", Shape::Text, "Why it matters"),
    Field::new("remedy", TEXT, "What to do then").required(),
    Field::new("application", TEXT, "The application that it is about; where that is not launched it is left out"),
    Field::new("timeout", Shape::Integer(1, 120), "Seconds that an answer may take").default("10"),
    Field::new("command", Shape::Object(COMMAND), "Run a command"),
    Field::new("http", Shape::Object(HTTP), "Ask for a page"),
    Field::new("tcp", Shape::Object(TCP), "Connect to a port"),
    Field::new("object", Shape::Object(OBJECT), "Look at an object of Kubernetes"),
];
const NAMED: &[Field] = &[Field::new("name", TEXT, "Lower case letters, digits and -").required()];
static CHECK: DocumentShape = DocumentShape {
    kind: "Check",
    versions: &["sealer.io/v2"],
    about: "Something that shall be so after a delivery",
    fields: &[
        Field::new("metadata", Shape::Object(NAMED), "The check's name").required(),
        Field::new("spec", Shape::Object(SPEC), "What is asked").required(),
    ],
    open: false,
    many: true,
};

/// Reads the checks of several files of one image, by their names.
///
/// # Errors
/// Everything that is wrong in any of them.
pub fn checks_of_image<'a>(
    files: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Vec<ImageCheck>, UnfitClusterfile> {
    let mut checks: Vec<ImageCheck> = Vec::new();
    let mut findings = Vec::new();
    for (file, text) in files {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut wrong = Vec::new();
        for (position, check) in of_file(text, &mut wrong) {
            if checks.iter().any(|known| known.name == check.name) {
                wrong.push(Finding::error(position, "metadata.name", "another check has this name"));
            } else if checks.len() == MOST_CHECKS {
                wrong.push(Finding::error(position, "", format!("an image has at most {MOST_CHECKS} checks")));
                break;
            } else {
                checks.push(check);
            }
        }
        findings.extend(wrong.into_iter().map(|finding| finding.placed(file, &lines)));
    }
    fit(&findings).map(|()| checks)
}

/// The checks of a file that are as they should be; what is wrong with the others is noted.
fn of_file(text: &str, wrong: &mut Vec<Finding>) -> Vec<(Position, ImageCheck)> {
    if text.len() > LONGEST {
        let message = format!("a file of checks has at most {LONGEST} bytes");
        wrong.push(Finding::error(Position { line: 1, column: 1 }, "", message));
        return Vec::new();
    }
    let nodes = node::read(text).unwrap_or_else(|finding| {
        wrong.push(*finding);
        Vec::new()
    });
    let mut checks = Vec::new();
    for node in &nodes {
        let view = View::whole(node);
        let mut found = document(&view);
        match check(&view) {
            Ok(check) if found.is_empty() => checks.push((node.position, check)),
            Ok(_) => {}
            // what is missing or of the wrong kind has been said already
            Err(finding) if found.is_empty() => found.push(*finding),
            Err(_) => {}
        }
        wrong.extend(found);
    }
    checks
}

/// What is wrong with a document by the table of its fields.
fn document(view: &View<'_>) -> Vec<Finding> {
    if view.text_of("kind").as_deref() != Some(CHECK.kind) {
        let finding = Finding::error(view.position(), "kind", "the document is no check");
        return vec![finding.hint("write apiVersion: sealer.io/v2 and kind: Check")];
    }
    let mut found = walk::check(view, &CHECK);
    found.extend(unknown_version(view, &CHECK));
    found
}

type Checked<T> = Result<T, Box<Finding>>;

fn wrong<T>(view: &View<'_>, message: impl Into<String>) -> Checked<T> {
    Err(Box::new(Finding::error(view.position(), &view.path, message)))
}

fn check(document: &View<'_>) -> Checked<ImageCheck> {
    let Some(name) = document.at(&["metadata", "name"]) else { return wrong(document, "it has no name") };
    let Some(spec) = document.get("spec") else { return wrong(document, "it has no spec") };
    let text = name.text().unwrap_or_default();
    if !is_dns_label(&text) {
        return wrong(&name, format!("\"{text}\" is no name of lower case letters, digits and -"));
    }
    let word = |field: &str| spec.text_of(field).unwrap_or_default();
    Ok(ImageCheck {
        title: word("title"),
        severity: if word("severity") == "warning" { Severity::Warning } else { Severity::Error },
        why: word("why"),
        remedy: word("remedy"),
        application: spec.word_of("application"),
        seconds: number(&spec, "timeout").unwrap_or(USUAL_SECONDS),
        question: question(&spec)?,
        name: text,
    })
}

fn number<T: std::str::FromStr>(view: &View<'_>, field: &str) -> Option<T> {
    view.text_of(field)?.parse().ok()
}

fn question(spec: &View<'_>) -> Checked<Question> {
    let asked: Vec<View<'_>> = QUESTIONS.iter().filter_map(|name| spec.get(name)).collect();
    let [view] = asked.as_slice() else {
        return wrong(spec, format!("a check asks one thing: {}", QUESTIONS.join(", ")));
    };
    let word = |field: &str| view.text_of(field).unwrap_or_default();
    let on = view.text_of("on").and_then(|word| On::read(&word)).unwrap_or_default();
    let contains = view.word_of("contains");
    match view.path.rsplit('.').next() {
        Some("command") => Ok(Question::Command { run: word("run"), on, contains }),
        Some("http") => {
            let url = word("url");
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return wrong(view, format!("\"{url}\" does not begin with http:// or https://"));
            }
            Ok(Question::Http { url, on, status: number(view, "status"), contains })
        }
        Some("tcp") => Ok(Question::Tcp { host: word("host"), port: number(view, "port").unwrap_or(0), on }),
        _ => object(view),
    }
}

fn object(view: &View<'_>) -> Checked<Question> {
    let word = |field: &str| view.text_of(field).unwrap_or_default();
    // kubectl must not take them for flags
    for field in ["kind", "name", "namespace"] {
        if word(field).starts_with('-') {
            return wrong(view, format!("{field} must not begin with -"));
        }
    }
    if let Err(reason) = check_path(&word("path")) {
        return wrong(view, reason);
    }
    let wanted = match (view.text_of("equals"), number(view, "atLeast")) {
        (Some(_), Some(_)) => return wrong(view, "it may have equals or atLeast, not both"),
        (Some(text), None) => Wanted::Equals(text),
        (None, Some(least)) => Wanted::AtLeast(least),
        (None, None) => Wanted::Present,
    };
    let (kind, name, namespace, path) = (word("kind"), word("name"), word("namespace"), word("path"));
    Ok(Question::Object { kind, name, namespace, path, wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "\
apiVersion: sealer.io/v2
kind: Check
metadata: {name: page}
spec:
  title: the shop shows its page
  remedy: look at the pods of the shop
  http: {url: \"http://web.shop.svc/\", contains: Welcome}
---
apiVersion: sealer.io/v2
kind: Check
metadata: {name: replicas}
spec:
  title: three of them run
  severity: warning
  remedy: give the cluster more nodes
  timeout: 30
  object: {kind: deployments.apps, name: web, namespace: shop, path: .status.readyReplicas, atLeast: 3}
";

    fn told(text: &str) -> String {
        checks_of_image([("checks/a.yaml", text)]).unwrap_err().to_string()
    }

    #[test]
    fn checks_are_read_with_what_they_leave_out() {
        let checks = checks_of_image([("checks/a.yaml", PAGE)]).unwrap();
        assert_eq!((checks[0].id().as_str(), checks[0].seconds), ("image/page", 10));
        let page = Question::Http {
            url: "http://web.shop.svc/".into(),
            on: On::FirstMaster,
            status: None,
            contains: Some("Welcome".into()),
        };
        assert_eq!(checks[0].question, page);
        assert_eq!((checks[1].severity, checks[1].seconds), (Severity::Warning, 30));
        assert!(matches!(&checks[1].question, Question::Object { wanted: Wanted::AtLeast(3), .. }));
    }

    #[test]
    fn what_is_wrong_is_told_with_file_and_line() {
        let cases = [
            (("http:", "htp:"), "checks/a.yaml:7:3: error: spec.htp: unknown field"),
            (("title: the", "titel: the"), "spec.titel: unknown field"),
            (("kind: Check", "kind: Chek"), "checks/a.yaml:1:1: error: kind: the document is no check"),
            (("name: page", "name: Page!"), "no name of lower case letters"),
            (("name: replicas", "name: page"), "another check has this name"),
            (("http://web", "ftp://web"), "does not begin with http://"),
            (("timeout: 30", "timeout: 3000"), "3000 is not between 1 and 120"),
            ((".status.readyReplicas", "status"), "is no path like"),
            (("name: web", "name: --all"), "must not begin with -"),
            (("atLeast: 3", "atLeast: 3, equals: x"), "equals or atLeast, not both"),
            (("  http: {", "  tcp: {host: a, port: 1}\n  http: {"), "a check asks one thing"),
        ];
        for ((right, wrong), expected) in cases {
            let text = told(&PAGE.replacen(right, wrong, 1));
            assert!(text.contains(expected), "{wrong}: {text}");
        }
    }

    #[test]
    fn what_somebody_made_to_do_harm_is_refused_and_bounded() {
        let one = |number: usize| PAGE.split("---").next().unwrap().replace("page}", &format!("c{number}}}"));
        let many: String = (0..=MOST_CHECKS).map(|number| one(number) + "---\n").collect();
        assert!(told(&many).contains("at most 200 checks"));
        assert!(told(&"#".repeat(LONGEST + 1)).contains("at most 262144 bytes"));
        assert!(told(&"[".repeat(10_000)).contains("malformed YAML"));
        let bomb = "a: &a [x,x]\nb: &b [*a,*a]\n".to_owned() + &"c: [*b,*b,*b,*b]\n".repeat(3);
        assert!(checks_of_image([("checks/a.yaml", bomb.as_str())]).is_err());
    }
}
