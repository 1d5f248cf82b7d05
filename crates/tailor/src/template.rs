//! Files that end in `.tmpl`: filled in from the environment, the result stands beside them without the ending.

use sealer_model::cluster::Environment;
use sealer_template::{Functions, MissingKey, Options, Templates, Value, on_large_stack};

/// The ending of templates.
const ENDING: &str = ".tmpl";

/// Folders whose templates are filled in.
const FOLDERS: [&str; 4] = ["etc/", "charts/", "manifests/", "application/apps/"];

/// Whether a path below the rootfs is a template of the site. Those of charts are Helm's business.
#[must_use]
pub fn is_template(path: &str) -> bool {
    path.ends_with(ENDING) && !path.contains("/templates/") && FOLDERS.iter().any(|folder| path.starts_with(folder))
}

/// The file that a template becomes.
#[must_use]
pub fn product(path: &str) -> &str {
    path.strip_suffix(ENDING).unwrap_or(path)
}

/// Fills in a template; `missing` says what a variable is that nobody has set.
///
/// # Errors
/// What is wrong, with line and column.
pub fn fill_in(name: &str, text: &str, environment: Environment, missing: MissingKey) -> Result<String, String> {
    let render = || {
        let options = Options { missing_key: missing, strips_no_value: false, ..Options::default() };
        let mut templates = Templates::new(Functions::helm(), options);
        let data = Value::map(environment.into_iter().map(|(key, value)| (key, Value::text(value))));
        let text = templates.parse(name, text).and_then(|()| templates.render(name, &data));
        text.map_err(|error| error.to_string())
    };
    on_large_stack(render).map_err(|error| error.to_string())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_templates_of_the_site_are_filled_in() {
        let templates = ["etc/kubeadm.yml.tmpl", "manifests/a.yaml.tmpl", "application/apps/web/b.sh.tmpl"];
        assert!(templates.into_iter().all(is_template));
        let others = ["etc/kubeadm.yml", "charts/x/templates/a.tmpl", "bin/a.tmpl", "etc.tmpl"];
        assert!(!others.into_iter().any(is_template));
        assert_eq!(product("etc/a.yml.tmpl"), "etc/a.yml");
    }

    #[test]
    fn a_variable_that_nobody_set_is_an_error_with_its_place() {
        let environment = Environment::from([("A".to_owned(), "x".to_owned())]);
        let filled = |text: &str| fill_in("etc/a.tmpl", text, environment.clone(), MissingKey::Error);
        assert_eq!(filled("{{ .A }}/{{ .A | b64enc }}").as_deref(), Ok("x/eA=="));
        let error = filled("a\n  {{ .Bee }}").unwrap_err();
        assert!(error.contains("etc/a.tmpl:2") && error.contains("Bee"), "{error}");
    }
}
