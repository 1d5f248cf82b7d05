//! What a host of a cluster answered: what it reaches, how its etcd is, when its certificates end. The text of one fixed script
//! is read here; nothing is asked here.

use crate::checks::questions::{ETCD, KUBELET, LOGS, REGISTRY};
use sealer_model::cluster::{API_SERVER_PORT, Cluster, Member, Role};
use std::net::IpAddr;

/// The script.
pub(crate) const SCRIPT: &str = include_str!("probe.sh");

/// What one host answered. What it was not asked, or cannot tell, is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Probed {
    /// Whether it reaches the API by its service's address.
    pub(super) service: Option<Result<(), String>>,
    /// Whether it reaches the site's registry by its name.
    pub(super) registry: Option<Result<(), String>>,
    /// Whether the cluster's name service answers it.
    pub(super) name_service: Option<Result<(), String>>,
    /// Whether it gets through to each of the masters.
    pub(super) masters: Vec<(IpAddr, Result<(), String>)>,
    /// The file systems that the cluster writes to.
    pub(super) rooms: Vec<Room>,
    /// How its etcd is.
    pub(super) etcd: Option<Etcd>,
    /// Its certificates.
    pub(crate) certificates: Vec<Certificate>,
    /// Files that should be certificates and cannot be read as such.
    pub(crate) unreadable: Vec<Unreadable>,
}

/// A file that should be a certificate and cannot be read as one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Unreadable {
    /// Its path on the host.
    pub(crate) path: String,
    /// What is wrong, as it goes on after the path: `holds no certificate`.
    pub(crate) reason: String,
}

/// How a member of etcd is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Etcd {
    /// What it says of itself; an alarm makes it unwell.
    pub(super) healthy: Option<bool>,
    /// Whether it has a leader.
    pub(super) leader: Option<bool>,
    /// Bytes of its database.
    pub(super) size: Option<u64>,
    /// Bytes that its database may have.
    pub(super) most: Option<u64>,
}

/// The room on a file system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Room {
    /// What lies there.
    pub(super) path: String,
    /// Where it is mounted.
    pub(super) mount_point: String,
    /// Its size in bytes.
    pub(super) total: u64,
    /// Bytes that are left.
    pub(super) free: u64,
}

/// A certificate on a host.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Certificate {
    /// Its file.
    pub(crate) path: String,
    /// The end of its life in seconds since 1970.
    pub(crate) ends: i64,
}

/// What a host is asked. `api` and `names` are addresses of services, where they are known.
pub(crate) fn questions(cluster: &Cluster, member: &Member, api: Option<&str>, names: Option<&str>) -> Vec<String> {
    let mut questions = vec![format!("registry:{},{}", cluster.registry.domain, cluster.registry.port)];
    questions.extend(api.map(|address| format!("service:{address},443")));
    questions.extend(names.map(|address| format!("names:{address},53")));
    questions.extend((member.role == Role::Master).then(|| "etcd:yes".to_owned()));
    let others = cluster.masters().filter(|master| master.address != member.address);
    questions.extend(others.map(|master| format!("master:{},{API_SERVER_PORT}", master.address)));
    questions.extend(places(cluster, member).into_iter().map(|path| format!("disk:{path}")));
    questions
}

/// Where the cluster writes on a host.
fn places<'a>(cluster: &'a Cluster, member: &Member) -> Vec<&'a str> {
    let mut places = vec![KUBELET, cluster.actual_runtime().folder(), LOGS, cluster.data_root.as_str()];
    if member.role == Role::Master {
        places.extend([ETCD, REGISTRY]);
    }
    places
}

/// Reads what the script printed.
pub(crate) fn read(text: &str) -> Probed {
    let mut probed = Probed::default();
    for line in text.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "service" => probed.service = Some(knocked(rest)),
            "registry" => probed.registry = Some(knocked(rest)),
            "names" => probed.name_service = Some(answered(rest)),
            "master" => probed.masters.extend(master(rest)),
            "disk" => probed.rooms.extend(room(rest)),
            "etcd" => etcd(rest, probed.etcd.get_or_insert_default()),
            _ => {}
        }
    }
    probed
}

/// An address, then as [`knocked`]. Whoever refuses was reached.
fn master(text: &str) -> Option<(IpAddr, Result<(), String>)> {
    let (address, rest) = text.split_once(' ')?;
    let reached = knocked(rest).or_else(|why| if why.contains("refused") { Ok(()) } else { Err(why) });
    Some((address.parse().ok()?, reached))
}

/// A path, KiB in all and free, and where it is mounted.
fn room(text: &str) -> Option<Room> {
    let mut words = text.splitn(4, ' ');
    let path = words.next()?.to_owned();
    let mut bytes = || words.next()?.parse::<u64>().ok()?.checked_mul(1024);
    let (total, free) = (bytes()?, bytes()?);
    Some(Room { path, mount_point: words.next()?.to_owned(), total, free })
}

/// `0`, or an exit status with what was said; 124 is the end of patience.
fn knocked(text: &str) -> Result<(), String> {
    match text.split_once(' ').unwrap_or((text, "")) {
        ("0", _) => Ok(()),
        ("124", _) => Err("no answer in 5 s".into()),
        (_, said) => Err(said.rsplit(": ").next().unwrap_or(said).trim().to_owned()),
    }
}

/// The first 12 bytes of an answer: identifier, flags with the code of failure in the last 4 bits, and four counts. That there is
/// no such name is an answer, too: the cluster's domain may be another one.
fn answered(text: &str) -> Result<(), String> {
    let bytes: Vec<u8> = text.split_whitespace().filter_map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    if bytes.len() < 12 {
        return Err("no answer in 5 s".into());
    }
    const NO_SUCH_NAME: u8 = 3;
    match bytes[3] & 0x0f {
        0 | NO_SUCH_NAME => Ok(()),
        code => Err(format!("it answers with failure {code} when asked for kube-dns.kube-system.svc.cluster.local")),
    }
}

/// A line of `/health`, or of the metrics: `etcd_mvcc_db_total_size_in_bytes 2.1e+06`.
fn etcd(line: &str, etcd: &mut Etcd) {
    if line.contains("\"health\"") {
        etcd.healthy = Some(line.contains("true"));
        return;
    }
    let Some((name, value)) = line.split_once(' ') else { return };
    let Ok(value) = value.trim().parse::<f64>() else { return };
    match name {
        "etcd_mvcc_db_total_size_in_bytes" => etcd.size = Some(value as u64),
        "etcd_server_quota_backend_bytes" => etcd.most = Some(value as u64),
        "etcd_server_has_leader" => etcd.leader = Some(value > 0.0),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{TcpListener, UdpSocket};
    use std::time::Duration;

    /// Runs the script as a host would.
    fn run(questions: &[String]) -> Probed {
        let mut shell = std::process::Command::new("sh");
        let output = shell.args(["-c", SCRIPT, "sh"]).args(questions).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        read(&String::from_utf8_lossy(&output.stdout))
    }

    #[test]
    fn the_script_asks_a_name_server_one_whole_question_and_knocks_at_ports() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap();
        server.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let answering = std::thread::spawn(move || {
            let mut question = [0; 512];
            let (length, asker) = server.recv_from(&mut question).unwrap();
            let answer = [&question[..2], &[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0], &question[12..length]].concat();
            server.send_to(&answer, asker).unwrap();
            question[12..length].to_vec()
        });
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let open = listener.local_addr().unwrap().port();
        let probed = run(&[format!("names:127.0.0.1,{}", address.port()), format!("service:127.0.0.1,{open}")]);
        let asked = answering.join().unwrap();
        assert_eq!(asked, b"\x08kube-dns\x0bkube-system\x03svc\x07cluster\x05local\0\0\x01\0\x01");
        assert_eq!((probed.name_service, probed.service), (Some(Ok(())), Some(Ok(()))));
        drop(listener);
        let answers = run(&[format!("master:127.0.0.1,{open}"), "disk:/".to_owned()]);
        assert_eq!(answers.masters, [("127.0.0.1".parse().unwrap(), Ok(()))], "who refuses was reached");
        assert!(answers.rooms[0].mount_point == "/" && answers.rooms[0].total > answers.rooms[0].free, "{answers:?}");
        let refused = run(&[format!("registry:127.0.0.1,{open}")]).registry.unwrap().unwrap_err();
        assert!(refused.contains("refused"), "{refused}");
    }
}
