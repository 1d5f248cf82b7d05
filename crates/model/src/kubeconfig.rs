//! A cluster's entries in somebody's kubeconfig. They are put into the text, so that everything else in it, comments included, stays as it
//! is, byte for byte; that it does is checked on what both texts mean before the new one counts.

mod section;

use section::Section;
use serde_json::{Map, Value, json};
use std::fmt;
use std::net::IpAddr;

/// A cluster and who asks it.
#[derive(Clone, PartialEq, Eq)]
pub struct ClusterAccess {
    /// The name of the context; cluster and user are called after it.
    pub context: String,
    /// `https://10.0.0.1:6443`.
    pub server: String,
    /// The authority's certificate, as kubeconfigs have it.
    pub authority: String,
    /// The client's certificate.
    pub certificate: String,
    /// The client's key.
    pub key: String,
}

impl fmt::Debug for ClusterAccess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ClusterAccess({}, {}, <secret>)", self.context, self.server)
    }
}

/// Why entries cannot be put into a kubeconfig, or taken from one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKubeconfig {
    /// No YAML, or something else.
    #[error("it is no kubeconfig: {0}")]
    Malformed(String),
    /// Written in a form into which no lines can be put.
    #[error("its {0} are written in a form that cannot be added to line by line")]
    Form(&'static str),
    /// Another cluster has the name.
    #[error("it has a cluster {name} at {server}")]
    Taken {
        /// The name.
        name: String,
        /// Where that cluster is.
        server: String,
    },
}

const SECTIONS: [&str; 3] = ["clusters", "contexts", "users"];
const CURRENT: &str = "current-context";

impl ClusterAccess {
    /// Reads the administrator's kubeconfig of kubeadm.
    ///
    /// # Errors
    /// When it lacks something.
    pub fn of_admin(text: &str, context: &str, server: &str) -> Result<Self, InvalidKubeconfig> {
        let config = read(text)?;
        let taken = |section: &str, field: &str| {
            let value = &config[section][0][section.trim_end_matches('s')][field];
            value.as_str().map(str::to_owned).ok_or_else(|| InvalidKubeconfig::Malformed(format!("no {field}")))
        };
        Ok(Self {
            context: context.to_owned(),
            server: server.to_owned(),
            authority: taken("clusters", "certificate-authority-data")?,
            certificate: taken("users", "client-certificate-data")?,
            key: taken("users", "client-key-data")?,
        })
    }

    /// The entry of each section, without its name.
    fn entry(&self, section: &str) -> (String, Value) {
        let (context, user) = (self.context.clone(), format!("{}-admin", self.context));
        match section {
            "clusters" => {
                let cluster = json!({"certificate-authority-data": self.authority, "server": self.server});
                (context, json!({"cluster": cluster}))
            }
            "contexts" => (context.clone(), json!({"context": {"cluster": context, "user": user}})),
            _ => {
                let identity = json!({"client-certificate-data": self.certificate, "client-key-data": self.key});
                (user, json!({"user": identity}))
            }
        }
    }

    /// A kubeconfig of its own.
    #[must_use]
    pub fn document(&self) -> String {
        let mut text = "apiVersion: v1\nkind: Config\n".to_owned();
        for section in SECTIONS {
            text += &format!("{section}:\n{}", self.item(section, ""));
        }
        text + &format!("{CURRENT}: {}\n", self.context)
    }

    fn item(&self, section: &str, indent: &str) -> String {
        let (name, entry) = self.entry(section);
        let mut fields = Map::from_iter([("name".to_owned(), Value::from(name))]);
        fields.extend(entry.as_object().cloned().unwrap_or_default());
        let yaml = serde_saphyr::to_string(&Value::Object(fields)).expect("a JSON value always has a YAML form");
        let line = |(number, line): (usize, &str)| format!("{indent}{}{line}\n", if number == 0 { "- " } else { "  " });
        yaml.lines().enumerate().map(line).collect()
    }

    /// A kubeconfig with these entries in it. What had their names before is replaced, when it was at the same place; the current context
    /// changes only when there is none, or when `current` asks for it.
    ///
    /// # Errors
    /// When the text is no kubeconfig, is not written in lines, or has another cluster of that name.
    pub fn merged_into(&self, text: &str, current: bool) -> Result<String, InvalidKubeconfig> {
        if text.trim().is_empty() {
            return Ok(self.document());
        }
        let before = read(text)?;
        self.refuse_other(&before)?;
        let mut merged = text.to_owned();
        if !merged.ends_with('\n') {
            merged.push('\n');
        }
        for section in SECTIONS {
            let (name, _) = self.entry(section);
            merged = Section::of(&merged, section).put(&name, |indent| self.item(section, indent))?;
        }
        if current || before[CURRENT].as_str().unwrap_or_default().is_empty() {
            merged = section::set_line(&merged, CURRENT, &self.context);
        }
        self.verify(&before, &merged)?;
        Ok(merged)
    }

    /// Refuses a cluster of the same name at another place: it may be anybody's.
    fn refuse_other(&self, before: &Value) -> Result<(), InvalidKubeconfig> {
        let found = items(before, "clusters").find(|item| item["name"] == self.context.as_str());
        let server = found.map(|item| item["cluster"]["server"].as_str().unwrap_or_default().to_owned());
        match server.filter(|server| *server != self.server) {
            Some(server) => Err(InvalidKubeconfig::Taken { name: self.context.clone(), server }),
            None => Ok(()),
        }
    }

    /// Everything else means what it meant before, and ours is there once.
    fn verify(&self, before: &Value, merged: &str) -> Result<(), InvalidKubeconfig> {
        let after = read(merged).map_err(|_| InvalidKubeconfig::Form("fields"))?;
        for section in SECTIONS {
            let (name, entry) = self.entry(section);
            let others = |config: &Value| -> Vec<Value> {
                items(config, section).filter(|item| item["name"] != name.as_str()).cloned().collect()
            };
            let ours: Vec<&Value> = items(&after, section).filter(|item| item["name"] == name.as_str()).collect();
            let mut wanted = entry;
            wanted["name"] = Value::from(name.as_str());
            if others(before) != others(&after) || ours != [&wanted] {
                return Err(InvalidKubeconfig::Form(section));
            }
        }
        let rest = |config: &Value| {
            let mut fields = config.as_object().cloned().unwrap_or_default();
            fields.retain(|name, _| name != CURRENT && !SECTIONS.contains(&name.as_str()));
            fields
        };
        if rest(before) == rest(&after) { Ok(()) } else { Err(InvalidKubeconfig::Form("fields")) }
    }
}

/// Where the API of a master is, by its address.
#[must_use]
pub fn server(master: IpAddr, port: u16) -> String {
    format!("https://{}", std::net::SocketAddr::new(master, port))
}

fn read(text: &str) -> Result<Value, InvalidKubeconfig> {
    let value: Value = serde_saphyr::from_str(text).map_err(|error| InvalidKubeconfig::Malformed(error.to_string()))?;
    if value.is_object() { Ok(value) } else { Err(InvalidKubeconfig::Malformed("it has no fields".into())) }
}

fn items<'a>(config: &'a Value, section: &str) -> impl Iterator<Item = &'a Value> {
    config[section].as_array().into_iter().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access() -> ClusterAccess {
        let text = |text: &str| text.to_owned();
        ClusterAccess {
            context: text("site-a"),
            server: text("https://10.0.0.1:6443"),
            authority: text("QUJD"),
            certificate: text("REVG"),
            key: text("R0hJ"),
        }
    }

    const THEIRS: &str = "\
# my clusters
apiVersion: v1
kind: Config
preferences: {}
clusters:
- cluster: # the lab
    server: https://lab.example:6443
  name: lab

# who I am
users:
  - name: me
    user: {token: abc}
contexts: []
current-context: lab # not to be changed
";

    #[test]
    fn everything_else_stays_as_it_is_byte_for_byte() {
        let merged = access().merged_into(THEIRS, false).unwrap();
        for line in THEIRS.lines().filter(|line| *line != "contexts: []") {
            assert!(merged.lines().any(|other| other == line), "{line} is gone from\n{merged}");
        }
        assert!(
            merged.contains("\n# who I am\nusers:\n  - name: me\n    user: {token: abc}\n  - name: site-a-admin\n")
        );
        let again = access().merged_into(&merged, false).unwrap();
        assert_eq!(again, merged, "a second time changes nothing");
    }

    #[test]
    fn a_new_authority_of_the_same_cluster_takes_the_place_of_the_old() {
        let merged = access().merged_into(THEIRS, true).unwrap();
        assert!(merged.contains("current-context: site-a\n"), "{merged}");
        let renewed = ClusterAccess { authority: "WFla".into(), ..access() };
        let merged = renewed.merged_into(&merged, false).unwrap();
        assert!(merged.contains("WFla") && !merged.contains("QUJD"), "{merged}");
    }

    #[test]
    fn what_cannot_be_added_to_safely_is_refused() {
        let other = ClusterAccess { context: "lab".into(), ..access() };
        let server = "https://lab.example:6443".to_owned();
        assert_eq!(other.merged_into(THEIRS, false), Err(InvalidKubeconfig::Taken { name: "lab".into(), server }));
        let json = r#"{"clusters": [{"name": "x", "cluster": {"server": "https://x"}}]}"#;
        assert!(matches!(access().merged_into(json, false), Err(InvalidKubeconfig::Form(_))));
        assert!(matches!(access().merged_into("- 1\n", false), Err(InvalidKubeconfig::Malformed(_))));
    }

    #[test]
    fn one_of_its_own_is_what_is_read_back() {
        let document = access().document();
        assert_eq!(access().merged_into("\n", false).unwrap(), document);
        assert_eq!(ClusterAccess::of_admin(&document, "site-a", "https://10.0.0.1:6443").unwrap(), access());
        assert_eq!(server("fd00::1".parse().unwrap(), 6443), "https://[fd00::1]:6443");
    }
}
