//! Secrets of the environment. The desired state knows their names and where they come from; what they are is looked up once for each verb
//! and never kept.

use super::{Cluster, Environment};
use crate::Secret;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where one secret comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretPlace {
    /// A variable of the environment.
    Variable(String),
    /// The first line of a file.
    File(String),
    /// A file that age has encrypted.
    Age {
        /// Its path.
        file: String,
        /// Which of its secrets, where it has names for them.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<String>,
    },
    /// The person at the terminal.
    Prompt,
}

impl SecretPlace {
    /// The same with the file, if there is one, as `file` makes it.
    #[must_use]
    pub fn with_file(self, file: &dyn Fn(&str) -> String) -> Self {
        match self {
            Self::File(path) => Self::File(file(&path)),
            Self::Age { file: path, key } => Self::Age { file: file(&path), key },
            other => other,
        }
    }
}

/// Variables whose values are secrets, by name.
pub type SecretEnvironment = BTreeMap<String, SecretPlace>;

/// A variable and where its value comes from. Whoever is asked for one variable at several places is asked once.
pub type NamedSecret = (String, SecretPlace);

/// What secrets of the environment are, for as long as a verb runs. It has no written form.
#[derive(Clone, Debug, Default)]
pub struct Secrets(BTreeMap<NamedSecret, Secret>);

impl FromIterator<(NamedSecret, Secret)> for Secrets {
    fn from_iter<T: IntoIterator<Item = (NamedSecret, Secret)>>(secrets: T) -> Self {
        Self(secrets.into_iter().collect())
    }
}

impl Secrets {
    /// Something in the place of every secret of a cluster, for whoever looks at what does not depend on them.
    #[must_use]
    pub fn stand_ins(cluster: &Cluster) -> Self {
        cluster.named_secrets().into_iter().map(|named| (named, Secret::new("secret"))).collect()
    }

    /// As many others: what does not become different with them knows none of these.
    #[must_use]
    pub fn others(&self) -> Self {
        let other = |(named, secret): (&NamedSecret, &Secret)| {
            (named.clone(), Secret::new(format!("other than {}", secret.reveal())))
        };
        self.0.iter().map(other).collect()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether an environment has one of them.
    #[must_use]
    pub fn are_in(&self, environment: &Environment) -> bool {
        self.0.values().any(|secret| environment.values().any(|value| value == secret.reveal()))
    }

    /// All of them, to be taken out of what is written.
    pub fn known(&self) -> impl Iterator<Item = &Secret> {
        self.0.values()
    }

    /// The variables with their values; those that are not known are left out.
    pub(super) fn of(&self, named: &SecretEnvironment) -> Environment {
        let value = |(name, place): (&String, &SecretPlace)| {
            let secret = self.0.get(&(name.clone(), place.clone()))?;
            Some((name.clone(), secret.reveal().to_owned()))
        };
        named.iter().filter_map(value).collect()
    }
}

impl Cluster {
    /// Every secret that the environment of hosts and applications names.
    #[must_use]
    pub fn named_secrets(&self) -> BTreeSet<NamedSecret> {
        let hosts = self.members.iter().filter_map(|member| self.site.host_env_from.get(&member.address));
        let applications = self.site.applications.values().map(|settings| &settings.env_from);
        let all = std::iter::once(&self.site.env_from).chain(hosts).chain(applications);
        all.flatten().map(|(name, place)| (name.clone(), place.clone())).collect()
    }

    /// The same cluster with the files of secrets as `file` makes them: good wherever the work goes on.
    #[must_use]
    pub fn with_secret_files(mut self, file: &dyn Fn(&str) -> String) -> Self {
        let hosts = self.site.host_env_from.values_mut();
        let applications = self.site.applications.values_mut().map(|settings| &mut settings.env_from);
        let all = std::iter::once(&mut self.site.env_from).chain(hosts).chain(applications);
        for place in all.flat_map(SecretEnvironment::values_mut) {
            *place = place.clone().with_file(file);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cluster::{ApplicationSettings, Role};
    use crate::image::Extension;

    fn variable(name: &str) -> SecretPlace {
        SecretPlace::Variable(name.into())
    }

    fn asked_for() -> Cluster {
        let mut cluster = crate::cluster::tests::cluster(&[("10.0.0.1", Role::Master), ("10.0.0.2", Role::Node)]);
        let file = SecretPlace::File("key".into());
        cluster.site.env_from = [("A".to_owned(), variable("OF_CLUSTER")), ("B".to_owned(), file)].into();
        for host in ["10.0.0.2", "10.0.0.9"] {
            let of_host = [("A".to_owned(), variable(&format!("OF_{host}")))].into();
            cluster.site.host_env_from.insert(host.parse().unwrap(), of_host);
        }
        let age = SecretPlace::Age { file: "secrets.age".into(), key: Some("C".into()) };
        let env_from = [("A".to_owned(), SecretPlace::Prompt), ("C".to_owned(), age)].into();
        cluster.site.applications.insert("web".into(), ApplicationSettings { env_from, ..Default::default() });
        cluster
    }

    fn told(cluster: &Cluster) -> Secrets {
        cluster.named_secrets().into_iter().map(|named| (named.clone(), Secret::new(format!("{named:?}")))).collect()
    }

    #[test]
    fn the_nearest_word_counts_whether_it_is_a_secret_or_not() {
        let mut cluster = asked_for();
        cluster.env.insert("A".into(), "written".into());
        let (secrets, extension) = (told(&cluster), Extension::default());
        let (first, second) = (cluster.members[0].clone(), cluster.members[1].clone());
        assert!(cluster.environment(&extension, &first, &secrets)["A"].contains("OF_CLUSTER"));
        assert!(cluster.environment(&extension, &second, &secrets)["A"].contains("OF_10.0.0.2"));
        assert!(cluster.application_environment(&extension, "web", &second, &secrets)["A"].contains("Prompt"));
        cluster.site.host_env.insert(second.address, [("B".to_owned(), "written".to_owned())].into());
        assert_eq!(cluster.environment(&extension, &second, &secrets)["B"], "written");
        assert!(!cluster.environment(&extension, &first, &Secrets::default()).contains_key("B"));
    }

    #[test]
    fn hosts_that_are_gone_want_no_secret_and_files_are_named_in_full() {
        let cluster = asked_for().with_secret_files(&|path| format!("/here/{path}"));
        let named: Vec<SecretPlace> = cluster.named_secrets().into_iter().map(|(_, place)| place).collect();
        let expected = [
            variable("OF_10.0.0.2"),
            variable("OF_CLUSTER"),
            SecretPlace::Prompt,
            SecretPlace::File("/here/key".into()),
            SecretPlace::Age { file: "/here/secrets.age".into(), key: Some("C".into()) },
        ];
        assert_eq!(named, expected);
    }

    #[test]
    fn secrets_are_shown_to_nobody() {
        let secrets: Secrets = [(("A".to_owned(), SecretPlace::Prompt), Secret::new("hunter2"))].into_iter().collect();
        assert!(!format!("{secrets:?}").contains("hunter2"));
        assert_ne!(secrets.others().known().next(), secrets.known().next());
    }
}
