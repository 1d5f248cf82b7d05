//! A cable that is cut in the middle of large blobs, and mended when sealer has given up: what the same command sends then is what was
//! missing. Beside it the same delivery undisturbed, so that what is not blobs counts on both sides.

use std::time::{Duration, Instant};

use super::{Bench, MEBIBYTES_AGAIN, deliver_arguments, unmet};
use crate::bench::Figure;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::hosts::network::Network;

/// Blobs that sealer sends at the same time.
const STREAMS: f64 = 4.0;
const MEBIBYTE: f64 = 1_048_576.0;
/// How long it may take until half of the payload is on its way.
const PATIENCE: Duration = Duration::from_secs(120);

pub(super) fn measure(bench: &Bench<'_>) -> Result<Figure> {
    let delivery = fresh(bench)?;
    let undisturbed = sent(bench, || delivery.show(&deliver_arguments(&delivery)))?;
    bench.fleet.down()?;
    let delivery = fresh(bench)?;
    let disturbed = sent(bench, || {
        cut(bench, &delivery)?;
        delivery.show(&deliver_arguments(&delivery))
    })?;
    let again = (disturbed - undisturbed).max(0.0) / MEBIBYTE / STREAMS;
    println!("    cable cut: {:.1} MB instead of {:.1} MB", disturbed / 1e6, undisturbed / 1e6);
    Ok(Figure {
        case: "cable cut in the middle: MiB sent again per stream".to_owned(),
        ours: again,
        peer: None,
        ratio: None,
        bound: format!("ours <= {MEBIBYTES_AGAIN} MiB"),
        holds: again <= MEBIBYTES_AGAIN,
    })
}

/// One host that has nothing, and a deliverer that knows nothing of it.
fn fresh(bench: &Bench<'_>) -> Result<Delivery> {
    let hosts = bench.fleet.up(1)?;
    let delivery = Delivery::new(bench.binary, &bench.root.join("root"), bench.fleet, &hosts)?;
    delivery.forget()?;
    bench.build(&delivery)?;
    Ok(delivery)
}

/// Cuts the cable when half of the payload has left, and mends it when sealer has given up.
fn cut(bench: &Bench<'_>, delivery: &Delivery) -> Result<()> {
    let before = bench.fleet.sent()?;
    let log = bench.root.join("cut.log");
    let mut child = delivery.start_verb(&deliver_arguments(delivery), &log)?;
    let deadline = Instant::now() + PATIENCE;
    while bench.fleet.sent()? - before < bench.payload.bytes / 2 {
        if child.try_wait().map_err(Error::file("wait for sealer, which writes", &log))?.is_some() {
            return Err(unmet("it ended before the cable was cut"));
        }
        if Instant::now() > deadline {
            return Err(unmet("half of the payload did not leave in time"));
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let network = Network::of(&bench.fleet.engine, delivery.master()?)?;
    network.cut()?;
    let status = child.wait().map_err(Error::file("wait for sealer, which writes", &log));
    network.mend()?;
    if status?.success() {
        return Err(unmet("it did not notice that the cable was cut"));
    }
    Ok(())
}

fn sent(bench: &Bench<'_>, work: impl FnOnce() -> Result<()>) -> Result<f64> {
    let before = bench.fleet.sent()?;
    work()?;
    Ok((bench.fleet.sent()? - before) as f64)
}
