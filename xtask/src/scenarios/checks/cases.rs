//! Every check before a delivery with a fault that a host has for it, in rounds: what one round's hosts have does not hide what another
//! case shows.

mod disks;
mod identity;
mod network;
mod others;
mod strange;
mod system;

use super::fault::Kind::Real;
use super::fault::{Act, Case, case, on, script};
use super::site::Site;

/// Faults that are made at the same time, and the site that has them.
pub(super) struct Round {
    /// For people.
    pub(super) title: &'static str,
    /// The site, whether well or not.
    pub(super) site: Site,
    topics: &'static [&'static [Case]],
}

impl Round {
    /// Its cases.
    pub(super) fn cases(&self) -> impl DoubleEndedIterator<Item = &'static Case> + use<> {
        self.topics.iter().copied().flatten()
    }

    /// Its faults' acts, each with its check.
    pub(super) fn acts(&self) -> impl DoubleEndedIterator<Item = (&'static str, &'static Act)> + use<> {
        self.cases().flat_map(|case| case.acts.iter().map(|act| (case.check, act)))
    }
}

/// The image asks for what images may ask for; the stand-in hosts' own one is more patient.
const STRICT: &str = "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfailSwapOn: true\n\
                      protectKernelDefaults: true\n";

/// Amounts instead of shares of a disk, as the stand-in hosts' own image has them.
const AMOUNTS: &str = "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n\
                       evictionHard: {nodefs.available: 1Gi, imagefs.available: 1Gi}\n";

/// An image of nothing but its labels, whose cluster would have a name service.
pub(super) const BARE_IMAGE: &str = "checked:v1";

/// The same for a cluster on docker.
pub(super) const DOCKER_IMAGE: &str = "checked-on-docker:v1";

/// All rounds.
pub(super) const ROUNDS: [Round; 3] = [
    Round {
        title: "hosts",
        site: Site { image: crate::delivery::IMAGE, documents: STRICT, strange: false },
        topics: &[system::CASES, disks::CASES, network::CASES, identity::CASES, others::CASES],
    },
    Round {
        title: "hosts for docker",
        site: Site { image: DOCKER_IMAGE, documents: AMOUNTS, strange: false },
        topics: &[others::DOCKER],
    },
    Round {
        title: "hosts of a site",
        site: Site { image: BARE_IMAGE, documents: AMOUNTS, strange: true },
        topics: &[strange::CASES],
    },
];

/// A delivery that is cut off is a round of its own.
pub(super) const HALF_DONE: Case =
    case(("half-done", 0), "the delivering machine died while it brought the image", Real, &[]);

/// Every case.
pub(super) fn all() -> impl Iterator<Item = &'static Case> {
    ROUNDS.iter().flat_map(Round::cases).chain([&HALF_DONE])
}

/// What a stand-in host lacks to be one that is well, with what each act is for.
const HEALTHY: &[(&str, Act)] = &[
    // the disk of a machine that does much else is slow now and then
    ("disk-latency", on(0, "disk /var/lib/etcd size=5g")),
    ("time-service", on(0, "unit chrony.service")),
    ("time-service", on(1, "unit chrony.service")),
    ("time-service", on(2, "unit chrony.service")),
    ("resolver", script(0, NAME_SERVER, "un_lines /etc/resolv.conf")),
    ("resolver", script(1, NAME_SERVER, "un_lines /etc/resolv.conf")),
    ("resolver", script(2, NAME_SERVER, "un_lines /etc/resolv.conf")),
    // docker switches it off in networks that it gives no such addresses
    ("ipv6-off", script(0, IPV6, NO_IPV6)),
    ("ipv6-off", script(1, IPV6, NO_IPV6)),
    ("ipv6-off", script(2, IPV6, NO_IPV6)),
];

const NAME_SERVER: &str = "lines /etc/resolv.conf \"nameserver $GATEWAY\\n\"";
const IPV6: &str = "echo 0 >/proc/sys/net/ipv6/conf/all/disable_ipv6";
const NO_IPV6: &str = "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6";

/// What makes stand-in hosts well.
pub(super) fn healthy() -> impl DoubleEndedIterator<Item = (&'static str, &'static Act)> {
    HEALTHY.iter().map(|(check, act)| (*check, act))
}

#[cfg(test)]
mod tests {
    use super::super::table::{Listed, reference};
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_check_before_a_delivery_is_shown_once() {
        let listed: BTreeSet<String> = reference().unwrap().into_iter().map(|Listed { id, .. }| id).collect();
        let mut shown = BTreeSet::new();
        for case in all() {
            assert!(shown.insert(case.check.to_owned()), "{} has two cases", case.check);
        }
        let (missing, stray) = (listed.difference(&shown), shown.difference(&listed));
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&String>::new(), "checks without a case");
        assert_eq!(stray.collect::<Vec<_>>(), Vec::<&String>::new(), "cases without a check");
    }

    #[test]
    fn what_is_the_same_fault_follows_the_one_it_is_the_same_as() {
        for round in &ROUNDS {
            let first = round.cases().next().unwrap();
            assert!(!first.fault.starts_with("the same"), "{}", first.check);
        }
    }
}
