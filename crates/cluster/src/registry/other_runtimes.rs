//! What makes other container runtimes of a host know the site's registry, where it has them: docker, and those that read
//! `/etc/containers`, which are podman, skopeo, buildah and CRI-O. Whatever a user has said to them stays. Of a docker that the cluster
//! itself runs on, `docker` says the rest.

use sealer_model::agent::{Change, Content, JsonValue, Login, Text};
use sealer_model::cluster::{ExternalRegistry, SiteRegistry};
use sealer_model::facts::Surroundings;
use sealer_model::reference::DOCKER_HUB;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Programs that read `/etc/containers`.
const OF_CONTAINERS: [&str; 4] = ["podman", "skopeo", "buildah", "crio"];

/// Where docker's clients, and those of `/etc/containers` after others, look for root's passwords.
pub(crate) const PASSWORDS: &str = "/root/.docker/config.json";

/// Where docker's daemon and its clients look for what they are told.
pub(crate) const DOCKER: &str = "/etc/docker";

/// What docker's daemon is told.
pub(crate) const DAEMON: &str = "/etc/docker/daemon.json";

/// What the runtimes are told.
pub(crate) struct OtherRuntimes<'a> {
    /// The registry as image names have it, `sea.hub:5000`.
    name: String,
    /// Whether it speaks plain HTTP.
    insecure: bool,
    /// Who signs for it, PEM, where a host does not know it anyway.
    trusted: Option<&'a str>,
    /// Domains of images that it has or gets, and where they are.
    places: Vec<(&'a str, String)>,
    /// Its address, where docker can use it as a mirror.
    mirror: Option<String>,
    /// Who the host is there, where it wants to know.
    login: Option<&'a Login>,
    /// Domains for which the registry answers where docker asks them; none where the cluster does not run on docker.
    stands_for: Option<&'a [String]>,
}

impl<'a> OtherRuntimes<'a> {
    /// The registry that sealer runs. docker asks mirrors for Docker Hub's images only, and tells them nobody's password. A domain with a port
    /// cannot stand in a path there.
    pub(crate) fn of_local(
        registry: &SiteRegistry,
        trusted: &'a str,
        domains: &'a BTreeSet<String>,
        login: Option<&'a Login>,
    ) -> Self {
        let name = registry.authority();
        let places = domains.iter().filter(|domain| !domain.contains(':'));
        Self {
            insecure: registry.insecure,
            trusted: (!registry.insecure).then_some(trusted),
            places: places.map(|domain| (domain.as_str(), format!("{name}/{domain}"))).collect(),
            mirror: login.is_none().then(|| registry.url()),
            name,
            login,
            stands_for: None,
        }
    }

    /// The same where the cluster itself runs on docker, which asks the registry in the place of these domains.
    pub(crate) fn standing_for(self, domains: &'a [String]) -> Self {
        Self { stands_for: Some(domains), ..self }
    }

    /// A registry that the site has already: docker's mirrors have no room for the path that a domain is kept under there.
    pub(crate) fn of_external(
        registry: &'a ExternalRegistry,
        domains: &'a BTreeSet<String>,
        login: Option<&'a Login>,
    ) -> Self {
        let name = registry.name();
        let place = |domain: &'a String| (domain.as_str(), format!("{name}/{}", registry.path_of(domain)));
        Self {
            insecure: registry.insecure,
            trusted: registry.authority.as_deref(),
            places: domains.iter().filter(|domain| **domain != name).map(place).collect(),
            mirror: None,
            name,
            login,
            stands_for: None,
        }
    }
}

impl OtherRuntimes<'_> {
    /// The changes for those that a host has. Values that are not wanted any more are taken out.
    pub(crate) fn changes(&self, host: &Surroundings) -> Vec<Change> {
        let is_there = |name: &str| host.programs.contains_key(name);
        let is_own = self.stands_for.is_some();
        let has_docker = is_own || is_there("docker") || host.installed_units.contains("docker.service");
        let has_containers = OF_CONTAINERS.iter().any(|name| is_there(name));
        let mut changes = Vec::new();
        if has_docker || has_containers {
            changes.push(Change::Json { path: PASSWORDS.into(), mode: 0o600, values: self.passwords() });
        }
        if has_containers {
            changes.extend(self.authority("/etc/containers"));
            changes.push(file("/etc/containers/registries.conf.d/50-sealer.conf".into(), &self.mirrors()));
        }
        if has_docker {
            changes.extend(self.authority(DOCKER));
        }
        if has_docker && !is_own {
            changes.push(Change::Json { path: DAEMON.into(), mode: 0o644, values: self.of_daemon() });
            changes.push(Change::Reload { name: "docker.service".into() });
        }
        changes
    }

    fn passwords(&self) -> Vec<JsonValue> {
        let entry = |login: &Login| json!({ "auth": super::credentials(login) });
        let at = |name: &str| vec!["auths".to_owned(), name.to_owned()];
        let Some(login) = self.login else { return Vec::new() };
        let names =
            std::iter::once(self.name.as_str()).chain(self.domains()).chain(self.stands_for.map(|_| DOCKER_HUB));
        names.map(|name| value(at(name), &entry(login), false)).collect()
    }

    fn domains(&self) -> impl Iterator<Item = &str> {
        self.stands_for.into_iter().flatten().map(String::as_str)
    }

    /// docker looks for authorities below the very name that it asks; of a domain with a `*` no folder can be.
    fn authority(&self, folder: &str) -> Vec<Change> {
        let domains = self.domains().filter(|domain| !domain.contains('*') && folder == DOCKER);
        let names = std::iter::once(self.name.as_str()).chain(domains);
        let of = |pem: &str| names.map(|name| file(format!("{folder}/certs.d/{name}/ca.crt"), pem)).collect();
        self.trusted.map(of).unwrap_or_default()
    }

    fn of_daemon(&self) -> Vec<JsonValue> {
        let item = |name: &str, text: String| value(vec![name.to_owned()], &Value::from(text), true);
        let mirror = self.mirror.clone().map(|url| item("registry-mirrors", url));
        let plain = self.insecure.then(|| item("insecure-registries", self.name.clone()));
        mirror.into_iter().chain(plain).collect()
    }

    fn mirrors(&self) -> String {
        let insecure = if self.insecure { "insecure = true\n" } else { "" };
        let mirror = |(domain, place): &(&str, String)| {
            format!(
                "\n[[registry]]\nprefix = \"{domain}\"\nlocation = \"{domain}\"\n\n\
                 [[registry.mirror]]\nlocation = \"{place}\"\n{insecure}"
            )
        };
        let mirrors: String = self.places.iter().map(mirror).collect();
        format!("[[registry]]\nlocation = \"{}\"\n{insecure}{mirrors}", self.name)
    }
}

pub(super) fn file(path: String, text: &str) -> Change {
    Change::File { path, mode: 0o644, content: Content::Text(Text(text.to_owned())) }
}

pub(super) fn value(at: Vec<String>, value: &Value, in_list: bool) -> JsonValue {
    JsonValue { at, json: Text(value.to_string()), in_list }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(registry: &SiteRegistry, login: Option<&Login>, programs: &[&str]) -> Vec<Change> {
        let domains = ["docker.io", "harbor.example:8443", "quay.io"].map(str::to_owned).into();
        let programs = programs.iter().map(|name| ((*name).to_owned(), format!("/usr/bin/{name}"))).collect();
        let host = Surroundings { programs, ..Surroundings::default() };
        OtherRuntimes::of_local(registry, "pem", &domains, login).changes(&host)
    }

    /// Paths with the values that are put there.
    fn told(changes: &[Change]) -> Vec<String> {
        let one = |change: &Change| match change {
            Change::File { path, .. } => path.clone(),
            Change::Json { path, values, .. } => {
                let values: Vec<_> = values.iter().map(|it| format!(" {}={}", it.at.join("."), it.json.0)).collect();
                format!("{path}{}", values.concat())
            }
            Change::Reload { name } => name.clone(),
            _ => String::new(),
        };
        changes.iter().map(one).collect()
    }

    #[test]
    fn only_runtimes_that_are_there_are_told() {
        let registry = SiteRegistry::default();
        assert_eq!(changes(&registry, None, &[]), []);
        assert_eq!(
            told(&changes(&registry, None, &["docker"])),
            [
                "/root/.docker/config.json",
                "/etc/docker/certs.d/sea.hub:5000/ca.crt",
                "/etc/docker/daemon.json registry-mirrors=\"https://sea.hub:5000\"",
                "docker.service",
            ]
        );
        let login = Login { user: "sealer-host".into(), password: Text("x".into()) };
        assert_eq!(
            told(&changes(&registry, Some(&login), &["docker", "podman"])),
            [
                "/root/.docker/config.json auths.sea.hub:5000={\"auth\":\"c2VhbGVyLWhvc3Q6eA==\"}",
                "/etc/containers/certs.d/sea.hub:5000/ca.crt",
                "/etc/containers/registries.conf.d/50-sealer.conf",
                "/etc/docker/certs.d/sea.hub:5000/ca.crt",
                "/etc/docker/daemon.json",
                "docker.service",
            ]
        );
    }

    #[test]
    fn the_docker_that_the_cluster_runs_on_trusts_and_knows_the_registry_in_the_place_of_each_domain() {
        let registry = SiteRegistry::default();
        let login = Login { user: "sealer-host".into(), password: Text("x".into()) };
        let (domains, none) = (["*.corp.example", "quay.io"].map(str::to_owned), BTreeSet::new());
        let others = OtherRuntimes::of_local(&registry, "pem", &none, Some(&login)).standing_for(&domains);
        let auth = "={\"auth\":\"c2VhbGVyLWhvc3Q6eA==\"}";
        let names = ["sea.hub:5000", "*.corp.example", "quay.io", "docker.io"];
        let passwords = names.map(|name| format!(" auths.{name}{auth}")).concat();
        assert_eq!(
            told(&others.changes(&Surroundings::default())),
            [
                format!("/root/.docker/config.json{passwords}"),
                "/etc/docker/certs.d/sea.hub:5000/ca.crt".into(),
                "/etc/docker/certs.d/quay.io/ca.crt".into(),
            ]
        );
    }

    #[test]
    fn plain_http_is_said_to_each_in_its_own_words() {
        let registry = SiteRegistry { insecure: true, ..SiteRegistry::default() };
        let found = changes(&registry, None, &["docker", "skopeo"]);
        assert_eq!(
            told(&found)[1..],
            [
                "/etc/containers/registries.conf.d/50-sealer.conf",
                "/etc/docker/daemon.json registry-mirrors=\"http://sea.hub:5000\" insecure-registries=\"sea.hub:5000\"",
                "docker.service",
            ]
        );
        let Change::File { content: Content::Text(text), .. } = &found[1] else { panic!("{found:?}") };
        assert_eq!(text.0.matches("insecure = true").count(), 3, "{}", text.0);
        assert!(text.0.contains("location = \"sea.hub:5000/quay.io\"") && !text.0.contains("8443"), "{}", text.0);
    }

    #[test]
    fn a_registry_of_the_sites_own_is_a_mirror_of_each_domain_below_its_path() {
        let registry = ExternalRegistry {
            domain: "harbor.example".into(),
            path: Some("site-a".into()),
            authority: Some("pem".into()),
            ..ExternalRegistry::default()
        };
        let domains = ["docker.io", "r.example:8443"].map(str::to_owned).into();
        let programs = ["docker", "crio"].map(|name| (name.to_owned(), format!("/usr/bin/{name}"))).into();
        let host = Surroundings { programs, ..Surroundings::default() };
        let login = Login { user: "robot".into(), password: Text("x".into()) };
        let found = OtherRuntimes::of_external(&registry, &domains, Some(&login)).changes(&host);
        assert_eq!(
            told(&found),
            [
                "/root/.docker/config.json auths.harbor.example={\"auth\":\"cm9ib3Q6eA==\"}",
                "/etc/containers/certs.d/harbor.example/ca.crt",
                "/etc/containers/registries.conf.d/50-sealer.conf",
                "/etc/docker/certs.d/harbor.example/ca.crt",
                "/etc/docker/daemon.json",
                "docker.service",
            ]
        );
        let Change::File { content: Content::Text(text), .. } = &found[2] else { panic!("{found:?}") };
        assert!(text.0.contains("location = \"harbor.example/site-a/docker.io\""), "{}", text.0);
        assert!(text.0.contains("location = \"harbor.example/site-a/r.example_8443\""), "{}", text.0);
    }
}
