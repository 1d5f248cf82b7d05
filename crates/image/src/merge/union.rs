//! Things of several images put together by name, in the order in which they come first. Pure.

use super::Conflict;
use sealer_model::Reference;
use sealer_model::image::{Extension, ImageType};
use serde_json::Value;

/// Things by what they are called.
pub(super) struct Union<T> {
    kept: Vec<(String, Reference, T)>,
    conflicts: Vec<Conflict>,
}

impl<T> Default for Union<T> {
    fn default() -> Self {
        Self { kept: Vec::new(), conflicts: Vec::new() }
    }
}

impl<T> Union<T> {
    /// Adds a thing of an image. What is there under that name is compared by `same`, which may take something over into what is
    /// kept; where it is not the same, the new one takes its place.
    pub(super) fn add(&mut self, from: &Reference, what: String, thing: T, same: impl FnOnce(&mut T, &mut T) -> bool) {
        let Some((_, first, kept)) = self.kept.iter_mut().find(|(known, ..)| *known == what) else {
            self.kept.push((what, from.clone(), thing));
            return;
        };
        let mut thing = thing;
        if !same(kept, &mut thing) {
            self.conflicts.push(Conflict { what, first: first.clone(), later: from.clone() });
            (*first, *kept) = (from.clone(), thing);
        }
    }

    /// The things, and what did not agree.
    pub(super) fn into_values(self, conflicts: &mut Vec<Conflict>) -> Vec<T> {
        conflicts.extend(self.conflicts);
        self.kept.into_iter().map(|(_, _, thing)| thing).collect()
    }
}

/// The extension of the merged image.
pub(super) fn extension(parts: &[(&Reference, &Extension)], conflicts: &mut Vec<Conflict>) -> Extension {
    let Some(((_, first), _)) = parts.split_first() else { return Extension::default() };
    let (mut applications, mut env) = (Union::default(), Union::default());
    let mut merged = Extension { labels: [].into(), ..(*first).clone() };
    merged.launch = sealer_model::image::Launch::default();
    for (name, extension) in parts {
        for application in &extension.applications {
            let what = format!("application {}", application.name);
            applications.add(name, what, application.clone(), |kept, other| kept == other);
        }
        for (variable, value) in &extension.env {
            let entry = (variable.clone(), value.clone());
            env.add(name, format!("env {variable}"), entry, |kept, other| kept == other);
        }
        extend(&mut merged.launch.cmds, &extension.launch.cmds);
        extend(&mut merged.launch.application_names, &extension.launch.application_names);
        if extension.image_type == ImageType::KubeInstaller {
            merged.image_type = ImageType::KubeInstaller;
        }
    }
    conflicts.extend(launch_conflict(parts));
    merged.applications = applications.into_values(conflicts);
    merged.env = env.into_values(conflicts).into_iter().collect();
    merged
}

/// Commands keep applications from being launched by their names, so an image with the one and an image with the other do not fit.
fn launch_conflict(parts: &[(&Reference, &Extension)]) -> Option<Conflict> {
    let by_commands = parts.iter().position(|(_, extension)| !extension.launch.cmds.is_empty())?;
    let launch =
        |extension: &Extension| !extension.launch.application_names.is_empty() && extension.launch.cmds.is_empty();
    let by_names = parts.iter().position(|(_, extension)| launch(extension))?;
    let (first, later) = (by_commands.min(by_names), by_commands.max(by_names));
    let what = "launch (commands in one, applications in the other)".to_owned();
    Some(Conflict { what, first: parts[first].0.clone(), later: parts[later].0.clone() })
}

fn extend(all: &mut Vec<String>, more: &[String]) {
    for word in more {
        if !all.contains(word) {
            all.push(word.clone());
        }
    }
}

/// The lists that the Go sealer's programs read, one behind the other, each entry once. What cannot be read is left out: nobody
/// who reads this format relies on them.
pub(super) fn lists(texts: &[&String]) -> String {
    let mut all: Vec<Value> = Vec::new();
    for text in texts {
        for entry in serde_json::from_str::<Vec<Value>>(text).unwrap_or_default() {
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
    }
    Value::Array(all).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::{Application, Launch};

    fn extension_of(applications: &[(&str, &str)], env: &[(&str, &str)], cmds: &[&str], names: &[&str]) -> Extension {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let application = |&(name, file): &(&str, &str)| Application {
            name: name.into(),
            files: vec![file.into()],
            ..Application::default()
        };
        Extension {
            applications: applications.iter().map(application).collect(),
            env: env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            launch: Launch { cmds: words(cmds), application_names: words(names) },
            image_type: ImageType::AppInstaller,
            ..Extension::default()
        }
    }

    fn merged(one: &Extension, other: &Extension) -> (Extension, Vec<String>) {
        let names: [Reference; 2] = ["r.io/a:1", "r.io/b:1"].map(|name| name.parse().unwrap());
        let mut conflicts = Vec::new();
        let merged = extension(&[(&names[0], one), (&names[1], other)], &mut conflicts);
        (merged, conflicts.iter().map(Conflict::to_string).collect())
    }

    #[test]
    fn what_agrees_is_put_together_in_order() {
        let one = extension_of(&[("web", "a"), ("db", "b")], &[("X", "1")], &[], &["web", "db"]);
        let mut other = extension_of(&[("cache", "c"), ("db", "b")], &[("Y", "2"), ("X", "1")], &[], &["cache", "db"]);
        other.image_type = ImageType::KubeInstaller;
        let (merged, conflicts) = merged(&one, &other);
        assert_eq!(conflicts, [""; 0]);
        let names: Vec<&str> = merged.applications.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["web", "db", "cache"]);
        assert_eq!(merged.launch.application_names, ["web", "db", "cache"]);
        assert_eq!(merged.env, [("X".to_owned(), "1".to_owned()), ("Y".to_owned(), "2".to_owned())].into());
        assert_eq!(merged.image_type, ImageType::KubeInstaller);
    }

    #[test]
    fn what_does_not_agree_is_named_and_the_later_word_is_kept() {
        let one = extension_of(&[("web", "a")], &[("X", "1")], &["run"], &[]);
        let other = extension_of(&[("web", "b")], &[("X", "2")], &[], &["web"]);
        let (merged, mut conflicts) = merged(&one, &other);
        conflicts.sort();
        let expected = [
            "application web is not the same in r.io/a:1 and r.io/b:1",
            "env X is not the same in r.io/a:1 and r.io/b:1",
            "launch (commands in one, applications in the other) is not the same in r.io/a:1 and r.io/b:1",
        ];
        assert_eq!(conflicts, expected);
        assert_eq!(merged.applications[0].files, ["b"]);
        assert_eq!(merged.env["X"], "2");
    }

    #[test]
    fn lists_are_joined_and_what_is_none_is_left_out() {
        let lists_of = |texts: &[&str]| {
            let texts: Vec<String> = texts.iter().map(|&text| text.to_owned()).collect();
            lists(&texts.iter().collect::<Vec<_>>())
        };
        assert_eq!(lists_of(&["[1,2]", "nonsense", "[2,3]"]), "[1,2,3]");
    }
}
