//! What root inside may do: change its own files, and nothing of the machine.

use super::{Failure, Form};
use rustix::thread::{CapabilitySet, CapabilitySets};

/// The rights that installing software needs. Devices cannot be made: no layer could hold them.
const KEPT: CapabilitySet = CapabilitySet::CHOWN
    .union(CapabilitySet::DAC_OVERRIDE)
    .union(CapabilitySet::FSETID)
    .union(CapabilitySet::FOWNER)
    .union(CapabilitySet::NET_RAW)
    .union(CapabilitySet::SETGID)
    .union(CapabilitySet::SETUID)
    .union(CapabilitySet::SETFCAP)
    .union(CapabilitySet::SETPCAP)
    .union(CapabilitySet::NET_BIND_SERVICE)
    .union(CapabilitySet::SYS_CHROOT)
    .union(CapabilitySet::KILL)
    .union(CapabilitySet::AUDIT_WRITE);

/// Gives up everything else, for this process and all that it becomes.
pub(super) fn give_up_rights(form: Form) -> Result<(), Failure> {
    let doing = "give up the rights that the command must not have";
    if form == Form::Trusted {
        // in a user namespace of its own it has no groups to give up
        rustix::thread::set_thread_groups(&[]).map_err(Failure::to(doing))?;
    }
    for capability in CapabilitySet::all().difference(KEPT).iter() {
        if rustix::thread::capability_is_in_bounding_set(capability).unwrap_or(false) {
            rustix::thread::remove_capability_from_bounding_set(capability).map_err(Failure::to(doing))?;
        }
    }
    let sets = CapabilitySets { effective: KEPT, permitted: KEPT, inheritable: CapabilitySet::empty() };
    rustix::thread::set_capabilities(None, sets).map_err(Failure::to(doing))
}
