//! `sealer build`.

use super::Context;
use super::blocking::blocking;
use super::remote::{self, Wishes};
use super::store::open;
use super::version;
use crate::args::{Allowed, Build, BuildMode, BuildNetwork, PullWhen};
use crate::failure::Failure;
use crate::output;
use crate::settings::Environment;
use sealer_build::{AllowMissing, ListedImage, Lock, Mode, Network, Options, ProgramFile, PullPolicy};
use sealer_image::remote::Login;
use sealer_model::image_list::{AuthenticatedImage, ImageList, authenticated_images};
use sealer_model::{Platform, Reference};
use std::path::{Path, PathBuf};

/// Builds an image and prints its name with its digest.
///
/// # Errors
/// When something in the Kubefile, the context or the images that they ask for is not as it should be.
pub(super) async fn build(request: Build, context: &Context) -> Result<(), Failure> {
    let folder = context.settings.store();
    let authenticated = request.image_list_with_auth.as_deref().map_or(Ok(Vec::new()), authenticated)?;
    let logins = authenticated.iter().map(|image| (image.name.repository(), login(image))).collect();
    let wishes = Wishes { logins, ..Wishes::insecure(&request.insecure, None) };
    let options = options(request, authenticated, &context.environment)?;
    let store = blocking(move || open(&folder)).await?;
    let client = remote::client(wishes, context).await?;
    let built = sealer_build::build(&store, &client, options, context.listener.clone()).await?;
    output::print(format!("{}@{}\n", built.name, built.descriptor.digest))
}

fn options(
    request: Build,
    authenticated: Vec<AuthenticatedImage>,
    environment: &Environment,
) -> Result<Options, Failure> {
    let list = request.image_list_with_auth.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
    let listed = |image: AuthenticatedImage| ListedImage { name: image.name, file: list.clone(), line: image.line };
    let here = Platform::from_machine(std::env::consts::ARCH);
    Ok(Options {
        kubefile: request.file.unwrap_or_else(|| request.context.join("Kubefile")),
        context: request.context,
        tag: request.tag,
        platforms: if request.platform.is_empty() { vec![here.clone()] } else { request.platform },
        machine: here,
        image_type: request.image_type,
        build_args: request.build_arg.into_iter().collect(),
        labels: request.label.into_iter().collect(),
        annotations: request.annotation.into_iter().collect(),
        image_lists: request.image_list,
        listed_images: authenticated.into_iter().map(listed).collect(),
        ignored_images: request.ignored_image_list.as_deref().map_or(Ok(Vec::new()), names)?,
        programs: programs(request.program),
        mode: match request.build_mode {
            BuildMode::All => Mode::All,
            BuildMode::Lite => Mode::Lite,
        },
        allow_missing: allow_missing(request.allow_missing),
        allow_unsearched: request.allow_unsearched,
        pull_policy: match request.pull {
            PullWhen::Always => PullPolicy::Always,
            PullWhen::Missing => PullPolicy::Missing,
            PullWhen::Never => PullPolicy::Never,
            PullWhen::IfNewer => PullPolicy::IfNewer,
        },
        source_date_epoch: source_date_epoch(environment)?,
        sealer_version: version::number(),
        locked: request.locked.as_deref().map(Lock::read).transpose()?,
        lock: request.lock,
        network: match request.network {
            BuildNetwork::Host => Network::Host,
            BuildNetwork::None => Network::None,
        },
        no_cache: request.no_cache,
        runner: PathBuf::from("/proc/self/exe"),
    })
}

/// The programs that were named, or else those that lie beside this one.
fn programs(named: Vec<(Platform, PathBuf)>) -> Vec<ProgramFile> {
    if named.is_empty() {
        let own = std::env::current_exe().ok();
        return own.as_deref().and_then(Path::parent).map(beside).unwrap_or_default();
    }
    named.into_iter().map(|(platform, path)| ProgramFile { platform, path, named: true }).collect()
}

/// Files of a folder that are called like programs for hosts: `sealer-linux-arm64`.
fn beside(folder: &Path) -> Vec<ProgramFile> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<ProgramFile> = entries
        .filter(|entry| entry.path().is_file())
        .filter_map(|entry| {
            let name = entry.file_name();
            let architecture = name.to_str()?.strip_prefix("sealer-linux-")?;
            let platform = Platform::linux(architecture);
            Some(ProgramFile { platform, path: entry.path(), named: false })
        })
        .collect();
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Without a name, the flag means every image.
fn allow_missing(given: Vec<Allowed>) -> AllowMissing {
    let mut names = Vec::new();
    for allowed in given {
        match allowed {
            Allowed::All => return AllowMissing::All,
            Allowed::Image(name) => names.push(name),
        }
    }
    if names.is_empty() { AllowMissing::None } else { AllowMissing::Named(names) }
}

/// The images of a list that says who may pull them.
fn authenticated(list: &Path) -> Result<Vec<AuthenticatedImage>, Failure> {
    Ok(authenticated_images(&list.display().to_string(), &read(list)?)?)
}

fn login(image: &AuthenticatedImage) -> Login {
    Login { user: image.user.clone(), password: image.password.reveal().to_owned() }
}

fn read(list: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(list).map_err(|error| Failure::of(error).within(format!("cannot read {}", list.display())))
}

/// The images of a list.
fn names(list: &Path) -> Result<Vec<Reference>, Failure> {
    let text = read(list)?;
    let list = ImageList::parse(&list.display().to_string(), &text)?;
    Ok(list.entries.into_iter().map(|entry| entry.name).collect())
}

/// The time of the image's files, as <https://reproducible-builds.org> has it.
fn source_date_epoch(environment: &Environment) -> Result<Option<u64>, Failure> {
    let Some(text) = environment.text("SOURCE_DATE_EPOCH") else {
        return Ok(None);
    };
    let invalid = |_| Failure::usage(format!("SOURCE_DATE_EPOCH is \"{text}\", which is no number of seconds"));
    text.parse().map(Some).map_err(invalid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_beside_are_known_by_their_names() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["sealer", "sealer-linux-arm64", "sealer-linux-s390x", "sealer-darwin-arm64"] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::create_dir(folder.path().join("sealer-linux-amd64")).unwrap();
        let found = beside(folder.path());
        let platforms: Vec<String> = found.iter().map(|file| file.platform.to_string()).collect();
        assert_eq!(platforms, ["linux/arm64", "linux/s390x"]);
        assert!(found.iter().all(|file| !file.named));
    }

    #[test]
    fn the_time_of_an_image_comes_from_the_environment() {
        let read = |text| source_date_epoch(&Environment::of(&[("SOURCE_DATE_EPOCH", text)]));
        assert_eq!(read("1700000000").unwrap(), Some(1_700_000_000));
        assert_eq!(read("").unwrap(), None);
        assert!(read("yesterday").is_err());
    }
}
