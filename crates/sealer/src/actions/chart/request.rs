//! From what was typed to a request that can be rendered: values read, charts fetched.

use super::super::Context;
use super::super::blocking::blocking;
use super::super::remote::{self, Wishes};
use super::super::store::open;
use crate::args::{ChartRelease, ChartValues};
use crate::failure::Failure;
use sealer_chart::{Expression, ExpressionKind, Origin, Release, Request, Sources};
use sealer_image::pull_helm_chart;
use sealer_model::Reference;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Bytes of the largest values file.
const LONGEST: u64 = 16 * 1024 * 1024;

/// What is to be rendered.
///
/// # Errors
/// When a file cannot be read or the chart cannot be fetched.
pub(super) async fn of(typed: ChartRelease, context: &Context) -> Result<Request, Failure> {
    let skips_schemas = typed.source.given.skip_schema_validation;
    let origin = origin(&typed.source.chart, &typed.source.given, context).await?;
    let release = Release { is_upgrade: typed.is_upgrade, ..Release::new(typed.name, typed.namespace) };
    Ok(Request {
        values: sources(typed.source.given).await?,
        kube_version: typed.kube_version,
        api_versions: typed.api_versions,
        skips_schemas,
        allows_missing_dependencies: typed.allow_missing_dependencies,
        ..Request::new(origin, release)
    })
}

/// The values that were given, read.
///
/// # Errors
/// When a file cannot be read.
pub(in crate::actions) async fn sources(given: ChartValues) -> Result<Sources, Failure> {
    let expressions = expressions(&given);
    let files = blocking(move || given.values.iter().map(|path| values(path)).collect::<Result<_, _>>()).await?;
    Ok(Sources { files, expressions })
}

fn expressions(typed: &ChartValues) -> Vec<Expression> {
    let kinds = [
        (ExpressionKind::Json, &typed.set_json),
        (ExpressionKind::Typed, &typed.set),
        (ExpressionKind::Text, &typed.set_string),
        (ExpressionKind::File, &typed.set_file),
        (ExpressionKind::Literal, &typed.set_literal),
    ];
    let each = kinds.into_iter().flat_map(|(kind, texts)| texts.iter().map(move |text| (kind, text.clone())));
    each.map(|(kind, text)| Expression { kind, text }).collect()
}

/// A values file's name and text.
fn values(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    let cannot = |error| Failure::of(error).within(format!("cannot read the values of {name}"));
    let mut text = String::new();
    let length = if path == Path::new("-") {
        std::io::stdin().take(LONGEST + 1).read_to_string(&mut text)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(LONGEST + 1).read_to_string(&mut text))
    };
    if length.map_err(cannot)? as u64 > LONGEST {
        return Err(Failure::failed(format!("{name} is larger than {LONGEST} bytes, too large for values")));
    }
    Ok((name, text))
}

/// Where a chart comes from; one from a registry is fetched.
///
/// # Errors
/// When it cannot be fetched.
pub(in crate::actions) async fn origin(chart: &str, given: &ChartValues, context: &Context) -> Result<Origin, Failure> {
    let Some(name) = chart.strip_prefix("oci://") else {
        return Ok(Origin::Path(PathBuf::from(chart)));
    };
    let name = reference(name, given.version.as_deref())?;
    let folder = context.settings.store();
    let store = blocking(move || open(&folder)).await?;
    let client = remote::client(Wishes::insecure(&given.insecure, None), context).await?;
    let fetched = pull_helm_chart(&store, &client, &name, &context.listener).await;
    let bytes = fetched.map_err(|error| Failure::of(error).within(format!("cannot pull the chart {name}")))?;
    Ok(Origin::Archive(bytes))
}

/// The name of a chart's version; a `+` of the version is `_` in a tag.
fn reference(name: &str, version: Option<&str>) -> Result<Reference, Failure> {
    let last = name.rsplit('/').next().unwrap_or(name);
    let text = match version {
        Some(version) => format!("{name}:{}", version.replace('+', "_")),
        None if last.contains([':', '@']) => name.to_owned(),
        None => {
            let failure = Failure::usage(format!("oci://{name} names no version of the chart"));
            return Err(failure.hint("name one with --version, or as oci://REGISTRY/REPOSITORY:VERSION"));
        }
    };
    text.parse().map_err(|error| Failure::of(error).within(format!("oci://{text} names no chart")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_a_tag() {
        let name = |text, version| reference(text, version).map(|name| name.to_string());
        assert_eq!(name("r.io/charts/web", Some("1.2.3+4")).unwrap(), "r.io/charts/web:1.2.3_4");
        assert_eq!(name("r.io/charts/web:1.0.0", None).unwrap(), "r.io/charts/web:1.0.0");
        assert!(name("r.io:5000/charts/web", None).is_err());
        assert!(name("r.io/charts/WEB", Some("1")).is_err());
    }
}
