//! The account that pods run as who name none: a controller makes `default` in every namespace, and its token, a moment after the
//! namespace is there. Until then the server refuses such pods. Workloads are tried again by their controllers; a pod that comes by itself
//! is tried again here, but only after that very refusal: where no controller runs, nobody ever makes the account.

use crate::error::{Error, Result};
use crate::wait::{Deadline, PAUSE};

/// Attempts until the account is there, or the time is over.
pub(super) async fn once_there<T, F>(deadline: Deadline, attempt: impl Fn() -> F) -> Result<T>
where
    F: Future<Output = Result<T>>,
{
    loop {
        match attempt().await {
            Err(error) if is_missing(&error) && deadline.is_over() => {
                return Err(Error::NoAccount { seconds: deadline.seconds(), source: Box::new(error) });
            }
            Err(error) if is_missing(&error) => tokio::time::sleep(PAUSE).await,
            other => return other,
        }
    }
}

/// Whether a pod was refused because of what the controller has not made yet: the account, or, before Kubernetes 1.22, its token.
fn is_missing(error: &Error) -> bool {
    let Error::Refused { reason, message, .. } = error else { return false };
    match reason.as_str() {
        "Forbidden" => {
            message.contains("error looking up service account")
                && message.contains("serviceaccount \"default\" not found")
        }
        "ServerTimeout" => message.contains("No API token found for service account \"default\""),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_default_account_is_waited_for() {
        let refused = |reason: &str, message: &str| {
            let (method, path) = (String::new(), String::new());
            Error::Refused {
                method,
                path,
                code: 403,
                reason: reason.to_owned(),
                message: message.to_owned(),
                causes: Vec::new(),
            }
        };
        let lookup = |name: &str| {
            format!(
                "pods \"a\" is forbidden: error looking up service account shop/{name}: serviceaccount \"{name}\" not found"
            )
        };
        let token =
            "No API token found for service account \"default\", retry after the token is automatically created";
        assert!(is_missing(&refused("Forbidden", &lookup("default"))));
        assert!(is_missing(&refused("ServerTimeout", token)));
        assert!(!is_missing(&refused("Forbidden", &lookup("robot"))), "nobody makes it by himself");
        assert!(!is_missing(&refused("Forbidden", "pods \"a\" is forbidden: exceeded quota: small")));
        assert!(!is_missing(&refused("NotFound", "serviceaccounts \"default\" not found")));
    }
}
