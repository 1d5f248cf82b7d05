//! The registry's file of users, as `htpasswd -B` writes it: the one who may push, the cluster's hosts, and its registries. A hash that is
//! on a registry's host and fits stays, so that nothing changes where nothing has to, and a password that is not given now is not needed.

use super::Keys;
use sealer_model::Secret;
use sealer_model::cluster::{HOST_USER, PEER_USER};

/// What a guesser has to pay for each guess.
const COST: u32 = 10;

/// For passwords that nobody can guess in any case.
const COST_OF_KEYS: u32 = 4;

/// A user whose password nobody knows.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the password of the registry's user {0} is not known")]
pub(crate) struct UnknownPassword(pub(crate) String);

/// The file, given the one that is there. Hashing takes a while: not for the threads that wait for the network.
pub(crate) fn file(
    username: &str,
    password: Option<&Secret>,
    keys: &Keys,
    there: &str,
) -> Result<String, UnknownPassword> {
    let lines = [
        line(username, password, COST, there)?,
        line(HOST_USER, Some(&keys.host), COST_OF_KEYS, there)?,
        line(PEER_USER, Some(&keys.peer), COST_OF_KEYS, there)?,
    ];
    Ok(lines.concat())
}

fn line(user: &str, password: Option<&Secret>, cost: u32, there: &str) -> Result<String, UnknownPassword> {
    let known = there.lines().filter_map(|line| line.split_once(':')).find(|(name, _)| *name == user);
    let unknown = || UnknownPassword(user.to_owned());
    let hash = match (known, password) {
        (Some((_, hash)), None) => hash.to_owned(),
        (Some((_, hash)), Some(password)) if bcrypt::verify(password.reveal(), hash).unwrap_or(false) => {
            hash.to_owned()
        }
        (_, Some(password)) => bcrypt::hash(password.reveal(), cost).map_err(|_| unknown())?,
        (None, None) => return Err(unknown()),
    };
    Ok(format!("{user}:{hash}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> Keys {
        Keys { host: Secret::new("h"), peer: Secret::new("p"), token: Secret::new("t") }
    }

    #[test]
    fn a_hash_that_fits_stays_and_one_that_does_not_is_made_anew() {
        let (ann, other) = (Secret::new("secret"), Secret::new("other"));
        let first = file("ann", Some(&ann), &keys(), "").unwrap();
        assert_eq!(file("ann", Some(&ann), &keys(), &first).unwrap(), first);
        assert_eq!(file("ann", None, &keys(), &first).unwrap(), first);
        let changed = file("ann", Some(&other), &keys(), &first).unwrap();
        assert_eq!(changed.lines().skip(1).collect::<Vec<_>>(), first.lines().skip(1).collect::<Vec<_>>());
        let hash = changed.lines().next().unwrap().strip_prefix("ann:").unwrap();
        assert!(bcrypt::verify("other", hash).unwrap() && !changed.contains("other"));
    }

    #[test]
    fn a_password_that_nobody_has_said_yet_is_asked_for_by_its_user() {
        assert_eq!(file("ann", None, &keys(), "").unwrap_err(), UnknownPassword("ann".into()));
    }
}
