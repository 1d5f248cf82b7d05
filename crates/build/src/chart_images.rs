//! The container images of one chart under given values, each with the reasons why: what a build would find in it.

use crate::discovery::{Discovered, ImageFields, RenderedRelease, Unsearched};
use sealer_chart::{ExpressionKind, Rendered, Request};
use sealer_model::Reference;
use sealer_model::image::Demand;
use serde::Serialize;

/// What a chart names.
#[derive(Clone, Debug, Serialize)]
pub struct ChartImages {
    /// The images, by name.
    pub images: Vec<ChartImage>,
    /// Templates that may name more.
    pub unsearched: Vec<Unsearched>,
    /// What is odd about the values.
    #[serde(skip)]
    pub warnings: Vec<String>,
}

/// An image that a chart names.
#[derive(Clone, Debug, Serialize)]
pub struct ChartImage {
    /// Its name.
    pub name: Reference,
    /// Every place that names it.
    pub demands: Vec<Demand>,
}

/// Finds the images that a chart names; `chart` is what the chart is called in the reasons.
///
/// # Errors
/// The chart cannot be loaded, given its values or rendered.
pub fn chart_images(chart: &str, request: &Request) -> Result<ChartImages, sealer_chart::Error> {
    let rendered = sealer_chart::template(request)?;
    let mut discovered = Discovered::default();
    release(chart, request, &rendered).search(&ImageFields::known(), &mut discovered);
    let images = discovered.demands.0.into_iter().map(|(name, wanted)| ChartImage { name, demands: wanted.demands });
    Ok(ChartImages { images: images.collect(), unsearched: discovered.unknown, warnings: discovered.warnings })
}

fn release<'a>(chart: &'a str, request: &'a Request, rendered: &'a Rendered) -> RenderedRelease<'a> {
    let files = request.values.files.iter().map(|(name, _)| name.clone());
    let option = |kind: ExpressionKind, text: &str| format!("{} {text}", kind.option());
    let options = request.values.expressions.iter().map(|expression| option(expression.kind, &expression.text));
    RenderedRelease {
        name: &request.release.name,
        namespace: &request.release.namespace,
        chart,
        demand: Demand { values: files.chain(options).collect(), ..Demand::default() },
        values: request.values.files.clone(),
        rendered,
    }
}
