//! The order of things: configs of templates first, then templates are filled in, then configs of all other files. So a config may
//! change a template as well as what becomes of it.

use crate::error::Error;
use crate::merge::merge;
use crate::process::process;
use crate::template::{fill_in, is_template, product};
use sealer_model::bundle::{RootfsFile, RootfsFiles};
use sealer_model::cluster::{Cluster, Config, Environment, Member, Secrets, Strategy};
use sealer_model::image::Extension;
use sealer_template::MissingKey;
use std::collections::BTreeMap;

/// A file as the site wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TailoredFile {
    /// Its path below the rootfs.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
    /// What it holds.
    pub text: String,
}

/// The permission bits of a file that the image does not have.
const NEW: u32 = 0o644;

/// Whether a file of the image has to be at hand to carry out these configs.
#[must_use]
pub fn is_wanted(configs: &[Config], path: &str) -> bool {
    is_template(path) || configs.iter().any(|config| config.file() == path)
}

/// Permissions that nobody has but the owner.
const OWNER: u32 = 0o700;

/// Every file that is other on that host than the image brings it, by path. One that knows a secret is its owner's alone.
///
/// # Errors
/// When a template or a config cannot be carried out.
pub fn tailor(
    cluster: &Cluster,
    extension: &Extension,
    member: &Member,
    originals: &RootfsFiles,
    secrets: &Secrets,
) -> Result<Vec<TailoredFile>, Error> {
    let mut files = with(cluster, extension, member, originals, secrets)?;
    if !secrets.is_empty() {
        // whatever was made of a secret, in base64 or as a hash: it is another with another secret. Where no other will do, who knows
        let others = with(cluster, extension, member, originals, &secrets.others()).unwrap_or_default();
        for file in
            files.iter_mut().filter(|file| !others.iter().any(|it| it.path == file.path && it.text == file.text))
        {
            file.mode &= OWNER;
        }
    }
    Ok(files)
}

fn with(
    cluster: &Cluster,
    extension: &Extension,
    member: &Member,
    originals: &RootfsFiles,
    secrets: &Secrets,
) -> Result<Vec<TailoredFile>, Error> {
    let mut bench = Bench { cluster, extension, member, originals, secrets, done: BTreeMap::new() };
    let (of_templates, others): (Vec<&Config>, Vec<&Config>) =
        cluster.site.configs.iter().partition(|config| is_template(&config.file()));
    of_templates.into_iter().try_for_each(|config| bench.write(config))?;
    bench.fill_in_templates()?;
    others.into_iter().try_for_each(|config| bench.write(config))?;
    Ok(bench.done.into_values().collect())
}

/// The files at hand that the site leaves as the image brings them: where a config is gone that once changed one, it has to be written
/// back. What is no text never was changed.
#[must_use]
pub fn untouched(originals: &RootfsFiles, tailored: &[TailoredFile]) -> Vec<TailoredFile> {
    let is_tailored = |path: &String| tailored.iter().any(|file| file.path == *path);
    let left = originals.iter().filter(|(path, _)| !is_tailored(path));
    let file = |(path, original): (&String, &RootfsFile)| {
        let text = String::from_utf8(original.bytes.clone()).ok()?;
        Some(TailoredFile { path: path.clone(), mode: original.mode, text })
    };
    left.filter_map(file).collect()
}

/// The work on one host's files.
struct Bench<'a> {
    cluster: &'a Cluster,
    extension: &'a Extension,
    member: &'a Member,
    originals: &'a RootfsFiles,
    secrets: &'a Secrets,
    done: BTreeMap<String, TailoredFile>,
}

impl Bench<'_> {
    fn environment(&self, path: &str) -> Environment {
        match path.strip_prefix("application/apps/").and_then(|below| below.split_once('/')) {
            Some((application, _)) => {
                self.cluster.application_environment(self.extension, application, self.member, self.secrets)
            }
            None => self.cluster.environment(self.extension, self.member, self.secrets),
        }
    }

    /// The text of a file as it is so far; none where neither image nor site has it.
    fn text(&self, path: &str) -> Result<Option<String>, Error> {
        if let Some(done) = self.done.get(path) {
            return Ok(Some(done.text.clone()));
        }
        let Some(original) = self.originals.get(path) else { return Ok(None) };
        let text = String::from_utf8(original.bytes.clone());
        text.map(Some).map_err(|_| Error::NotText { path: path.to_owned() })
    }

    fn put(&mut self, path: &str, like: &str, text: String) {
        let brought = || [path, like].iter().find_map(|path| self.originals.get(*path)).map(|original| original.mode);
        let mode = self.done.get(path).map(|done| done.mode).or_else(brought).unwrap_or(NEW);
        self.done.insert(path.to_owned(), TailoredFile { path: path.to_owned(), mode, text });
    }

    fn rendered(&self, path: &str, text: &str) -> Result<String, Error> {
        fill_in(path, text, self.environment(path), MissingKey::Error).map_err(|reason| Error::Template {
            path: path.to_owned(),
            host: self.member.address.to_string(),
            reason,
        })
    }

    fn fill_in_templates(&mut self) -> Result<(), Error> {
        let paths = self.originals.keys().chain(self.done.keys());
        let templates: Vec<String> = paths.filter(|path| is_template(path)).cloned().collect();
        for path in templates {
            let text = self.text(&path)?.unwrap_or_default();
            let filled = self.rendered(&path, &text)?;
            self.put(product(&path), &path, filled);
        }
        Ok(())
    }

    fn write(&mut self, config: &Config) -> Result<(), Error> {
        let path = config.file();
        let failed = |reason| Error::Config { name: config.name.clone(), path: path.clone(), reason };
        let data = match config.process.split_first() {
            Some((first, others)) if first == "render" => process(&self.rendered(&path, &config.data)?, others),
            _ => process(&config.data, &config.process),
        };
        let data = data.map_err(failed)?;
        let there = self.text(&path)?;
        let into_secret = config.process.iter().any(|it| it == "toSecret");
        let text = match (config.strategy, there) {
            (_, None) if into_secret => {
                return Err(failed("toSecret wants a Secret there, and the image has no such file".into()));
            }
            (Strategy::Merge, Some(there)) => merge(&there, &data).map_err(failed)?,
            (_, Some(there)) if into_secret => merge(&there, &data).map_err(failed)?,
            (Strategy::Render, _) => self.rendered(&path, &data)?,
            (Strategy::Overwrite | Strategy::Merge, _) => data,
        };
        self.put(&path, &path, text);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::Digest;
    use sealer_model::cluster::{DEFAULT_DATA_ROOT, Role, SecretPlace, Site, SiteRegistry};
    use sealer_model::image::Application;

    fn originals(files: &[(&str, &str)]) -> RootfsFiles {
        let file = |(path, text): &(&str, &str)| {
            ((*path).to_owned(), RootfsFile { bytes: text.as_bytes().to_vec(), mode: 0o600 })
        };
        files.iter().map(file).collect()
    }

    fn config(path: &str, strategy: Strategy, data: &str) -> Config {
        Config { name: "c".into(), path: path.into(), strategy, data: data.into(), ..Config::default() }
    }

    fn tailored(configs: Vec<Config>, files: &[(&str, &str)]) -> Result<Vec<(String, u32, String)>, String> {
        tailored_with(Site { configs, ..Site::default() }, files, &Secrets::default())
    }

    fn tailored_with(
        site: Site,
        files: &[(&str, &str)],
        secrets: &Secrets,
    ) -> Result<Vec<(String, u32, String)>, String> {
        let member = Member { address: "10.0.0.1".parse().unwrap(), ssh_port: 22, role: Role::Master };
        let cluster = Cluster {
            name: "c".into(),
            image: "i:v1".parse().unwrap(),
            image_digest: Digest::of(b""),
            members: vec![member.clone()],
            registry: SiteRegistry::default(),
            container_runtime: Default::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: Environment::from([("Who".to_owned(), "cluster".to_owned())]),
            applications: None,
            commands: Vec::new(),
            site,
            former_images: Vec::new(),
            image_changes: 0,
            adopted: None,
        };
        let env = Environment::from([("Who".to_owned(), "web".to_owned())]);
        let web = Application { name: "web".into(), env, ..Application::default() };
        let extension = Extension { applications: vec![web], ..Extension::default() };
        let files =
            tailor(&cluster, &extension, &member, &originals(files), secrets).map_err(|error| error.to_string())?;
        Ok(files.into_iter().map(|file| (file.path, file.mode, file.text)).collect())
    }

    fn file(path: &str, mode: u32, text: &str) -> (String, u32, String) {
        (path.to_owned(), mode, text.to_owned())
    }

    #[test]
    fn templates_see_the_environment_of_their_application() {
        let files = [
            ("etc/a.yml.tmpl", "{{ .Who }} {{ .HostIP }}"),
            ("application/apps/web/b.tmpl", "{{ .Who }}"),
            ("etc/c", "x"),
        ];
        let expected = [file("application/apps/web/b", 0o600, "web"), file("etc/a.yml", 0o600, "cluster 10.0.0.1")];
        assert_eq!(tailored(Vec::new(), &files).unwrap(), expected);
        let error = tailored(Vec::new(), &[("etc/a.tmpl", "{{ .Nobody }}")]).unwrap_err();
        assert!(error.starts_with("etc/a.tmpl: the template cannot be filled in for 10.0.0.1"), "{error}");
    }

    #[test]
    fn configs_change_templates_and_what_becomes_of_them() {
        let configs = vec![
            config("etc/a.yml", Strategy::Merge, "b: 2"),
            config("etc/a.yml.tmpl", Strategy::Overwrite, "a: {{ .Who }}\n"),
            config("etc/new", Strategy::Render, "{{ .Who }}"),
            Config { application: Some("web".into()), ..config("values.yaml", Strategy::Merge, "x: 1\n") },
        ];
        let expected = [
            file("application/apps/web/values.yaml", 0o644, "x: 1\n"),
            file("etc/a.yml", 0o600, "a: cluster\nb: 2\n"),
            file("etc/a.yml.tmpl", 0o600, "a: {{ .Who }}\n"),
            file("etc/new", 0o644, "cluster"),
        ];
        assert_eq!(tailored(configs, &[("etc/a.yml.tmpl", "old")]).unwrap(), expected);
    }

    #[test]
    fn what_knows_a_secret_is_for_its_owner_alone() {
        let place = SecretPlace::Variable("X".into());
        let env_from = [("Password".to_owned(), place.clone())].into();
        let merged = |process: &[&str], data: &str| Config {
            process: process.iter().map(|it| (*it).to_owned()).collect(),
            ..config("etc/s.yaml", Strategy::Merge, data)
        };
        let configs = vec![
            config("etc/open", Strategy::Render, "{{ .Who }}"),
            config("etc/hash", Strategy::Render, "{{ .Password | sha256sum }}"),
            merged(&["render", "value", "toBase64", "toSecret"], "key: {{ .Password | quote }}"),
            merged(&[], "kind: Secret"),
        ];
        let site = Site { configs, env_from, ..Site::default() };
        let secret = sealer_model::Secret::new("hunter2");
        let secrets: Secrets = [(("Password".to_owned(), place), secret)].into_iter().collect();
        let files = [("etc/s.yaml", "kind: Secret\ndata: {}\n")];
        let made = tailored_with(site.clone(), &files, &secrets).unwrap();
        let modes: Vec<(&str, u32)> = made.iter().map(|(path, mode, _)| (path.as_str(), *mode)).collect();
        assert_eq!(modes, [("etc/hash", 0o600), ("etc/open", 0o644), ("etc/s.yaml", 0o600)]);
        assert!(made[2].2.contains("key: aHVudGVyMg=="), "{}", made[2].2);
        let error = tailored_with(site, &files, &Secrets::default()).unwrap_err();
        assert!(error.contains("Password"), "{error}");
    }

    #[test]
    fn a_file_without_its_config_is_as_the_image_brings_it() {
        let there = originals(&[("etc/a", "image"), ("etc/b", "image")]);
        let tailored = [TailoredFile { path: "etc/a".into(), mode: 0o600, text: "site".into() }];
        let left = untouched(&there, &tailored);
        assert_eq!(left, [TailoredFile { path: "etc/b".into(), mode: 0o600, text: "image".into() }]);
    }

    #[test]
    fn a_secret_is_filled_where_it_is() {
        let secret = Config {
            process: vec!["value".into(), "toBase64".into(), "toSecret".into()],
            ..config("etc/s.yaml", Strategy::Overwrite, "user: root")
        };
        let files = [("etc/s.yaml", "kind: Secret\ndata:\n  old: eA==\n")];
        let expected = [file("etc/s.yaml", 0o600, "kind: Secret\ndata:\n  old: eA==\n  user: cm9vdA==\n")];
        assert_eq!(tailored(vec![secret.clone()], &files).unwrap(), expected);
        let error = tailored(vec![secret], &[]).unwrap_err();
        assert_eq!(error, "config c, file etc/s.yaml: toSecret wants a Secret there, and the image has no such file");
    }
}
