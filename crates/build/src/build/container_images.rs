//! The container images of all platforms together, and what is said about those that are not to be had.

use super::{Build, Rootfs};
use crate::discovery::{Demands, IMAGE_LIST, Unsearched, Wanted};
use crate::error::Error;
use crate::images::{Finder, Found};
use crate::missing::{Missing, MissingImage, Unknown};
use crate::options::{AllowMissing, Mode};
use sealer_image::ContainerImages;
use sealer_model::image::Demand;
use sealer_model::{Platform, Reference};
use std::collections::BTreeSet;

impl Build<'_> {
    /// Finds what every platform asks for; fails with all that is missing, unless that is allowed.
    pub(super) async fn container_images(&self, rootfs: &mut [Rootfs]) -> Result<Found, Error> {
        self.listener.stage("find the container images");
        let allowed_unsearched = self.judge_unknown(rootfs)?;
        let finder = self.finder().await?;
        let mut all = Found { allowed_unsearched, ..Found::default() };
        let mut open = Vec::new();
        for each in rootfs {
            all.allowed_missing.extend(each.base.allowed_missing.iter().cloned());
            let demands = self.wanted(open_demands(each), &mut all.allowed_missing);
            open.push((std::mem::take(&mut each.base.carried), demands, &each.platform));
        }
        let found = open.into_iter().map(|(base, demands, platform)| finder.all(base, demands, platform));
        for found in futures_util::future::join_all(found).await {
            all.carried.extend(found.carried);
            all.missing.extend(found.missing);
        }
        all.carried.sort_by_key(|carried| (carried.name.to_string(), carried.platform.to_string()));
        self.judge_missing(all)
    }

    /// The demands that are to be met; those that are not, because somebody said so, are noted.
    fn wanted(&self, mut demands: Demands, ignored: &mut BTreeSet<Reference>) -> Demands {
        let carries = self.options.mode == Mode::All;
        demands.0.retain(|name, _| {
            let is_ignored = self.options.ignored_images.contains(name);
            ignored.extend(is_ignored.then(|| name.clone()));
            carries && !is_ignored
        });
        demands
    }

    /// Files that cannot be looked into may ask for anything. Gives those that somebody put up with, now or for the base.
    fn judge_unknown(&self, rootfs: &[Rootfs]) -> Result<BTreeSet<String>, Error> {
        let mut files: BTreeSet<Unsearched> = BTreeSet::new();
        let mut allowed: BTreeSet<String> = self.options.allow_unsearched.iter().cloned().collect();
        for Rootfs { base, prepared, .. } in rootfs {
            let is_new =
                |file: &&Unsearched| prepared.adds(&file.file) || !base.allowed_unsearched.contains(&file.file);
            files.extend(prepared.discovered.unknown.iter().filter(is_new).cloned());
            allowed.extend(base.allowed_unsearched.iter().cloned());
        }
        if self.options.mode == Mode::Lite {
            return Ok(allowed);
        }
        let (put_up_with, open) = files.into_iter().partition(|file| self.options.allows_unsearched(&file.file));
        Unknown::refuse(open)?;
        for file in BTreeSet::into_iter(put_up_with) {
            self.listener.warn(file.to_string());
            allowed.insert(file.file);
        }
        Ok(allowed)
    }

    fn judge_missing(&self, mut found: Found) -> Result<Found, Error> {
        let of_base = std::mem::take(&mut found.allowed_missing);
        let allowed =
            |image: &MissingImage| self.options.allow_missing.allows(&image.name) || of_base.contains(&image.name);
        if !found.missing.iter().all(allowed) {
            found.missing.retain(|image| !allowed(image));
            return Err(Error::Missing(Missing { images: found.missing }));
        }
        found.missing.iter().for_each(|image| self.listener.warn(format!("not carried: {image}")));
        found.allowed_missing = found.missing.iter().map(|image| image.name.clone()).chain(of_base).collect();
        if let AllowMissing::Named(names) = &self.options.allow_missing {
            found.allowed_missing.extend(names.iter().cloned());
        }
        // a platform that has it does not speak for one that lacks it
        let carries = |name: &Reference, platform: &Platform| {
            found.carried.iter().any(|carried| carried.name == *name && carried.platform.runs_on(platform))
        };
        let platforms = &self.options.platforms;
        found.allowed_missing.retain(|name| !platforms.iter().all(|platform| carries(name, platform)));
        Ok(found)
    }

    async fn finder(&self) -> Result<Finder<'_>, Error> {
        let store = self.store.clone();
        let names = crate::blocking(&self.options.tag, move || Ok(ContainerImages::of(&store)?));
        Ok(Finder {
            store: self.store,
            client: &self.client,
            policy: self.options.pull_policy,
            context: self.context.root().to_owned(),
            stored: names.await?,
            inputs: std::sync::Arc::clone(&self.inputs),
            listener: self.listener.clone(),
            turns: Finder::turns(),
        })
    }
}

/// What a rootfs asks for, without what its base may lack and only files of the base ask for.
fn open_demands(rootfs: &mut Rootfs) -> Demands {
    let mut demands = std::mem::take(&mut rootfs.prepared.discovered.demands);
    let adds =
        |wanted: &Wanted| wanted.demands.iter().any(|demand| rootfs.prepared.adds(&demand.file) || is_outside(demand));
    demands.0.retain(|name, wanted| !rootfs.base.allowed_missing.contains(name) || adds(wanted));
    demands
}

/// Whether a demand is made by a list that was given to the build and is no file of the rootfs.
fn is_outside(demand: &Demand) -> bool {
    demand.document.is_none() && demand.file != IMAGE_LIST && demand.field.starts_with("line ")
}
