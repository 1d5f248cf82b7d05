//! A hundred hosts that get 50 MB each. They are agents on one machine, so no time is promised: it must come to its end, what leaves the
//! deliverer is hardly more than one host gets, and the deliverer's memory does not grow with the hosts.

use std::path::PathBuf;

use super::payload::Shape;
use super::{Bench, deliver_arguments, left};
use crate::bench::Figure;
use crate::bench::measured::measured;
use crate::delivery::Delivery;
use crate::error::{Error, Result};
use crate::folders;

/// What a host gets.
pub(super) const SHAPE: Shape = Shape { large: 1, folders: 20 };
const HOSTS: usize = 100;
const MOST_MEMORY: f64 = 128.0 * 1_048_576.0;

/// A setting of this machine's kernel: systemd on a hundred hosts watches more files than one machine's programs do.
const WATCHERS: &str = "/proc/sys/fs/inotify/max_user_instances";

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Figure>> {
    let _watchers = Setting::change(WATCHERS, "8192")?;
    let hosts = bench.fleet.up(HOSTS)?;
    let delivery = Delivery::new(bench.binary, &bench.root.join("root"), bench.fleet, &hosts)?;
    delivery.forget()?;
    bench.build(&delivery)?;
    let before = bench.fleet.sent()?;
    let cost = measured(delivery.sealer(&deliver_arguments(&delivery)), &bench.root.join("hundred.log"))?;
    let sent = (bench.fleet.sent()? - before) as f64;
    println!("    {HOSTS} hosts: sealer {:.1} s", cost.seconds);
    // the program is the agent on every host, and as large as the payload here
    let program = std::fs::metadata(bench.binary).map_err(Error::file("look at", bench.binary))?.len();
    let payload = (bench.payload.bytes + program) as f64;
    Ok(vec![
        left(
            format!("{HOSTS} hosts, MB that leave the deliverer, beside what one host gets, the program included"),
            sent,
            payload,
        ),
        Figure {
            case: format!("{HOSTS} hosts, MiB of memory of the deliverer"),
            ours: cost.peak / 1_048_576.0,
            peer: None,
            ratio: None,
            bound: format!("ours <= {} MiB", MOST_MEMORY / 1_048_576.0),
            holds: cost.peak <= MOST_MEMORY,
        },
    ])
}

/// A setting that is put back in the end.
struct Setting {
    path: PathBuf,
    before: String,
}

impl Setting {
    fn change(path: &str, value: &str) -> Result<Self> {
        let path = PathBuf::from(path);
        let before = folders::read(&path)?;
        std::fs::write(&path, value).map_err(Error::file("write", &path))?;
        Ok(Self { path, before })
    }
}

impl Drop for Setting {
    fn drop(&mut self) {
        if let Err(error) = std::fs::write(&self.path, &self.before) {
            println!("    {} could not be put back: {error}", self.path.display());
        }
    }
}
