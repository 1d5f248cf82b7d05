//! Failure is loud: what goes wrong on a site ends with an exit code, the host's name and the cause, before anything is changed.

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::hosts::host::Host;
use crate::scenarios::Scenario;
use crate::scenarios::expect::fails_and_says;

/// Wrong password, missing image, host down, port in use, full disk.
#[derive(Debug)]
pub(crate) struct Failures;

impl Scenario for Failures {
    fn title(&self) -> &'static str {
        "what goes wrong on a site is named with its host and its cause"
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        wrong_password(delivery)?;
        missing_image(delivery)?;
        host_down(delivery)?;
        port_in_use(delivery)?;
        full_disk(delivery)
    }
}

fn wrong_password(delivery: &Delivery) -> Result<()> {
    let stranger = delivery.with_password("not-the-password");
    let outcome = stranger.attempt(&stranger.run_arguments(IMAGE))?;
    fails_and_says("a wrong password", &outcome, &[&delivery.master()?.address, "password"])
}

fn missing_image(delivery: &Delivery) -> Result<()> {
    let outcome = delivery.attempt(&delivery.run_arguments("nobody-built-this:v1"))?;
    fails_and_says("a missing image", &outcome, &["nobody-built-this:v1"])
}

fn host_down(delivery: &Delivery) -> Result<()> {
    let host = worker(delivery)?;
    delivery.fleet.engine.docker(&["pause", &host.name]).output()?;
    let outcome = delivery.attempt(&delivery.run_arguments(IMAGE));
    delivery.fleet.engine.docker(&["unpause", &host.name]).output()?;
    fails_and_says("a host that does not answer", &outcome?, &[&host.address])
}

/// systemd itself listens: there is no other program on a bare host that could. The checks knock at the port, which starts the service.
fn port_in_use(delivery: &Delivery) -> Result<()> {
    let (engine, master) = (&delivery.fleet.engine, delivery.master()?);
    let listen = ["systemd-run", "--unit=squatter", "--socket-property=ListenStream=6443", "/bin/sleep", "infinity"];
    master.run(engine, &listen)?;
    let outcome = delivery.attempt(&delivery.run_arguments(IMAGE));
    master.run(engine, &["systemctl", "stop", "squatter.socket", "squatter.service"])?;
    fails_and_says("a port in use", &outcome?, &[&master.address, "6443"])
}

/// A file system of sixteen megabytes where sealer puts what it brings.
fn full_disk(delivery: &Delivery) -> Result<()> {
    let (engine, host, folder) = (&delivery.fleet.engine, worker(delivery)?, "/var/lib/sealer");
    let existed = host.attempt(engine, &["test", "-d", folder])?.success();
    host.run(engine, &["mkdir", "-p", folder])?;
    host.run(engine, &["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", folder])?;
    let outcome = delivery.attempt(&delivery.run_arguments(IMAGE));
    host.run(engine, &["umount", folder])?;
    if !existed {
        host.run(engine, &["rmdir", folder])?;
    }
    fails_and_says("a full disk", &outcome?, &[&host.address, "space"])
}

fn worker(delivery: &Delivery) -> Result<&Host> {
    delivery.hosts.last().ok_or_else(|| Error::unmet("the delivery has no hosts"))
}
