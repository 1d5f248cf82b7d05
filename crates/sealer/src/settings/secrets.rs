//! Secrets of the environment: what the references of a Clusterfile, or of the state that came from one, lead to. They are looked up once
//! for each verb.

use super::Environment;
use super::lookup::{Lookup, Source, absolute};
use crate::failure::Failure;
use sealer_model::cluster::{Cluster, NamedSecret, SecretPlace, Secrets};
use std::collections::BTreeSet;

/// The same cluster with paths that are good wherever the work goes on.
pub(crate) fn with_whole_paths(cluster: Cluster, environment: &Environment) -> Cluster {
    cluster.with_secret_files(&|path| absolute(path, environment))
}

/// The secrets.
///
/// # Errors
/// When a secret is to be asked for and nobody is there, or it is not where it should be.
pub(crate) fn environment_secrets(named: &BTreeSet<NamedSecret>, lookup: &mut Lookup<'_>) -> Result<Secrets, Failure> {
    let mut found = Vec::new();
    for (name, place) in named {
        let (flag, question) = (format!("the secret {name}"), format!("{name}: "));
        let source = Source { flag: &flag, variable: None, question: &question };
        let secret = lookup
            .fetched(place, &source)
            .map_err(|failure| failure.within(format!("there is no {name} for the environment")))?;
        if secret.reveal().is_empty() {
            return Err(Failure::failed(format!("the secret {name} of the environment is empty")));
        }
        found.push(((name.clone(), place.clone()), secret));
    }
    Ok(found.into_iter().collect())
}

/// Those that are at hand, for work that can be done without them, and what to warn about; nobody is asked.
pub(crate) fn secrets_at_hand(
    named: &BTreeSet<NamedSecret>,
    environment: &Environment,
    warnings: &mut Vec<String>,
) -> Secrets {
    let (mut found, mut lookup) = (Vec::new(), Lookup::at_hand(environment));
    for named in named.iter().filter(|(_, place)| *place != SecretPlace::Prompt) {
        let one = BTreeSet::from([named.clone()]);
        match environment_secrets(&one, &mut lookup) {
            Ok(secrets) => found.extend(secrets.known().cloned().map(|secret| (named.clone(), secret))),
            Err(failure) => warnings.push(failure.causes.join(": ")),
        }
    }
    warnings.append(&mut lookup.warnings);
    found.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn named(name: &str, place: SecretPlace) -> NamedSecret {
        (name.to_owned(), place)
    }

    fn revealed(secrets: &Secrets) -> Vec<&str> {
        secrets.known().map(sealer_model::Secret::reveal).collect()
    }

    #[test]
    fn each_comes_from_its_place_and_is_asked_for_by_its_name() {
        let asked = RefCell::new(Vec::new());
        let prompt = |question: &str| {
            asked.borrow_mut().push(question.to_owned());
            Ok("answered".to_owned())
        };
        let environment = Environment { interactive: true, ..Environment::of(&[("X", "of-variable")]) };
        let wanted = BTreeSet::from([named("A", SecretPlace::Variable("X".into())), named("B", SecretPlace::Prompt)]);
        let secrets = environment_secrets(&wanted, &mut Lookup::new(&environment, &prompt)).unwrap();
        assert_eq!(revealed(&secrets), ["of-variable", "answered"]);
        assert_eq!(*asked.borrow(), ["B: "]);
    }

    #[test]
    fn what_is_missing_or_empty_is_told_and_left_out_where_it_need_not_be() {
        let environment = Environment::of(&[("X", "x"), ("EMPTY", "")]);
        let variable = |name: &str| SecretPlace::Variable(name.into());
        for place in [variable("NOWHERE"), variable("EMPTY"), SecretPlace::Prompt] {
            let wanted = BTreeSet::from([named("A", place)]);
            let mut lookup = Lookup::new(&environment, &|_| Ok(String::new()));
            let failure = environment_secrets(&wanted, &mut lookup).unwrap_err();
            assert!(failure.causes.join(" ").contains('A'), "{failure:?}");
        }
        let wanted = BTreeSet::from([named("A", variable("NOWHERE")), named("B", variable("X"))]);
        let mut warnings = Vec::new();
        assert_eq!(revealed(&secrets_at_hand(&wanted, &environment, &mut warnings)), ["x"]);
        assert!(warnings[0].contains("NOWHERE"), "{warnings:?}");
    }
}
