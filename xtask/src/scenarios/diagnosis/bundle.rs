//! The support bundle of a real cluster: it tells of what is broken and holds no secret that was planted; and the image's own checks tell
//! when what they ask for is not so any more.

use super::Finding;
use crate::command::Program;
use crate::delivery::{CLUSTER, Delivery};
use crate::error::{Error, Result};
use crate::scenarios::expect::holds;

/// Secrets where people leave them: a secret of Kubernetes, a config map, the environment of a pod, a file of a host and its journal.
const PLANT: [&[&str]; 3] = [
    &["create", "secret", "generic", "planted", "--from-literal=key=planted-in-secret"],
    &["create", "configmap", "planted", "--from-literal=app.ini=password = planted-in-map"],
    &["run", "planted", "--image=redis:7", "--env=DB_PASSWORD=planted-in-environment"],
];
const ON_HOST: &str = "echo '10.9.9.9 vault # token=planted-in-file' >>/etc/hosts; \
                       systemd-run --quiet --unit=sealer-planted echo 'Authorization: Bearer planted-in-journal'";
const CLEAN_HOST: &str = "sed '/planted-in-file/d' /etc/hosts >/tmp/hosts && cat /tmp/hosts >/etc/hosts; rm /tmp/hosts";

/// Plants secrets, makes the bundle, and looks into it.
pub(super) fn collect(delivery: &Delivery) -> Result<()> {
    let (engine, master) = (&delivery.fleet.engine, delivery.master()?);
    for arguments in PLANT {
        delivery.kubectl(arguments)?;
    }
    master.run(engine, &["sh", "-c", ON_HOST])?;
    let archive = delivery.folder().join("bundle.tar.gz").display().to_string();
    let made = delivery.attempt(&["support-bundle", CLUSTER, "--output", &archive]);
    for kind in ["secret", "configmap", "pod"] {
        delivery.kubectl(&["delete", kind, "planted"])?;
    }
    master.run(engine, &["sh", "-c", CLEAN_HOST])?;
    let made = made?;
    holds(&format!("the bundle is made: {}{}", made.stdout, made.stderr), made.code == Some(0))?;
    let text = Program::new("tar").arguments(["--extract", "--to-stdout", "--gzip", "--file", &archive]).output()?;
    let names = Program::new("tar").arguments(["--list", "--gzip", "--file", &archive]).output()?;
    look(delivery, &text, &names)?;
    println!("    {}", made.stdout.trim());
    Ok(())
}

fn look(delivery: &Delivery, text: &str, names: &str) -> Result<()> {
    for place in ["secret", "map", "environment", "file", "journal"] {
        holds(
            &format!("what was planted in {place} is not in the bundle"),
            !text.contains(&format!("planted-in-{place}")),
        )?;
    }
    for password in [delivery.fleet.password()?, "PRIVATE KEY".to_owned()] {
        holds("neither password nor key is in the bundle", !text.contains(&password))?;
    }
    for told in ["10.9.9.9 vault", "Authorization: ", "cannot reach the database", "no-image"] {
        holds(&format!("the bundle tells {told:?}"), text.contains(told))?;
    }
    let mut wanted = vec!["index.html".to_owned(), "cluster/pods.json".into(), "delivery/journal.ndjson".into()];
    wanted.extend(delivery.hosts.iter().map(|host| format!("hosts/{}/kubelet.log", host.address)));
    for name in wanted {
        holds(&format!("{name} is in the bundle:\n{names}"), names.contains(&format!("{CLUSTER}-support/{name}\n")))?;
    }
    Ok(())
}

/// One guestbook less than the image's own check wants.
pub(super) fn image_check(delivery: &Delivery) -> Result<()> {
    delivery.kubectl(&["scale", "deployment/guestbook", "--replicas=1"])?;
    let is_it = |it: &&Finding| it.id == "image/guestbook-replicas";
    let found = super::wait(delivery, |found| found.iter().any(|it| is_it(&it)));
    delivery.kubectl(&["scale", "deployment/guestbook", "--replicas=2"])?;
    let found = found?;
    let finding = found.iter().find(is_it);
    let finding = finding.ok_or_else(|| Error::unmet(format!("the image's own check tells, found {found:#?}")))?;
    println!("    {:24} {:36} {:8} {}", finding.id, finding.subject, finding.severity, finding.found);
    Ok(())
}
