//! A new Clusterfile from what a person already knows: hosts, image, how to get in. It is written with comments that say what
//! else could stand there, and read back by the same check as any other file.

use super::desired::DEFAULT_NAME;
use super::document::{SecretSource, Ssh};
use crate::cluster::SecretPlace;
use std::fmt::Write;
use std::net::IpAddr;

/// What a new Clusterfile shall say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The cluster's name.
    pub name: Option<String>,
    /// The image's name.
    pub image: Option<String>,
    /// The masters' addresses.
    pub masters: Vec<IpAddr>,
    /// The other hosts' addresses.
    pub nodes: Vec<IpAddr>,
    /// How they are reached.
    pub ssh: Ssh,
    /// Environment.
    pub env: Vec<(String, String)>,
    /// Applications to launch instead of the image's own list.
    pub applications: Option<Vec<String>>,
    /// Commands instead of applications.
    pub commands: Vec<String>,
    /// Further names in the API server's certificate.
    pub certificate_names: Vec<String>,
    /// The addresses of pods.
    pub pod_network: Option<String>,
    /// The addresses of services.
    pub service_network: Option<String>,
}

const HEAD: &str = "\
# What differs on this site. `sealer clusterfile lint FILE` checks it, `sealer run -f FILE` delivers it.
# docs/reference/clusterfile.md says what else can stand here.
";

const SSH: &str = "  # how hosts are reached; a host below can have its own ssh: with what differs
  ssh:
";

const ENV: &str = "  # for scripts, templates and applications, over what the image says
";

const HOSTS: &str =
    "  # the first master is where the control plane starts; ips takes ranges such as 10.0.0.4-10.0.0.9, too
  hosts:
";

const MORE: &str = "  # labels: {disk: ssd} and taints: [dedicated=db:NoSchedule] mark the nodes of a group; every word in roles besides
  # master and node becomes a role label
  # hostAliases: [{ip: 10.0.0.100, hostnames: [ntp.example]}] adds lines to /etc/hosts
  # registry: {localRegistry: {domain: sea.hub, port: 5000}} names the site's registry
  # dataRoot: /var/lib/sealer/data
";

impl Draft {
    /// The file, with comments.
    #[must_use]
    pub fn commented(&self) -> String {
        self.write(HEAD, true)
    }

    /// The documents alone.
    pub(super) fn bare(&self, head: &str) -> String {
        self.write(head, false)
    }

    fn write(&self, head: &str, commented: bool) -> String {
        let mut text = head.to_owned();
        let comment = |comment: &'static str| if commented { comment } else { "" };
        let name = self.name.as_deref().unwrap_or(DEFAULT_NAME);
        put(
            &mut text,
            format_args!("apiVersion: sealer.io/v2\nkind: Cluster\nmetadata:\n  name: {}\nspec:\n", scalar(name)),
        );
        if let Some(image) = &self.image {
            put(&mut text, format_args!("  image: {}\n", scalar(image)));
        }
        let ssh = self.ssh_lines();
        if !ssh.is_empty() {
            text += if commented { SSH } else { "  ssh:\n" };
            text += &ssh;
        }
        if !self.env.is_empty() {
            text += comment(ENV);
            let pairs = self.env.iter().map(|(key, value)| format!("{key}={value}"));
            text += &list("  ", "env", pairs);
        }
        if let Some(names) = &self.applications {
            let none = names.is_empty().then(String::new);
            text += &list("  ", "appNames", names.iter().cloned().chain(none));
        }
        text += &list("  ", "cmd", self.commands.iter().cloned());
        text += if commented { HOSTS } else { "  hosts:\n" };
        text += &group(&self.masters, "master");
        text += &group(&self.nodes, "node");
        text += comment(MORE);
        text + &self.cluster_configuration()
    }

    fn ssh_lines(&self) -> String {
        let Ssh { user, password, key, key_password, port } = &self.ssh;
        let mut text = String::new();
        let mut line = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                put(&mut text, format_args!("    {name}: {value}\n"));
            }
        };
        line("user", user.as_deref().map(scalar));
        line("port", port.map(|port| port.to_string()));
        line("pk", key.as_deref().map(scalar));
        for (written, from, source) in [("passwd", "passwdFrom", password), ("pkPasswd", "pkPasswdFrom", key_password)]
        {
            match source {
                Some(SecretSource::Written(secret)) => line(written, Some(scalar(secret.reveal()))),
                Some(SecretSource::At(place)) => line(from, Some(reference(place))),
                None => {}
            }
        }
        text
    }

    fn cluster_configuration(&self) -> String {
        let mut text = String::new();
        if !self.certificate_names.is_empty() {
            text += "apiServer:\n";
            text += &list("  ", "certSANs", self.certificate_names.iter().cloned());
        }
        let networks = [("podSubnet", &self.pod_network), ("serviceSubnet", &self.service_network)];
        if networks.iter().any(|(_, network)| network.is_some()) {
            text += "networking:\n";
        }
        for (name, network) in networks {
            if let Some(network) = network {
                put(&mut text, format_args!("  {name}: {}\n", scalar(network)));
            }
        }
        let head = "---\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\n";
        if text.is_empty() { text } else { format!("{head}{text}") }
    }
}

fn group(addresses: &[IpAddr], role: &str) -> String {
    if addresses.is_empty() {
        return String::new();
    }
    let addresses: Vec<String> = addresses.iter().map(|address| scalar(&address.to_string())).collect();
    format!("    - ips: [{}]\n      roles: [{role}]\n", addresses.join(", "))
}

fn list(indent: &str, name: &str, items: impl Iterator<Item = String>) -> String {
    let items: String = items.map(|item| format!("{indent}  - {}\n", scalar(&item))).collect();
    if items.is_empty() { items } else { format!("{indent}{name}:\n{items}") }
}

/// A text so that YAML reads it as that text: plain where nobody can misread it, else in double quotes as JSON has it.
fn scalar(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-=~@".contains(&byte);
    let letter = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic() || byte == b'/');
    let address = text.parse::<IpAddr>().is_ok_and(|address| address.is_ipv4());
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let word = words.contains(&text.to_ascii_lowercase().as_str());
    if (letter && !word && text.bytes().all(plain)) || address {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}

fn put(text: &mut String, more: std::fmt::Arguments<'_>) {
    text.write_fmt(more).expect("a string takes all that is written to it");
}

fn reference(place: &SecretPlace) -> String {
    match place {
        SecretPlace::Variable(name) => format!("{{env: {}}}", scalar(name)),
        SecretPlace::File(path) => format!("{{file: {}}}", scalar(path)),
        SecretPlace::Age { file, key } => aged(file, key.as_deref()),
        SecretPlace::Prompt => "{prompt: true}".to_owned(),
    }
}

fn aged(file: &str, key: Option<&str>) -> String {
    let key = key.map(|key| format!(", key: {}", scalar(key))).unwrap_or_default();
    format!("{{age: {}{key}}}", scalar(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clusterfile::Clusterfile;

    #[test]
    fn a_new_file_is_fit_and_says_what_was_asked_for() {
        let draft = Draft {
            name: Some("site".into()),
            image: Some("demo/web:v1".into()),
            masters: vec!["10.0.0.1".parse().unwrap()],
            nodes: vec!["10.0.0.2".parse().unwrap(), "10.0.0.3".parse().unwrap()],
            ssh: Ssh {
                port: Some(2222),
                password: Some(SecretSource::At(SecretPlace::Variable("PASS".into()))),
                ..Ssh::default()
            },
            env: vec![("GREETING".into(), "a: \"b\" # c".into()), ("N".into(), "1".into())],
            applications: Some(Vec::new()),
            certificate_names: vec!["api.example".into()],
            pod_network: Some("10.244.0.0/16".into()),
            ..Draft::default()
        };
        let read = Clusterfile::read("Clusterfile", &draft.commented());
        assert_eq!(read.findings(), []);
        assert_eq!(read.cluster.name, draft.name);
        assert_eq!(read.cluster.image, Some("demo/web:v1".parse().unwrap()));
        assert_eq!(read.cluster.env, draft.env);
        assert_eq!(read.cluster.applications, Some(Vec::new()));
        assert_eq!(read.cluster.ssh, draft.ssh);
        assert_eq!(read.cluster.hosts[0].addresses, draft.masters);
        assert_eq!(read.cluster.hosts[1].addresses, draft.nodes);
        assert_eq!(read.kubeadm.cluster["apiServer"]["certSANs"][0], "api.example");
        assert_eq!(read.kubeadm.cluster["networking"]["podSubnet"], "10.244.0.0/16");
    }

    #[test]
    fn ipv6_hosts_are_written_so_that_they_are_read() {
        let draft = Draft { masters: vec!["fd00::1".parse().unwrap()], ..Draft::default() };
        let read = Clusterfile::read("Clusterfile", &draft.commented());
        assert_eq!(read.findings(), []);
        assert_eq!(read.cluster.hosts[0].addresses, draft.masters);
    }
}
