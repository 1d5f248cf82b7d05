//! A host whose key has changed since the delivery is another machine until somebody says otherwise.

use crate::delivery::{Delivery, IMAGE};
use crate::error::{Error, Result};
use crate::scenarios::expect::fails_and_says;
use crate::scenarios::{Scenario, State};

/// New host keys on one host, and the old ones back.
#[derive(Debug)]
pub(crate) struct ChangedHostKey;

impl Scenario for ChangedHostKey {
    fn title(&self) -> &'static str {
        "a changed host key is refused"
    }

    fn needs(&self) -> State {
        State::Delivered
    }

    fn leaves(&self) -> State {
        State::Delivered
    }

    fn run(&self, delivery: &Delivery) -> Result<()> {
        let host = delivery.hosts.last().ok_or_else(|| Error::unmet("the delivery has no hosts"))?;
        let engine = &delivery.fleet.engine;
        host.run(engine, &["sh", "-c", CHANGE])?;
        let outcome = delivery.attempt(&delivery.run_arguments(IMAGE));
        host.run(engine, &["sh", "-c", RESTORE])?;
        fails_and_says("a changed host key", &outcome?, &[&host.address, "key"])
    }
}

const CHANGE: &str = "mkdir /tmp/keys && mv /etc/ssh/ssh_host_* /tmp/keys && ssh-keygen -A && systemctl restart ssh";
const RESTORE: &str = "mv /tmp/keys/* /etc/ssh && rmdir /tmp/keys && systemctl restart ssh";
