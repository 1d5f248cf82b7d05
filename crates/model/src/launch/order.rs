//! Which applications come after which: what the site says, and where it says nothing the order of the list, as far as it contradicts
//! nothing that was said.

use super::{CannotLaunch, Launched, unknown};
use crate::cluster::Cluster;
use crate::image::Extension;
use std::collections::{BTreeMap, BTreeSet};

/// Which applications may begin: those of which all that comes before has ended.
#[derive(Debug)]
pub struct Order<'a> {
    applications: &'a [Launched],
    begun: Vec<bool>,
    ended: BTreeSet<&'a str>,
}

impl<'a> Order<'a> {
    /// None has begun yet.
    #[must_use]
    pub fn of(applications: &'a [Launched]) -> Self {
        Self { applications, begun: vec![false; applications.len()], ended: BTreeSet::new() }
    }

    /// The first that may begin and has not, by its place among all.
    #[must_use]
    pub fn next(&self) -> Option<usize> {
        let may = |one: &Launched| one.after.iter().all(|before| self.ended.contains(before.as_str()));
        self.applications.iter().zip(&self.begun).position(|(one, begun)| !begun && may(one))
    }

    /// It begins.
    pub fn begun(&mut self, index: usize) {
        self.begun[index] = true;
    }

    /// It is there.
    pub fn ended(&mut self, index: usize) {
        self.ended.insert(self.applications[index].name());
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    fn launched(name: &str, after: &[&str]) -> Launched {
        Launched {
            application: Some(name.into()),
            commands: Vec::new(),
            environment: Default::default(),
            after: after.iter().map(|name| (*name).to_owned()).collect(),
        }
    }

    /// Which begin together when those before them have ended.
    fn waves(applications: &[Launched]) -> Vec<Vec<&str>> {
        let (mut order, mut waves) = (Order::of(applications), Vec::new());
        loop {
            let mut wave = Vec::new();
            while let Some(next) = order.next() {
                order.begun(next);
                wave.push(next);
            }
            if wave.is_empty() {
                return waves;
            }
            wave.iter().for_each(|index| order.ended(*index));
            waves.push(wave.into_iter().map(|index| applications[index].name()).collect());
        }
    }

    #[test]
    fn who_waits_for_nobody_begins_at_once_and_others_when_all_before_them_are_ready() {
        let applications =
            [launched("web", &["db", "cache"]), launched("db", &[]), launched("cache", &[]), launched("ui", &["web"])];
        assert_eq!(waves(&applications), [vec!["db", "cache"], vec!["web"], vec!["ui"]]);
        assert_eq!(waves(&[launched("a", &[]), launched("b", &["a"])]), [vec!["a"], vec!["b"]]);
    }
}
