//! The project's figures. Each is ours beside a peer's on the same machine in the same minute, with the bound that we promise; a bound
//! that does not hold is a failure.

mod applications;
mod charts;
mod checks;
mod deliver;
mod image;
mod measured;
mod registry;
mod run;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::folders::Folders;

/// One figure. Times are in seconds.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Figure {
    /// What was measured.
    pub(crate) case: String,
    /// Our value.
    pub(crate) ours: f64,
    /// The peer's value; none where there is no peer.
    pub(crate) peer: Option<f64>,
    /// Ours divided by the peer's.
    pub(crate) ratio: Option<f64>,
    /// The promise, in words.
    pub(crate) bound: String,
    /// Whether the promise is kept.
    pub(crate) holds: bool,
}

/// Measures what has that name, prints it as a table or as JSON, and fails when a bound does not hold. `hosts` are those of one
/// delivery; without, all fleets are measured.
pub(crate) fn bench(folders: &Folders, name: &str, json: bool, hosts: Option<usize>) -> Result<()> {
    let figures = match name {
        "applications" => applications::measure(folders)?,
        "charts" => charts::measure(folders)?,
        "checks" => checks::measure(folders)?,
        "deliver" => deliver::measure(folders, hosts)?,
        "image" => image::measure(folders)?,
        "registry" => registry::measure(folders)?,
        "run" => run::measure(folders, hosts)?,
        _ => {
            return Err(Error::unmet(format!(
                "there is no bench {name}; there are: applications, charts, checks, deliver, image, registry, run"
            )));
        }
    };
    if json {
        println!("{}", serde_json::to_string_pretty(&figures).map_err(Error::json("the figures"))?);
    } else {
        print_table(&figures);
    }
    let broken: Vec<&str> = figures.iter().filter(|figure| !figure.holds).map(|figure| figure.case.as_str()).collect();
    if broken.is_empty() {
        Ok(())
    } else {
        Err(Error::unmet(format!("the bound does not hold for: {}", broken.join("; "))))
    }
}

fn print_table(figures: &[Figure]) {
    let width = figures.iter().map(|figure| figure.case.len()).max().unwrap_or(0).max(4);
    println!("{:width$}  {:>9}  {:>9}  {:>6}  {:>5}  bound", "case", "ours", "peer", "ratio", "holds");
    for figure in figures {
        let (ours, peer) = (format!("{:.2}", figure.ours), optional(figure.peer));
        let (ratio, holds) = (optional(figure.ratio), if figure.holds { "yes" } else { "NO" });
        println!("{:width$}  {ours:>9}  {peer:>9}  {ratio:>6}  {holds:>5}  {}", figure.case, figure.bound);
    }
}

fn optional(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.2}"))
}
