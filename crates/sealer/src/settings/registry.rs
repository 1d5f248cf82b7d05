//! What a Clusterfile refers to for the site's registry: passwords from where it says that they are, certificates and authorities from files
//! of this machine.

use super::Environment;
use super::lookup::{Lookup, Source, absolute, home};
use crate::failure::Failure;
use sealer_cluster::{OwnCertificate, RegistrySecrets};
use sealer_host::Secret;
use sealer_model::cluster::SiteRegistry;
use sealer_model::clusterfile::{CertificateFiles, RegistrySettings};
use sealer_model::intention::SecretPlaces;
use std::fs;
use std::path::PathBuf;

const PASSWORD: Source<'static> =
    Source { flag: "the registry's password", variable: None, question: "Password of the registry's user: " };
const EXTERNAL: Source<'static> = Source {
    flag: "the external registry's password",
    variable: None,
    question: "Password at the external registry: ",
};

/// Where the secrets come from, with paths that are good wherever the work goes on.
pub(crate) fn secret_places(settings: &RegistrySettings, environment: &Environment) -> SecretPlaces {
    SecretPlaces::of(settings, &|path| absolute(path, environment))
}

/// The secrets.
///
/// # Errors
/// When a secret is to be asked for and nobody is there, or something is not where the Clusterfile says.
pub(crate) fn registry_secrets(
    settings: &RegistrySettings,
    lookup: &mut Lookup<'_>,
) -> Result<RegistrySecrets, Failure> {
    let environment = lookup.environment;
    let mut secrets = RegistrySecrets { places: secret_places(settings, environment), ..RegistrySecrets::default() };
    if let Some(written) = &settings.password {
        secrets.password = Some(lookup.referred(written, &PASSWORD)?);
    }
    for (pattern, written) in &settings.upstream_passwords {
        let question = format!("Password for the registry's upstream {pattern}: ");
        let source = Source { flag: "an upstream's password", variable: None, question: &question };
        let password = lookup.referred(written, &source)?;
        secrets.upstreams.insert(pattern.clone(), password);
    }
    if let Some(written) = &settings.external_password {
        secrets.external = Some(lookup.referred(written, &EXTERNAL)?);
    }
    secrets.certificate = settings.certificate.as_ref().map(|files| certificate(files, environment)).transpose()?;
    Ok(secrets)
}

fn certificate(files: &CertificateFiles, environment: &Environment) -> Result<OwnCertificate, Failure> {
    let certificate = text(&files.certificate, environment)?;
    let authority = files.authority.as_ref().map(|path| text(path, environment)).transpose()?;
    let key = Secret::new(text(&files.key, environment)?);
    Ok(OwnCertificate { authority: authority.unwrap_or_else(|| certificate.clone()), certificate, key })
}

/// Puts what authorities of upstreams and of an external registry hold into the desired state.
///
/// # Errors
/// When one cannot be read.
pub(crate) fn with_authorities(
    mut registry: SiteRegistry,
    settings: &RegistrySettings,
    environment: &Environment,
) -> Result<SiteRegistry, Failure> {
    for upstream in &mut registry.upstreams {
        let path = settings.upstream_authorities.get(&upstream.pattern);
        upstream.authority = path.map(|path| text(path, environment)).transpose()?;
    }
    if let Some(external) = &mut registry.external {
        let path = settings.external_authority.as_ref();
        external.authority = path.map(|path| text(path, environment)).transpose()?;
    }
    Ok(registry)
}

/// More than any certificate has.
const LONGEST: u64 = 1024 * 1024;

fn text(path: &str, environment: &Environment) -> Result<String, Failure> {
    let path: PathBuf = home(path, environment);
    let within = |error| Failure::of(error).within(format!("cannot read {}", path.display()));
    if fs::metadata(&path).map_err(within)?.len() > LONGEST {
        return Err(Failure::failed(format!("{} is larger than any certificate", path.display())));
    }
    fs::read_to_string(&path).map_err(within)
}

#[cfg(test)]
mod tests {
    use super::super::lookup::Prompt;
    use super::*;
    use sealer_model::clusterfile::Clusterfile;
    use std::io;
    use std::os::unix::fs::PermissionsExt as _;

    fn settings(local: &str) -> RegistrySettings {
        let text = format!(
            "apiVersion: sealer.io/v2\nkind: Cluster\nspec:\n  hosts: [{{ips: [10.0.0.1], roles: [master]}}]\n  \
             registry: {{localRegistry: {{{local}}}}}\n"
        );
        let read = Clusterfile::read("f", &text);
        read.fit().unwrap();
        read.cluster.registry
    }

    #[test]
    fn every_secret_comes_from_where_the_file_says() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        fs::write(&path, "of-a-file\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        let settings = settings(&format!(
            "username: ann, passwordFrom: {{env: PASS}}, upstreams: [{{match: a.example, username: x, passwordFrom: \
             {{file: {}}}}}, {{match: b.example, username: y, passwordFrom: {{prompt: true}}}}]",
            path.display()
        ));
        let environment = Environment { interactive: true, ..Environment::of(&[("PASS", "of-a-variable")]) };
        let prompt: Prompt<'_> = &|question| {
            assert_eq!(question, "Password for the registry's upstream b.example: ");
            Ok("answered".into())
        };
        let mut lookup = Lookup::new(&environment, prompt);
        let found = registry_secrets(&settings, &mut lookup).unwrap();
        assert_eq!(found.password.unwrap().reveal(), "of-a-variable");
        let upstreams: Vec<&str> = found.upstreams.values().map(Secret::reveal).collect();
        assert_eq!((upstreams, lookup.warnings), (vec!["of-a-file", "answered"], Vec::<String>::new()));
    }

    #[test]
    fn whoever_goes_on_finds_secrets_where_they_came_from_and_none_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["first", "registry.crt", "registry.key"] {
            fs::write(folder.path().join(name), format!("{name}-hunter2\n")).unwrap();
        }
        let settings = settings(
            "username: ann, passwordFrom: {file: ~/first}, cert: {certFile: ~/registry.crt, keyFile: ~/registry.key}, \
             upstreams: [{match: a.example, username: x, passwordFrom: {env: PASS}}, {match: b.example, username: y, \
             password: hunter2}]",
        );
        let home = folder.path().to_str().unwrap();
        let environment = Environment::of(&[("HOME", home), ("PASS", "hunter2")]);
        let nobody: Prompt<'_> = &|_| Err(io::ErrorKind::NotConnected.into());
        let read = |settings: &RegistrySettings, environment: &Environment| {
            registry_secrets(settings, &mut Lookup::new(environment, nobody)).unwrap()
        };
        let first = read(&settings, &environment);
        let kept = serde_json::to_string(&first.places).unwrap();
        assert!(!kept.contains("hunter2"), "{kept}");
        let places: SecretPlaces = serde_json::from_str(&kept).unwrap();
        // from another folder, by somebody whose home is elsewhere
        let again = read(&places.settings(), &Environment::of(&[("PASS", "hunter3")]));
        assert_eq!(again.password, first.password);
        assert_eq!(again.certificate.unwrap().key, first.certificate.unwrap().key);
        let upstreams: Vec<_> = again.upstreams.iter().map(|(name, it)| (name.as_str(), it.reveal())).collect();
        assert_eq!(upstreams, [("a.example", "hunter3")], "one that stood in the Clusterfile is known nowhere else");
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let settings = settings(
            "upstreams: [{match: a.example, caFile: /nowhere/ca.crt}], cert: {certFile: /nowhere/a, keyFile: /b}",
        );
        let nobody: Prompt<'_> = &|_| Err(io::ErrorKind::NotConnected.into());
        let environment = Environment::of(&[]);
        let failure = registry_secrets(&settings, &mut Lookup::new(&environment, nobody)).unwrap_err();
        assert!(failure.causes[0].contains("/nowhere/a"), "{failure:?}");
        let failure = with_authorities(settings.registry.clone(), &settings, &environment).unwrap_err();
        assert!(failure.causes[0].contains("/nowhere/ca.crt"), "{failure:?}");
    }
}
