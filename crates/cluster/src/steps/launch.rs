//! How applications are launched on the first master: their commands run in the rootfs, and a mark with the digest of what
//! was launched tells a later run that nothing is left to do.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::On;
use crate::steps::registry::file;
use sealer_model::Digest;
use sealer_model::launch::Launched;

/// Whether all of them were launched in exactly this form.
pub(super) async fn are_launched(on: &On<'_, Delivery>, applications: &[Launched]) -> Result<bool, Error> {
    for application in applications {
        let mark = mark(on, application);
        let found = on.agent()?.read_file(&mark.path).await?;
        if found.as_deref() != Some(mark.digest.as_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Launches them in order.
pub(super) async fn launch(on: &On<'_, Delivery>, step: &str, applications: &[Launched]) -> Result<(), Error> {
    for application in applications {
        for command in &application.commands {
            let mut shell = on.context.command("sh", &["-c", command]);
            shell.environment.extend(application.environment.clone());
            shell.directory = Some(on.context.rootfs());
            on.fleet().run(on.address(), step, shell).await?;
        }
        let mark = mark(on, application);
        on.change(vec![file(mark.path, 0o644, &mark.digest)], false).await?;
    }
    Ok(())
}

struct Mark {
    path: String,
    digest: String,
}

/// The mark covers the image, because the files that the commands name are in it.
fn mark(on: &On<'_, Delivery>, application: &Launched) -> Mark {
    let name = application.application.as_deref().unwrap_or(".commands");
    let image = &on.context.bundle.index.digest;
    let what = format!("{image}\n{:?}\n{:?}", application.commands, application.environment);
    Mark { path: format!("{}/launched/{name}", on.cluster().folder()), digest: Digest::of(what.as_bytes()).to_string() }
}
