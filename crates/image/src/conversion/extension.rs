//! What earlier versions of the Go sealer wrote into the extension and later ones did not, in the words of the later ones.

use serde_json::{Map, Value, json};

/// The extension as v0.11 writes it; nothing where it is so already.
pub(super) fn modern(extension: &Value) -> Option<Value> {
    let configurations = extension.pointer("/launch/appConfigs")?.as_array()?.clone();
    let mut modern = extension.clone();
    let launch = modern.get_mut("launch")?.as_object_mut()?;
    launch.remove("appConfigs");
    let names: Vec<&str> = configurations.iter().filter_map(name).collect();
    launch.entry("app_names").or_insert_with(|| json!(names));
    let applications = modern.as_object_mut()?.entry("applications").or_insert_with(|| json!([]));
    for configuration in &configurations {
        commands(applications.as_array_mut()?, configuration);
    }
    Some(modern)
}

/// `launch.appConfigs[].launch.cmds` of v0.9.3 and v0.10 are the application's `cmds`, unless it has some.
fn commands(applications: &mut [Value], configuration: &Value) {
    let commands = configuration.pointer("/launch/cmds").filter(|commands| commands.is_array());
    let wanted = name(configuration);
    let application = applications.iter_mut().find(|application| name(application) == wanted);
    if let (Some(commands), Some(application)) = (commands, application.and_then(Value::as_object_mut)) {
        let application: &mut Map<String, Value> = application;
        application.entry("cmds").or_insert_with(|| commands.clone());
    }
}

fn name(value: &Value) -> Option<&str> {
    value.get("name")?.as_str()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::Extension;

    #[test]
    fn commands_of_an_application_move_to_it() {
        let old = json!({
            "schemaVersion": "v1alpha1", "type": "kube-installer",
            "applications": [{"name": "web", "type": "kube", "launchfiles": ["web.yaml"]}, {"name": "raw"}],
            "launch": {"appConfigs": [{"name": "raw", "launch": {"cmds": ["bash x.sh"]}}, {"name": "web"}]},
        });
        let extension: Extension = serde_json::from_value(modern(&old).unwrap()).unwrap();
        assert_eq!(extension.launch.application_names, ["raw", "web"]);
        assert_eq!(extension.application("raw").unwrap().cmds, ["bash x.sh"]);
        assert_eq!(extension.application("web").unwrap().cmds, [""; 0]);
        assert_eq!(extension.application("web").unwrap().files, ["web.yaml"]);
    }

    #[test]
    fn what_is_modern_stays_as_it_is() {
        for text in [r#"{"launch":{"cmds":["x"]}}"#, r#"{"launch":{"app_names":["a"]}}"#, "{}", "[]"] {
            assert_eq!(modern(&serde_json::from_str(text).unwrap()), None, "{text}");
        }
    }
}
