//! A chart and values to text, as Helm's engine does it: dependencies are resolved, values made one and checked, and every template
//! is rendered in Helm's order, for templates can change values that later ones see.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use sealer_template::functions::{Constraints, Version};
use sealer_template::{Functions, Host, Map, Options as TemplateOptions, Templates, Used, Value};

use crate::capabilities::Capabilities;
use crate::chart::Chart;
use crate::dependencies;
use crate::error::{Error, Result};
use crate::failure;
use crate::release::Release;
use crate::rendered::{self, Rendered};
use crate::schema;
use crate::scope::{self, Scoped};
use crate::values::coalesce::coalesce;
use crate::values::table::Nils;

/// Finds an object of a cluster for templates, by API version, kind, namespace and name; an empty name asks for the list of all. What
/// is not there is nil; a text is an error of the rendering.
#[derive(Clone)]
pub struct Lookup(pub Rc<FindObject>);

/// See [`Lookup`].
pub type FindObject = dyn Fn(&str, &str, &str, &str) -> std::result::Result<Value, String>;

impl fmt::Debug for Lookup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Lookup")
    }
}

/// How a chart is rendered.
#[derive(Debug, Clone)]
pub struct Options {
    /// The installation it is rendered for.
    pub release: Release,
    /// The cluster it is rendered for.
    pub capabilities: Capabilities,
    /// Whether values are taken that do not fit the schemas.
    pub skips_schemas: bool,
    /// Whether a value that is not there is an error.
    pub strict: bool,
    /// Whether the rendering is only looked at and thrown away. Then all private keys in it are one, which saves most of the time.
    pub throwaway: bool,
    /// Whether it is rendered without charts that `Chart.yaml` names and `charts/` lacks.
    pub allows_missing_dependencies: bool,
    /// Asks the cluster for objects; without it, none is ever there.
    pub lookup: Option<Lookup>,
}

impl Options {
    /// As `helm template` renders without options.
    pub fn new(release: Release) -> Self {
        Self {
            release,
            capabilities: Capabilities::default(),
            skips_schemas: false,
            strict: false,
            throwaway: false,
            allows_missing_dependencies: false,
            lookup: None,
        }
    }
}

/// Renders a chart with a user's values. It needs the stack of [`sealer_template::on_large_stack`] for charts that nest templates
/// deeply; elsewhere these fail with an error.
///
/// # Errors
/// Dependencies are missing, values do not fit, or a template fails.
pub fn render(mut chart: Chart, values: &Map, options: &Options) -> Result<Rendered> {
    let missing = chart.missing_dependencies();
    if !missing.is_empty() && !options.allows_missing_dependencies {
        return Err(Error::MissingDependencies(missing));
    }
    check_kube_version(&chart, &options.capabilities)?;
    let mut warnings = Vec::new();
    dependencies::resolve(&mut chart, values, &mut warnings)?;
    let charts = rendered::charts(&chart);
    let values = coalesce(&chart, values, Nils::Drop, &mut warnings)?;
    if !options.skips_schemas {
        schema::check(&chart, &values, &mut warnings)?;
    }
    let scoped = scope::templates(&chart, &values, &options.release.value(), &options.capabilities.value());
    let (files, used) = render_all(&scoped, options)?;
    let crds = chart.crds().into_iter().map(|(path, file)| (path, file.text().into_owned())).collect();
    Ok(Rendered {
        chart: chart.name().to_owned(),
        files,
        crds,
        warnings: once_each(warnings),
        missing_dependencies: missing,
        charts,
        used,
    })
}

fn render_all(scoped: &[Scoped], options: &Options) -> Result<(BTreeMap<String, String>, Used)> {
    let mut functions = Functions::helm();
    if options.throwaway {
        functions = functions.with_throwaway_keys();
    }
    functions.add_usual("lookup", lookup(options.lookup.clone()));
    let mut templates = Templates::new(functions, TemplateOptions::helm(options.strict));
    for template in scoped {
        templates.parse(&template.path, &template.text).map_err(|error| failure::of(&template.path, &error))?;
    }
    let outputs = scoped.iter().filter(|template| !template.is_partial());
    let files = outputs.map(|template| {
        let text = templates.render(&template.path, &template.dot());
        text.map(|text| (template.path.clone(), text)).map_err(|error| failure::of(&template.path, &error))
    });
    Ok((files.collect::<Result<_>>()?, templates.used()))
}

/// What templates call `lookup`.
fn lookup(finder: Option<Lookup>) -> Host {
    Rc::new(move |_, arguments| {
        let Some(Lookup(find)) = &finder else { return Ok(Value::Map(Map::default())) };
        let [Value::Text(api_version), Value::Text(kind), Value::Text(namespace), Value::Text(name)] = arguments else {
            return Err(sealer_template::Error::call(
                "lookup takes four texts: API version, kind, namespace, name".to_owned(),
            ));
        };
        match find(api_version, kind, namespace, name) {
            Ok(Value::Nil) => Ok(Value::Map(Map::default())),
            found => found.map_err(sealer_template::Error::call),
        }
    })
}

/// Charts may say which versions of Kubernetes they are for.
fn check_kube_version(chart: &Chart, capabilities: &Capabilities) -> Result<()> {
    let required = &chart.metadata.kube_version;
    let actual = capabilities.kube_version();
    if required.is_empty() {
        return Ok(());
    }
    let fits = Constraints::parse(required)
        .and_then(|constraints| Version::parse(actual).map(|version| constraints.allow(&version)))
        .unwrap_or(false);
    if fits {
        return Ok(());
    }
    Err(Error::IncompatibleKubeVersion { required: required.clone(), actual: actual.to_owned() })
}

fn once_each(warnings: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    warnings.into_iter().filter(|warning| seen.insert(warning.clone())).collect()
}
