//! `sealer registry gc`, `usage` and `verify`.

use super::layout;
use crate::actions::Context;
use crate::actions::blocking::blocking;
use crate::actions::store::open;
use crate::args::{Gc, OutputFormat, Served, Usage, Verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use sealer_image::{Collected, Store};
use sealer_registry::upkeep::{self, Faults};
use std::time::Duration;

/// Removes what no image needs.
pub(super) async fn collect(request: Gc, context: &Context) -> Result<(), Failure> {
    let age = Duration::from_secs(request.older_than.saturating_mul(60));
    let dry_run = request.dry_run;
    let unused =
        request.cached_days.map_or(Duration::MAX, |days| Duration::from_secs(days.saturating_mul(24 * 60 * 60)));
    let most = request.cached_bytes.unwrap_or(u64::MAX);
    let work = move |store: Store| {
        let garbage = match dry_run {
            true => store.garbage_older_than(age),
            false => store.collect_garbage_older_than(age),
        }?;
        let cached = upkeep::trim_cache(&store, most, unused, dry_run)?;
        Ok::<_, sealer_image::Error>(Collected {
            blobs: garbage.blobs + cached.blobs,
            bytes: garbage.bytes + cached.bytes,
        })
    };
    let collected = with_store(&request.served, context, move |store| Ok(work(store)?)).await?;
    if request.served.output == OutputFormat::Json {
        return output::print_json(&collected);
    }
    let done = if dry_run { "would remove" } else { "removed" };
    output::print(format!("{done} {} blobs, {}\n", collected.blobs, output::size(collected.bytes)))
}

/// Says what takes how much room.
pub(super) async fn usage(request: Usage, context: &Context) -> Result<(), Failure> {
    let usage = with_store(&request.served, context, |store| Ok(upkeep::usage(&store)?)).await?;
    if request.served.output == OutputFormat::Json {
        return output::print_json(&usage);
    }
    let row = |name: &str, images: String, bytes: u64, alone: Option<u64>| {
        [name.to_owned(), images, output::size(bytes), alone.map_or_else(|| "-".to_owned(), output::size)]
    };
    let head = ["REPOSITORY", "IMAGES", "SIZE", "ALONE"].map(str::to_owned);
    let repositories = usage.repositories.iter().map(|it| {
        let name = if it.repository.is_empty() { "<none>" } else { &it.repository };
        row(name, it.images.to_string(), it.bytes, Some(it.alone))
    });
    let sums = [
        row("(all)", "-".to_owned(), usage.bytes, None),
        row("(garbage)", "-".to_owned(), usage.garbage_bytes, None),
        row("(cached)", "-".to_owned(), usage.cached_bytes, None),
    ];
    output::print(output::table(&[head].into_iter().chain(repositories).chain(sums).collect::<Vec<_>>()))
}

/// Reads everything and compares it with its digest.
pub(super) async fn verify(request: Verify, context: &Context) -> Result<Exit, Failure> {
    let faults = with_store(&request.served, context, |store| Ok(upkeep::verify(&store)?)).await?;
    if request.served.output == OutputFormat::Json {
        output::print_json(&faults)?;
    } else {
        output::print(told(&faults))?;
    }
    Ok(if faults.is_empty() { Exit::Done } else { Exit::ProblemsFound })
}

fn told(faults: &Faults) -> String {
    let damaged = faults.damaged.iter().map(|digest| format!("damaged {digest}\n"));
    let missing = faults.missing.iter().map(|it| format!("missing {} of {}\n", it.digest, it.image));
    let sum = format!(
        "{} blobs, {}: {} damaged, {} missing\n",
        faults.checked,
        output::size(faults.bytes),
        faults.damaged.len(),
        faults.missing.len()
    );
    damaged.chain(missing).chain([sum]).collect()
}

async fn with_store<T: Send + 'static>(
    served: &Served,
    context: &Context,
    work: impl FnOnce(Store) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let folder = served.store.clone().unwrap_or_else(|| layout(&context.settings.root));
    blocking(move || work(open(&folder)?)).await
}
