//! The hosts of a cluster from the lists of addresses that were typed.

use crate::args::{Hosts, Login};
use sealer_model::cluster::{Member, Role};

/// The members in order, masters first.
pub(crate) fn members(masters: Option<&Hosts>, nodes: Option<&Hosts>, ssh_port: Option<u16>) -> Vec<Member> {
    let ssh_port = ssh_port.unwrap_or(Login::USUAL_PORT);
    let of = |hosts: Option<&Hosts>, role| {
        let addresses = hosts.map(|hosts| hosts.0.clone()).unwrap_or_default();
        addresses.into_iter().map(move |address| Member { address, ssh_port, role })
    };
    of(masters, Role::Master).chain(of(nodes, Role::Node)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masters_come_first_and_keep_their_order() {
        let hosts = |text| Hosts(sealer_model::ip_list::parse(text).unwrap());
        let members = members(Some(&hosts("10.0.0.2,10.0.0.1")), Some(&hosts("10.0.0.3")), Some(2222));
        let listed: Vec<String> =
            members.iter().map(|member| format!("{} {} {:?}", member.address, member.ssh_port, member.role)).collect();
        assert_eq!(listed, ["10.0.0.2 2222 Master", "10.0.0.1 2222 Master", "10.0.0.3 2222 Node"]);
    }
}
