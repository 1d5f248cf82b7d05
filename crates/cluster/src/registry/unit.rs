//! The systemd unit of the registry on a host.

use super::{PROGRAM, RUNTIME, STORE};

/// Ports below are root's.
const LEAST_FREE_PORT: u16 = 1024;

/// What whoever listens on a port has to be allowed.
pub(crate) fn capability(port: u16) -> &'static str {
    if port < LEAST_FREE_PORT { "CAP_NET_BIND_SERVICE" } else { "" }
}

/// What the unit depends on.
pub(crate) struct Unit<'a> {
    /// The folder of its files.
    pub(crate) folder: &'a str,
    /// Their names.
    pub(crate) files: &'a [String],
    /// Where it listens.
    pub(crate) port: u16,
    /// Whether anything changes in the store: pushes come, or upstreams give something to keep.
    pub(crate) writes: bool,
}

impl Unit<'_> {
    /// The registry has a user of systemd's making, who owns nothing but, where it writes, the store; it sees its files in a folder that is
    /// its own while it runs. What must be done as root is done before: the copies of the files, the look at blobs that may be torn
    /// after a power failure, whose failure is no reason not to serve what is whole, and giving the store to that user, who may have
    /// another number each time. What root adds afterwards stays root's and is served all the same, since the folders are the user's.
    /// Settings that a host's systemd does not know yet are left out by it, and the registry then runs as root.
    pub(crate) fn text(&self) -> String {
        let capability = capability(self.port);
        let files: String = self.files.iter().map(|name| format!("{}/{name} ", self.folder)).collect();
        let owner = format!("ExecStartPre=/bin/chown -R --reference={RUNTIME} {STORE}\nReadWritePaths={STORE}\n");
        let owner = if self.writes { owner.as_str() } else { "" };
        format!(
            "[Unit]\n\
             Description=Registry of the sealer cluster\n\
             Wants=network-online.target\n\
             After=network-online.target\n\
             \n\
             [Service]\n\
             PermissionsStartOnly=true\n\
             ExecStartPre=/usr/bin/install -m 0644 {files}{RUNTIME}/\n\
             ExecStartPre=-{PROGRAM} registry usage --root {STORE}\n\
             {owner}\
             ExecStart={PROGRAM} registry serve --config {RUNTIME}/registry.yaml\n\
             {REST}CapabilityBoundingSet={capability}\n\
             AmbientCapabilities={capability}\n\
             \n\
             [Install]\n\
             WantedBy=multi-user.target\n"
        )
    }
}

const REST: &str = "\
Environment=SEALER_ROOT=/var/lib/sealer
DynamicUser=yes
User=sealer-registry
RuntimeDirectory=sealer-registry
RuntimeDirectoryMode=0700
NoNewPrivileges=yes
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
ProtectKernelTunables=yes
ProtectKernelModules=yes
ProtectControlGroups=yes
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
RestrictNamespaces=yes
LockPersonality=yes
SystemCallArchitectures=native
LimitNOFILE=16384
Restart=always
RestartSec=2
";

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(port: u16, writes: bool) -> Vec<String> {
        let files = ["registry.key".to_owned(), "registry.yaml".to_owned()];
        let unit = Unit { folder: "/c/registry", files: &files, port, writes };
        unit.text().lines().map(str::to_owned).collect()
    }

    fn has(unit: &[String], line: &str) -> bool {
        unit.iter().any(|found| found == line)
    }

    #[test]
    fn the_registry_runs_as_nobody_in_particular_and_reads_its_files_from_its_own_folder() {
        let unit = lines(5000, false);
        for line in ["DynamicUser=yes", "CapabilityBoundingSet=", "AmbientCapabilities=", "NoNewPrivileges=yes"] {
            assert!(has(&unit, line), "{line} is not in {unit:#?}");
        }
        assert!(has(
            &unit,
            "ExecStartPre=/usr/bin/install -m 0644 /c/registry/registry.key /c/registry/registry.yaml /run/sealer-registry/"
        ));
        assert!(!unit.iter().any(|line| line.contains("chown") || line.starts_with("ReadWritePaths")));
    }

    #[test]
    fn one_that_writes_owns_the_store_and_nothing_else() {
        let unit = lines(5000, true);
        assert!(has(&unit, "ReadWritePaths=/var/lib/sealer/registry"));
        let chown =
            unit.iter().position(|line| line.contains("chown -R --reference=/run/sealer-registry /var")).unwrap();
        let start = unit.iter().position(|line| line.starts_with("ExecStart=")).unwrap();
        assert!(chown < start);
    }

    #[test]
    fn ports_of_roots_need_a_capability() {
        assert!(has(&lines(443, false), "AmbientCapabilities=CAP_NET_BIND_SERVICE"));
    }
}
