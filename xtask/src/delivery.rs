//! A delivery as an engineer does it: `sealer` on this machine, everything it keeps in one folder, hosts it has never seen. The
//! password goes through the environment; the home folder is the delivery's own, so that no key or known host of the developer's
//! takes part.

use std::path::{Path, PathBuf};
use std::process::Child;

use crate::command::{Outcome, Program};
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::hosts::fleet::Fleet;
use crate::hosts::host::Host;
use crate::parts::KUBERNETES_VERSION;

/// The application that is delivered.
pub(crate) const IMAGE: &str = "guestbook:v1";
/// The name that sealer gives a cluster when nobody does.
pub(crate) const CLUSTER: &str = "my-cluster";

/// One machine's `sealer` and the hosts it delivers to.
#[derive(Debug, Clone)]
pub(crate) struct Delivery {
    /// The fleet that the hosts belong to.
    pub(crate) fleet: Fleet,
    /// The hosts, masters first.
    pub(crate) hosts: Vec<Host>,
    masters: usize,
    binary: PathBuf,
    root: PathBuf,
    password: String,
}

impl Delivery {
    /// A delivery from this machine to these hosts; everything that sealer keeps goes below `root`.
    pub(crate) fn new(binary: &Path, root: &Path, fleet: &Fleet, hosts: &[Host]) -> Result<Self> {
        folders::create(&root.join("home"))?;
        Ok(Self {
            fleet: fleet.clone(),
            hosts: hosts.to_vec(),
            masters: 1,
            binary: binary.to_path_buf(),
            root: root.to_path_buf(),
            password: fleet.password()?,
        })
    }

    /// The same delivery with more than one master.
    pub(crate) fn with_masters(self, masters: usize) -> Self {
        Self { masters, ..self }
    }

    /// The same delivery by somebody who has the password wrong.
    pub(crate) fn with_password(&self, password: &str) -> Self {
        Self { password: password.to_owned(), ..self.clone() }
    }

    /// The same delivery from another machine, which has the same images and nothing else.
    pub(crate) fn elsewhere(&self, root: &Path) -> Result<Self> {
        folders::create(&root.join("home"))?;
        let copy = Program::new("cp").arguments(["--recursive", "--preserve=all"]);
        copy.argument(self.root.join("images")).argument(root.join("images")).output()?;
        Ok(Self { root: root.to_path_buf(), ..self.clone() })
    }

    /// The first host.
    pub(crate) fn master(&self) -> Result<&Host> {
        self.hosts.first().ok_or_else(|| Error::unmet("the delivery has no hosts"))
    }

    /// The folder for everything that this delivery needs besides its hosts.
    pub(crate) fn folder(&self) -> &Path {
        &self.root
    }

    /// The arguments of the delivery itself.
    pub(crate) fn run_arguments(&self, image: &str) -> Vec<String> {
        let addresses: Vec<&str> = self.hosts.iter().map(|host| host.address.as_str()).collect();
        let (masters, nodes) = addresses.split_at(addresses.len().min(self.masters));
        let mut arguments = vec!["run".to_owned(), image.to_owned(), "--masters".to_owned(), masters.join(",")];
        if !nodes.is_empty() {
            arguments.extend(["--nodes".to_owned(), nodes.join(",")]);
        }
        arguments
    }

    /// Builds both example images.
    pub(crate) fn build(&self, folders: &Folders) -> Result<()> {
        let base = format!("kubernetes:{KUBERNETES_VERSION}");
        self.show(&["build", "-t", &base, &folders.example("kubernetes").display().to_string()])?;
        self.show(&["build", "-t", IMAGE, &folders.example("guestbook").display().to_string()])
    }

    /// Delivers the application; what sealer says is shown.
    pub(crate) fn run(&self) -> Result<()> {
        self.show(&self.run_arguments(IMAGE))
    }

    /// What `sealer plan` says of this delivery.
    pub(crate) fn plan(&self, image: &str) -> Result<serde_json::Value> {
        let mut arguments = self.run_arguments(image);
        "plan".clone_into(&mut arguments[0]);
        arguments.extend(["--output", "json"].map(str::to_owned));
        let outcome = self.attempt(&arguments)?;
        if !outcome.success() {
            return Err(Error::unmet(format!("plan exits with {:?}: {}", outcome.code, outcome.stderr)));
        }
        serde_json::from_str(&outcome.stdout).map_err(Error::json("sealer plan"))
    }

    /// Starts the delivery and returns at once.
    pub(crate) fn start(&self, log: &Path) -> Result<Child> {
        self.start_verb(&self.run_arguments(IMAGE), log)
    }

    /// Starts any verb and returns at once.
    pub(crate) fn start_verb<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S], log: &Path) -> Result<Child> {
        let program = self.sealer(arguments);
        let output = std::fs::File::create(log).map_err(Error::file("create", log))?;
        let errors = output.try_clone().map_err(Error::file("open", log))?;
        let mut command = program.command();
        command.stdin(std::process::Stdio::null()).stdout(output).stderr(errors);
        command.spawn().map_err(|source| program.cannot_start(source))
    }

    /// Removes the cluster from its hosts.
    pub(crate) fn delete(&self) -> Result<()> {
        self.show(&["delete", "--all", "--force"])
    }

    /// Runs sealer with its own output on the terminal; fails unless it exits with zero.
    pub(crate) fn show<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<()> {
        self.sealer(arguments).run()
    }

    /// Runs sealer silently and returns whatever happened.
    pub(crate) fn attempt<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Result<Outcome> {
        self.sealer(arguments).attempt()
    }

    /// The journal of the cluster.
    pub(crate) fn journal(&self) -> PathBuf {
        self.root.join("clusters").join(CLUSTER).join("journal.ndjson")
    }

    /// Forgets everything about hosts and clusters, but keeps the images.
    pub(crate) fn forget(&self) -> Result<()> {
        let entries = std::fs::read_dir(&self.root).map_err(Error::file("list", &self.root))?;
        for entry in entries {
            let path = entry.map_err(Error::file("list", &self.root))?.path();
            if path.file_name().is_some_and(|name| name != "images" && name != "home") {
                folders::remove(&path)?;
            }
        }
        folders::remove(&self.root.join("home/.ssh"))
    }

    /// kubectl on the master, as somebody logged in there would use it.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        let mut command = vec![
            "/usr/bin/env",
            "KUBECONFIG=/etc/kubernetes/admin.conf",
            "/usr/local/bin/kubectl",
            // what kubectl remembers must not look like something that sealer left
            "--cache-dir=/tmp/kubectl",
        ];
        command.extend(arguments);
        self.master()?.run(&self.fleet.engine, &command)
    }

    /// sealer with these arguments, not started yet.
    pub(crate) fn sealer<S: AsRef<std::ffi::OsStr>>(&self, arguments: &[S]) -> Program {
        let program = Program::new(&self.binary).arguments(arguments);
        let program = program.variable("SEALER_ROOT", &self.root).variable("SEALER_PASSWD", &self.password);
        program.variable("HOME", self.root.join("home"))
    }
}
