//! Which applications come after which: what the site says, and where it says nothing the order of the list, as far as it contradicts
//! nothing that was said.

use super::{CannotLaunch, Launched, unknown};
use crate::cluster::Cluster;
use crate::image::Extension;
use std::collections::{BTreeMap, BTreeSet};

/// Applications that others name, so that they have to be ready and not only begun.
pub(super) fn awaited<'a>(cluster: &'a Cluster, launched: &[&String]) -> BTreeSet<&'a str> {
    let settings = launched.iter().filter_map(|name| cluster.site.applications.get(*name));
    settings.flat_map(|settings| settings.after.iter().flatten()).map(String::as_str).collect()
}

/// Each after all those before it.
pub(super) fn one_by_one(launched: &mut [Launched]) {
    let mut before: Vec<String> = Vec::new();
    for one in launched {
        one.after.clone_from(&before);
        before.extend(one.application.clone());
    }
}

/// Says of each what comes before it.
///
/// # Errors
/// When one is to come after what the image does not have, or after itself.
pub(super) fn resolve(cluster: &Cluster, extension: &Extension, launched: &mut [Launched]) -> Result<(), CannotLaunch> {
    let names: Vec<String> = launched.iter().filter_map(|one| one.application.clone()).collect();
    let mut graph = Graph::default();
    for name in &names {
        let said = cluster.site.applications.get(name).and_then(|settings| settings.after.as_ref());
        for before in said.into_iter().flatten() {
            if extension.application(before).is_none() {
                return Err(unknown(extension, before));
            }
            if names.contains(before) {
                graph.add(name, before);
            }
        }
    }
    if let Some(circle) = names.iter().find_map(|name| graph.way(name, name)) {
        return Err(CannotLaunch::Circle(circle.join(", ")));
    }
    for (position, name) in names.iter().enumerate() {
        let said = cluster.site.applications.get(name).is_some_and(|settings| settings.after.is_some());
        let earlier = if said || cluster.site.parallel_launch { &[] } else { &names[..position] };
        let possible: Vec<&String> = earlier.iter().filter(|it| graph.way(it, name).is_none()).collect();
        possible.into_iter().for_each(|before| graph.add(name, before));
    }
    for one in launched {
        one.after = one.application.as_ref().map(|name| graph.of(name)).unwrap_or_default();
    }
    Ok(())
}

/// What comes directly before each application.
#[derive(Default)]
struct Graph(BTreeMap<String, Vec<String>>);

impl Graph {
    fn add(&mut self, name: &str, before: &str) {
        let known = self.0.entry(name.to_owned()).or_default();
        if !known.iter().any(|it| it == before) {
            known.push(before.to_owned());
        }
    }

    fn of(&self, name: &str) -> Vec<String> {
        self.0.get(name).cloned().unwrap_or_default()
    }

    /// A way from one application back to another over what comes before, at least one step long, with both ends.
    fn way(&self, from: &str, to: &str) -> Option<Vec<String>> {
        let mut ways = vec![vec![from.to_owned()]];
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(way) = ways.pop() {
            for next in self.0.get(way.last()?).into_iter().flatten() {
                if next == to {
                    return Some(way.iter().chain([next]).cloned().collect());
                }
                if seen.insert(next) {
                    ways.push(way.iter().chain([next]).cloned().collect());
                }
            }
        }
        None
    }
}
