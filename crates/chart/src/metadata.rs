//! What `Chart.yaml` says about a chart, in both of its versions, and what templates see of it as `.Chart`.

use sealer_template::functions::Version;
use sealer_template::{Map, MapType, Value};

use crate::error::{Error, Result};
use crate::fields::{Fields, Problem};

/// The data of a chart. Texts that are not given are empty.
#[derive(Debug, Clone, Default)]
pub struct Metadata {
    /// `v1` or `v2`.
    pub api_version: String,
    /// The name.
    pub name: String,
    /// The version, a semantic one.
    pub version: String,
    /// The version of what the chart installs.
    pub app_version: String,
    /// The versions of Kubernetes it is for, as a constraint.
    pub kube_version: String,
    /// `application` or `library`.
    pub kind: String,
    /// One sentence about it.
    pub description: String,
    /// Its home page.
    pub home: String,
    /// Its icon's URL.
    pub icon: String,
    /// Helm 2: under which values it is enabled.
    pub condition: String,
    /// Helm 2: its tags.
    pub tags: String,
    /// Whether it is not to be used any more.
    pub deprecated: bool,
    /// Words to find it by.
    pub keywords: Vec<String>,
    /// Where its sources are.
    pub sources: Vec<String>,
    /// Who looks after it.
    pub maintainers: Vec<Maintainer>,
    /// Further data; Artifact Hub's list of images is among them.
    pub annotations: Vec<(String, String)>,
    /// The charts it needs.
    pub dependencies: Vec<Dependency>,
}

/// Somebody who looks after a chart.
#[derive(Debug, Clone, Default)]
pub struct Maintainer {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// The page.
    pub url: String,
}

/// A chart that another one needs.
#[derive(Debug, Clone, Default)]
pub struct Dependency {
    /// The name; the alias, once dependencies are resolved.
    pub name: String,
    /// Which versions will do, as a constraint.
    pub version: String,
    /// Where it comes from.
    pub repository: String,
    /// Paths of values, separated by commas: the first that is a truth value decides whether the chart is used.
    pub condition: String,
    /// Names below `tags` in the values, of which one must be true.
    pub tags: Vec<String>,
    /// What the chart is called here.
    pub alias: String,
    /// Which values of the chart become values of this one.
    pub imports: Vec<Import>,
    /// Whether conditions and tags let it be used.
    pub enabled: bool,
}

/// Values that a chart takes over from one below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Import {
    /// The path in the values of the chart below.
    pub child: String,
    /// The path in the values of this chart; `.` for their top.
    pub parent: String,
}

impl Metadata {
    /// Reads `Chart.yaml`, as a value.
    pub(crate) fn read(value: &Value) -> Result<Self, Problem> {
        let map = match value {
            Value::Map(map) => map.clone(),
            Value::Nil => Map::default(),
            _ => return Err("it is no map".to_owned()),
        };
        let fields = Fields::new(&map, "Metadata");
        let text = |name| fields.text(name).map(|text| printable(&text));
        let texts = |name| fields.texts(name).map(|texts| texts.iter().map(|text| printable(text)).collect());
        let mut read = Self {
            api_version: fields.text("apiVersion")?,
            name: text("name")?,
            version: fields.text("version")?,
            app_version: text("appVersion")?,
            kube_version: text("kubeVersion")?,
            kind: fields.text("type")?,
            description: text("description")?,
            home: text("home")?,
            icon: text("icon")?,
            condition: text("condition")?,
            tags: text("tags")?,
            deprecated: fields.flag("deprecated")?,
            keywords: texts("keywords")?,
            sources: texts("sources")?,
            annotations: fields.text_map("annotations")?,
            maintainers: structs(&fields, "maintainers", Maintainer::read)?,
            dependencies: structs(&fields, "dependencies", Dependency::read)?,
        };
        if read.api_version.is_empty() {
            "v1".clone_into(&mut read.api_version);
        }
        Ok(read)
    }

    /// Takes the dependencies of a `requirements.yaml`, where charts of version 1 have them.
    pub(crate) fn read_requirements(&mut self, value: &Value) -> Result<(), Problem> {
        if let Value::Map(map) = value {
            let dependencies = structs(&Fields::new(map, "Metadata"), "dependencies", Dependency::read)?;
            if !dependencies.is_empty() {
                self.dependencies = dependencies;
            }
        }
        Ok(())
    }

    /// Whether it is complete and makes sense.
    pub(crate) fn validate(&self) -> Result<()> {
        let required = [("name", &self.name), ("version", &self.version)];
        if let Some((field, _)) = required.iter().find(|(_, text)| text.is_empty()) {
            return Err(Error::Invalid(format!("chart.metadata.{field} is required")));
        }
        if self.name.contains('/') || self.name == "." || self.name == ".." {
            return Err(Error::Invalid(format!("chart.metadata.name {:?} is invalid", self.name)));
        }
        if Version::parse(&self.version).is_err() {
            return Err(Error::Invalid(format!("chart.metadata.version {:?} is invalid", self.version)));
        }
        if !["", "application", "library"].contains(&self.kind.as_str()) {
            return Err(Error::Invalid("chart.metadata.type must be application or library".to_owned()));
        }
        self.validate_dependencies()
    }

    fn validate_dependencies(&self) -> Result<()> {
        let mut names = std::collections::HashSet::new();
        for dependency in &self.dependencies {
            let fits = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
            if !dependency.alias.chars().all(fits) {
                let name = &dependency.name;
                return Err(Error::Invalid(format!("dependency {name:?} has disallowed characters in the alias")));
            }
            let key = if dependency.alias.is_empty() { &dependency.name } else { &dependency.alias };
            if !names.insert(key) {
                return Err(Error::Invalid(format!("more than one dependency with name or alias {key:?}")));
            }
        }
        Ok(())
    }

    /// Whether the chart is only there for the templates that others include.
    pub fn is_library(&self) -> bool {
        self.kind.eq_ignore_ascii_case("library")
    }

    /// `.Chart` in the chart's templates.
    pub(crate) fn to_value(&self, is_root: bool) -> Value {
        let annotations = self.annotations.iter().map(|(key, text)| (key.clone(), Value::text(text.as_str())));
        let of_texts = if self.annotations.is_empty() { MapType::NilTexts } else { MapType::Texts };
        let annotations = Value::Map(Map::new(annotations.collect()).as_type(of_texts));
        Value::map([
            ("APIVersion".to_owned(), Value::text(self.api_version.as_str())),
            ("Annotations".to_owned(), annotations),
            ("AppVersion".to_owned(), Value::text(self.app_version.as_str())),
            ("Condition".to_owned(), Value::text(self.condition.as_str())),
            ("Dependencies".to_owned(), Value::list(self.dependencies.iter().map(Dependency::to_value).collect())),
            ("Deprecated".to_owned(), Value::Bool(self.deprecated)),
            ("Description".to_owned(), Value::text(self.description.as_str())),
            ("Home".to_owned(), Value::text(self.home.as_str())),
            ("Icon".to_owned(), Value::text(self.icon.as_str())),
            ("IsRoot".to_owned(), Value::Bool(is_root)),
            ("Keywords".to_owned(), text_list(&self.keywords)),
            ("KubeVersion".to_owned(), Value::text(self.kube_version.as_str())),
            ("Maintainers".to_owned(), Value::list(self.maintainers.iter().map(Maintainer::to_value).collect())),
            ("Name".to_owned(), Value::text(self.name.as_str())),
            ("Sources".to_owned(), text_list(&self.sources)),
            ("Tags".to_owned(), Value::text(self.tags.as_str())),
            ("Type".to_owned(), Value::text(self.kind.as_str())),
            ("Version".to_owned(), Value::text(self.version.as_str())),
        ])
    }
}

impl Maintainer {
    fn read(fields: &Fields<'_>) -> Result<Self, Problem> {
        Ok(Self { name: fields.text("name")?, email: fields.text("email")?, url: fields.text("url")? })
    }

    fn to_value(&self) -> Value {
        let fields = [("Email", &self.email), ("Name", &self.name), ("URL", &self.url)];
        Value::map(fields.map(|(key, text)| (key.to_owned(), Value::text(text.as_str()))))
    }
}

impl Dependency {
    fn read(fields: &Fields<'_>) -> Result<Self, Problem> {
        Ok(Self {
            name: fields.text("name")?,
            version: fields.text("version")?,
            repository: fields.text("repository")?,
            condition: fields.text("condition")?,
            tags: fields.texts("tags")?,
            alias: fields.text("alias")?,
            imports: fields.items("import-values")?.iter().filter_map(Import::read).collect(),
            enabled: fields.flag("enabled")?,
        })
    }

    fn to_value(&self) -> Value {
        Value::map([
            ("Alias".to_owned(), Value::text(self.alias.as_str())),
            ("Condition".to_owned(), Value::text(self.condition.as_str())),
            ("Enabled".to_owned(), Value::Bool(self.enabled)),
            ("ImportValues".to_owned(), Value::list(self.imports.iter().map(Import::to_value).collect())),
            ("Name".to_owned(), Value::text(self.name.as_str())),
            ("Repository".to_owned(), Value::text(self.repository.as_str())),
            ("Tags".to_owned(), text_list(&self.tags)),
            ("Version".to_owned(), Value::text(self.version.as_str())),
        ])
    }
}

impl Import {
    /// A word names what the chart below exports; a map says from where to where. Anything else is passed over, as Helm does.
    fn read(value: &Value) -> Option<Self> {
        match value {
            Value::Text(name) => Some(Self { child: format!("exports.{name}"), parent: ".".to_owned() }),
            Value::Map(map) => {
                let path = |key: &str| sealer_template::print::print(&map.get(key).unwrap_or_default());
                Some(Self { child: path("child"), parent: path("parent") })
            }
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        let fields = [("child", &self.child), ("parent", &self.parent)];
        Value::map(fields.map(|(key, text)| (key.to_owned(), Value::text(text.as_str()))))
    }
}

fn structs<T>(
    fields: &Fields<'_>,
    name: &'static str,
    read: fn(&Fields<'_>) -> Result<T, Problem>,
) -> Result<Vec<T>, Problem> {
    let items = fields.items(name)?;
    let maps = items.iter().filter(|item| !matches!(item, Value::Nil));
    maps.map(|item| match item {
        Value::Map(map) => read(&Fields::new(map, name)),
        _ => Err(format!("an item of {name} is no map")),
    })
    .collect()
}

/// On one line: white space becomes blanks, and what cannot be seen goes, as Helm does it.
fn printable(text: &str) -> String {
    let blank = |character: char| if character.is_whitespace() { ' ' } else { character };
    text.chars().map(blank).filter(|character| !character.is_control()).collect()
}

/// Go's struct became a map by reflection, so lists in it lost the type of their items.
fn text_list(texts: &[String]) -> Value {
    Value::list(texts.iter().map(|text| Value::text(text.as_str())).collect())
}
