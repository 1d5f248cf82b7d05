//! `bench charts`: the real charts beside the repository, rendered by us and by Helm's own engine on this machine in the same minutes,
//! and compared with what Helm makes of them. Keys are left out of the race: ours are thrown away, as in a build, where nobody uses
//! them; the case that makes them for real stands beside it without a bound, for it measures luck in finding primes.

use super::Figure;
use crate::command::Program;
use crate::error::{Error, Result};
use crate::folders::{self, Folders};
use crate::{dist, prepare, python};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// Where the charts are, from the repository.
const CORPUS: &str = "../shared/charts/corpus.tar.zst";
/// How often everything is measured; the best of the times counts, for both.
const ROUNDS: usize = 3;
/// Ours takes at most so much of Helm's time.
const TIME: f64 = 0.1;
/// Of the files that Helm renders the same each time, at least so many are equal.
const EQUAL: f64 = 0.99;

/// What the program `corpus` of the chart crate prints.
#[derive(Debug, Deserialize)]
struct Rendered {
    charts: usize,
    files: usize,
    equal: usize,
    random_files: usize,
    random_equal: usize,
    render_seconds: f64,
    steady_charts: usize,
    steady_seconds: f64,
}

/// Loads and renders every chart of the corpus named; prints the seconds that took, and those of the charts that make no keys.
const HELM: &str = "
import json, os, sys, time, helm_python
corpus = sys.argv[1]
total = steady = 0
for name in sorted(os.listdir(os.path.join(corpus, 'charts'))):
    with open(os.path.join(corpus, 'expected', name + '.json')) as file:
        same = json.load(file)['same_each_time']
    started = time.monotonic()
    helm_python.Chart.load(os.path.join(corpus, 'charts', name)).render({}, name='rel', namespace='ns1')
    took = time.monotonic() - started
    total += took
    steady += took if all(same.values()) else 0
print(json.dumps({'total': total, 'steady': steady}))
";

/// What that prints, in seconds.
#[derive(Debug, Deserialize)]
struct Helm {
    total: f64,
    steady: f64,
}

/// Renders all charts, with Helm in turns.
pub(super) fn measure(folders: &Folders) -> Result<Vec<Figure>> {
    prepare::run()?;
    let python = python::ensure(folders)?;
    let ours = program(folders)?;
    let corpus = unpacked(folders)?;
    let (mut best, mut helm) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        best.push(rendered(&ours, &corpus, &["--throwaway"])?);
        helm.push(seconds_of_helm(&python, &corpus)?);
    }
    let whole = rendered(&ours, &corpus, &[])?;
    let (total, steady) = (|helm: &Helm| helm.total, |helm: &Helm| helm.steady);
    let mut figures = files(&whole);
    figures.extend(times(&whole, least(&best, |ours| ours.render_seconds), least(&helm, total)));
    let case = format!("the {} charts of them that make no keys, seconds", whole.steady_charts);
    figures.push(time(case, least(&best, |ours| ours.steady_seconds), least(&helm, steady), None));
    folders::remove(&corpus)?;
    figures.push(images(folders)?);
    Ok(figures)
}

/// How many of the images that PodSpecs of Helm's renderings name are found. The test that counts them also fails when it finds a name that
/// is no image.
fn images(folders: &Folders) -> Result<Figure> {
    let test = ["test", "--quiet", "--package", "sealer-build", "--test", "corpus", "all_images", "--", "--nocapture"];
    let outcome = Program::new(dist::cargo()).arguments(test).folder(&folders.repository).attempt()?;
    let told = outcome.stderr.lines().find_map(counted);
    let (wanted, missed) = told.ok_or_else(|| Error::unmet(format!("no count of images in:\n{}", outcome.stderr)))?;
    let found = wanted.saturating_sub(missed);
    Ok(Figure {
        case: "images in PodSpecs found, and nothing that is none".to_owned(),
        ours: found as f64,
        peer: Some(wanted as f64),
        ratio: Some(found as f64 / wanted as f64),
        bound: "at least 99 %".to_owned(),
        holds: outcome.success() && found as f64 >= EQUAL * wanted as f64,
    })
}

/// `57 charts, 116 images in PodSpecs, 0 missed, 20 beyond`
fn counted(line: &str) -> Option<(usize, usize)> {
    let number = |before: &str| line.split(before).next()?.rsplit(' ').next()?.parse().ok();
    Some((number(" images in PodSpecs")?, number(" missed")?))
}

/// What is equal.
fn files(whole: &Rendered) -> Vec<Figure> {
    let count = |case: &str, ours: usize, of: usize, bound: &str, holds: bool| Figure {
        case: case.to_owned(),
        ours: ours as f64,
        peer: Some(of as f64),
        ratio: Some(ours as f64 / of as f64),
        bound: bound.to_owned(),
        holds,
    };
    let (equal, all) = (whole.equal, whole.files);
    let (random_equal, random) = (whole.random_equal, whole.random_files);
    vec![
        count("files as Helm's, byte for byte", equal, all, "at least 99 %", equal as f64 >= EQUAL * all as f64),
        count("files with random words, as Helm's but for these", random_equal, random, "all", random_equal == random),
    ]
}

/// How long it takes: as a build renders, and with every key made for real.
fn times(whole: &Rendered, ours: f64, helm: f64) -> [Figure; 2] {
    let charts = whole.charts;
    [
        time(format!("load and render {charts} charts, seconds"), ours, helm, Some(TIME)),
        time(format!("the same with keys for {charts} charts, seconds"), whole.render_seconds, helm, None),
    ]
}

fn time(case: String, ours: f64, helm: f64, bound: Option<f64>) -> Figure {
    let text = bound.map_or_else(|| "none".to_owned(), |bound| format!("at most {bound} x Helm's Go engine"));
    let holds = bound.is_none_or(|bound| ours <= bound * helm);
    Figure { case, ours, peer: Some(helm), ratio: Some(ours / helm), bound: text, holds }
}

fn least<T>(rounds: &[T], seconds: impl Fn(&T) -> f64) -> f64 {
    rounds.iter().map(seconds).fold(f64::INFINITY, f64::min)
}

/// The chart crate's program, optimized.
fn program(folders: &Folders) -> Result<PathBuf> {
    let build = ["build", "--release", "--quiet", "--package", "sealer-chart", "--example", "corpus"];
    Program::new(dist::cargo()).arguments(build).folder(&folders.repository).run()?;
    Ok(dist::target(folders).join("release/examples/corpus"))
}

fn unpacked(folders: &Folders) -> Result<PathBuf> {
    let archive = folders.repository.join(CORPUS);
    if !archive.exists() {
        return Err(Error::unmet(format!("{CORPUS} is not there, so there are no charts to render")));
    }
    let folder = folders.cache.join("bench-charts");
    folders::remove(&folder)?;
    folders::create(&folder)?;
    let unpack = Program::new("tar").argument("--extract").argument("--zstd").argument("--file").argument(&archive);
    unpack.argument("--directory").argument(&folder).output()?;
    Ok(folder)
}

fn rendered(program: &Path, corpus: &Path, options: &[&str]) -> Result<Rendered> {
    let outcome = Program::new(program).argument(corpus).arguments(options).output()?;
    serde_json::from_str(&outcome).map_err(Error::json("the figures of the charts"))
}

fn seconds_of_helm(python: &Path, corpus: &Path) -> Result<Helm> {
    let told = Program::new(python).arguments(["-c", HELM]).argument(corpus).output()?;
    serde_json::from_str(&told).map_err(Error::json("Helm's times"))
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn the_count_of_images_is_read_from_the_tests_words() {
        assert_eq!(counted("57 charts, 116 images in PodSpecs, 2 missed, 20 beyond"), Some((116, 2)));
        assert_eq!(counted("running 3 tests"), None);
    }
}
