//! Checks that a cluster image brings with it in `checks/*.yaml`: what they ask for, and whether an answer is good. How they are
//! written is [`crate::clusterfile::checks_of_image`]; who asks is somebody else's concern.

use crate::checks::Severity;
use crate::cluster::{Cluster, Member, Role, Secrets};
use crate::image::Extension;
use crate::launch;
use serde_json::Value;

/// Where an image keeps its checks, below the rootfs.
const FOLDER: &str = "checks/";

/// The most checks of one image; more are a mistake, and would keep a delivery from ending.
pub const MOST_CHECKS: usize = 200;

/// Characters of an answer that are told.
const TOLD: usize = 200;

/// Whether a file of a rootfs holds checks.
#[must_use]
pub fn is_check_file(path: &str) -> bool {
    let name = path.strip_prefix(FOLDER).filter(|name| !name.contains('/'));
    name.is_some_and(|name| name.ends_with(".yaml") || name.ends_with(".yml"))
}

/// One check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageCheck {
    /// Its name in the image; findings call it `image/NAME`.
    pub name: String,
    /// What shall be so.
    pub title: String,
    /// How bad it is when it is not.
    pub severity: Severity,
    /// Why it matters; may be empty.
    pub why: String,
    /// What to do.
    pub remedy: String,
    /// The application that it is about.
    pub application: Option<String>,
    /// How long an answer may take.
    pub seconds: u64,
    /// What is asked.
    pub question: Question,
}

impl ImageCheck {
    /// What findings and `--ignore` call it.
    #[must_use]
    pub fn id(&self) -> String {
        format!("image/{}", self.name)
    }

    /// Whether it has a meaning for a cluster: one about an application only where the application is launched, one about nothing in
    /// particular wherever anything is that the image launches by itself.
    #[must_use]
    pub fn counts(&self, cluster: &Cluster, extension: &Extension) -> bool {
        // what cannot be launched is told elsewhere, and commands launch what only they know
        let Ok(launched) = launch::applications(cluster, extension, &Secrets::default()) else { return true };
        let has_commands = launched.iter().any(|one| one.application.is_none());
        match &self.application {
            Some(name) => {
                let plugins = launch::plugins(cluster, extension, &Secrets::default()).unwrap_or_default();
                has_commands || launched.iter().chain(&plugins).any(|one| one.application.as_ref() == Some(name))
            }
            None => !launched.is_empty() || cluster.applications.is_none(),
        }
    }
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Question {
    /// A command on hosts has to end with 0.
    Command {
        /// For `sh -c`, in the rootfs.
        run: String,
        /// Where.
        on: On,
        /// What its output has to contain.
        contains: Option<String>,
    },
    /// A page has to be answered, asked from hosts.
    Http {
        /// `http://NAME.NAMESPACE.svc:80/`, or any other address.
        url: String,
        /// Where it is asked from.
        on: On,
        /// The status that it has to have; without one, any below 400.
        status: Option<u16>,
        /// What the page has to contain.
        contains: Option<String>,
    },
    /// A port has to take connections, tried from hosts.
    Tcp {
        /// `NAME.NAMESPACE.svc` or any other name or address.
        host: String,
        /// The port.
        port: u16,
        /// Where it is tried from.
        on: On,
    },
    /// A value of an object of Kubernetes.
    Object {
        /// As kubectl takes it: `deployments.apps`.
        kind: String,
        /// Its name.
        name: String,
        /// Its namespace; empty for objects without one.
        namespace: String,
        /// `.status.readyReplicas`, `.items[0].name`, `.conditions[*].status`.
        path: String,
        /// What every value found there has to be.
        wanted: Wanted,
    },
}

/// What a value has to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// There.
    Present,
    /// This text, or the number or truth value that is written like this.
    Equals(String),
    /// A number of this size or more.
    AtLeast(i64),
}

/// On which hosts something is asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum On {
    /// On the first master that is reached.
    #[default]
    FirstMaster,
    /// On every master.
    Masters,
    /// On every host that is no master.
    Nodes,
    /// On every host.
    All,
}

impl On {
    /// The words of a file, in the order of the variants.
    pub const WORDS: [&str; 4] = ["first-master", "masters", "nodes", "all"];

    /// What a word means.
    #[must_use]
    pub fn read(word: &str) -> Option<Self> {
        let all = [Self::FirstMaster, Self::Masters, Self::Nodes, Self::All];
        Self::WORDS.iter().zip(all).find(|(known, _)| **known == word).map(|(_, on)| on)
    }

    /// The hosts that are meant.
    pub fn members(self, cluster: &Cluster) -> impl Iterator<Item = &Member> {
        let most = if self == Self::FirstMaster { 1 } else { usize::MAX };
        let meant = move |member: &&Member| match self {
            Self::FirstMaster | Self::Masters => member.role == Role::Master,
            Self::Nodes => member.role != Role::Master,
            Self::All => true,
        };
        cluster.members.iter().filter(meant).take(most)
    }
}

/// `NAME` and `NAMESPACE` of a name that means a service of the cluster, which hosts cannot look up: `web.shop.svc`.
#[must_use]
pub fn service(host: &str) -> Option<(&str, &str)> {
    let (name, rest) = host.split_once('.')?;
    let (namespace, domain) = rest.split_once('.')?;
    let is_service = domain == "svc" || domain.starts_with("svc.");
    (is_service && !name.is_empty() && !namespace.is_empty()).then_some((name, namespace))
}

/// What is wrong with a page; nothing where it is as it should be.
#[must_use]
pub fn page_fault(status: u16, body: &str, wanted: Option<u16>, contains: Option<&str>) -> Option<String> {
    match wanted {
        Some(wanted) if status != wanted => return Some(format!("the answer has status {status} instead of {wanted}")),
        None if status >= 400 => return Some(format!("the answer has status {status}")),
        _ => {}
    }
    text_fault(body, contains)
}

/// What is wrong with a text; nothing where it contains what it should.
#[must_use]
pub fn text_fault(text: &str, contains: Option<&str>) -> Option<String> {
    let wanted = contains.filter(|wanted| !text.contains(wanted))?;
    Some(format!("\"{wanted}\" is not in the answer \"{}\"", told(text)))
}

/// The first words of an answer, on one line.
#[must_use]
pub fn told(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").chars().filter(|letter| !letter.is_control()).take(TOLD).collect()
}

/// What is wrong with an object; nothing where it is as it should be.
#[must_use]
pub fn object_fault(object: &Value, path: &str, wanted: &Wanted) -> Option<String> {
    let steps = match steps(path) {
        Ok(steps) => steps,
        Err(reason) => return Some(reason),
    };
    let found = values(object, &steps);
    if found.is_empty() {
        return Some(format!("there is no {path}"));
    }
    found.into_iter().find_map(|value| value_fault(value, wanted)).map(|fault| format!("{path} {fault}"))
}

fn value_fault(value: &Value, wanted: &Wanted) -> Option<String> {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match wanted {
        Wanted::Present => value.is_null().then(|| "is empty".to_owned()),
        Wanted::Equals(wanted) => (text != *wanted).then(|| format!("is {} instead of {wanted}", told(&text))),
        Wanted::AtLeast(least) => {
            let enough = text.parse::<f64>().is_ok_and(|number| number >= *least as f64);
            (!enough).then(|| format!("is {} and not {least} or more", told(&text)))
        }
    }
}

/// One step of a path.
enum Step {
    Field(String),
    Item(usize),
    Every,
}

/// Whether a path can be followed.
///
/// # Errors
/// What is wrong with it.
pub fn check_path(path: &str) -> Result<(), String> {
    steps(path).map(drop)
}

/// A field's name that holds dots is written in brackets: `.metadata.annotations['a.b/c']`.
fn steps(path: &str) -> Result<Vec<Step>, String> {
    let fault = || format!("\"{path}\" is no path like .status.conditions[0].type");
    let mut steps = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        if let Some(field) = rest.strip_prefix('.') {
            let end = field.find(['.', '[']).unwrap_or(field.len());
            let (name, after) = field.split_at(end);
            if name.is_empty() || name.contains(']') {
                return Err(fault());
            }
            steps.push(Step::Field(name.to_owned()));
            rest = after;
            continue;
        }
        let (inside, after) = bracket(rest).ok_or_else(fault)?;
        let quoted = inside.strip_prefix('\'').and_then(|inside| inside.strip_suffix('\''));
        steps.push(match (inside, quoted) {
            ("*", _) => Step::Every,
            (_, Some(name)) => Step::Field(name.to_owned()),
            (number, None) => Step::Item(number.parse().map_err(|_| fault())?),
        });
        rest = after;
    }
    if steps.is_empty() { Err(fault()) } else { Ok(steps) }
}

/// What is inside of a leading bracket, and what comes after it; a quoted name may hold brackets.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let end = if inside.starts_with('\'') { inside.get(1..)?.find("']")? + 2 } else { inside.find(']')? };
    Some((inside.get(..end)?, inside.get(end + 1..)?))
}

fn values<'a>(value: &'a Value, steps: &[Step]) -> Vec<&'a Value> {
    let Some((step, rest)) = steps.split_first() else { return vec![value] };
    let next: Vec<&Value> = match step {
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Item(index) => value.get(index).into_iter().collect(),
        Step::Every => value.as_array().into_iter().flatten().collect(),
    };
    next.into_iter().flat_map(|value| values(value, rest)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::tests::cluster;
    use crate::image::{Application, ApplicationType, Launch};
    use serde_json::json;

    #[test]
    fn values_of_objects_are_found_by_their_paths() {
        let object = json!({"metadata": {"annotations": {"a.b/c[0]": "x"}}, "status": {
            "ready": 3, "flag": true, "conditions": [{"status": "True"}, {"status": "False"}]}});
        let fault = |path: &str, wanted| object_fault(&object, path, &wanted);
        let equals = |text: &str| Wanted::Equals(text.into());
        assert_eq!(fault(".status.ready", equals("3")), None);
        assert_eq!(fault(".status.flag", equals("true")), None);
        assert_eq!(fault(".metadata.annotations['a.b/c[0]']", equals("x")), None);
        assert_eq!(fault(".status.conditions[0].status", equals("True")), None);
        let every = fault(".status.conditions[*].status", equals("True")).unwrap();
        assert_eq!(every, ".status.conditions[*].status is False instead of True");
        assert_eq!(fault(".status.ready", Wanted::AtLeast(3)), None);
        assert!(fault(".status.ready", Wanted::AtLeast(4)).unwrap().contains("3 and not 4 or more"));
        assert_eq!(fault(".status.none", Wanted::Present).unwrap(), "there is no .status.none");
        for path in ["", "status", ".", ".a..b", ".a[", ".a[x]", ".a['b", ".a]"] {
            assert!(check_path(path).is_err(), "{path}");
        }
    }

    #[test]
    fn checks_of_what_is_not_launched_are_left_out() {
        let application = |name: &str| Application {
            name: name.into(),
            application_type: ApplicationType::Kube,
            ..Application::default()
        };
        let launch = Launch { application_names: vec!["web".into(), "db".into()], ..Launch::default() };
        let applications = vec![application("web"), application("db")];
        let extension = Extension { applications, launch, ..Extension::default() };
        let counts = |about: Option<&str>, names: Option<&[&str]>| {
            let applications = names.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
            let cluster = Cluster { applications, ..cluster(&[("10.0.0.1", Role::Master)]) };
            let question = Question::Tcp { host: String::new(), port: 1, on: On::All };
            let check = ImageCheck {
                name: "a".into(),
                title: String::new(),
                severity: Severity::Error,
                why: String::new(),
                remedy: String::new(),
                application: about.map(str::to_owned),
                seconds: 1,
                question,
            };
            check.counts(&cluster, &extension)
        };
        assert!(counts(Some("web"), None) && counts(None, None) && counts(None, Some(&["web"])));
        assert!(counts(Some("web"), Some(&["web"])) && !counts(Some("db"), Some(&["web"])));
        assert!(!counts(None, Some(&[""])) && !counts(Some("web"), Some(&[""])));
    }

    #[test]
    fn services_are_known_by_their_names() {
        assert_eq!(service("web.shop.svc"), Some(("web", "shop")));
        assert_eq!(service("web.shop.svc.cluster.local"), Some(("web", "shop")));
        for other in ["web.shop", "10.0.0.1", "www.example.com", ".shop.svc", "web..svc"] {
            assert_eq!(service(other), None, "{other}");
        }
    }

    #[test]
    fn a_page_is_judged_by_its_status_and_by_what_it_holds() {
        assert_eq!(page_fault(200, "hello", None, Some("hell")), None);
        assert_eq!(page_fault(302, "", None, None), None);
        assert!(page_fault(503, "", None, None).unwrap().contains("503"));
        assert!(page_fault(200, "", Some(404), None).unwrap().contains("instead of 404"));
        let long = page_fault(200, &"a\u{1b}b\n".repeat(1000), None, Some("x")).unwrap();
        assert!(long.len() < 300 && !long.contains(['\u{1b}', '\n']), "{long}");
    }

    #[test]
    fn only_files_of_the_folder_itself_are_checks() {
        assert!(is_check_file("checks/a.yaml") && is_check_file("checks/a.yml"));
        assert!(!is_check_file("checks/b/a.yaml") && !is_check_file("checks/a.txt") && !is_check_file("a.yaml"));
    }
}
