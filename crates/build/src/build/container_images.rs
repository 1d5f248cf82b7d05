//! The container images of all platforms together, and what is said about those that are not to be had.

use super::{Build, Rootfs};
use crate::discovery::Demands;
use crate::error::Error;
use crate::images::{Finder, Found};
use crate::missing::{Missing, Unknown};
use crate::options::Mode;
use sealer_image::ContainerImages;

impl Build<'_> {
    /// Finds what every platform asks for; fails with all that is missing, unless that is allowed.
    pub(super) async fn container_images(&self, rootfs: &mut [Rootfs]) -> Result<Found, Error> {
        self.listener.stage("find the container images");
        self.judge_unknown(rootfs)?;
        let finder = self.finder().await?;
        let mut all = Found::default();
        for each in rootfs {
            let demands = self.wanted(std::mem::take(&mut each.prepared.discovered.demands));
            let base = std::mem::take(&mut each.base.carried);
            let found = finder.all(base, demands, &each.platform).await;
            all.carried.extend(found.carried);
            all.missing.extend(found.missing);
        }
        all.carried.sort_by_key(|carried| (carried.name.to_string(), carried.platform.to_string()));
        self.judge_missing(all)
    }

    /// The demands that are to be met.
    fn wanted(&self, mut demands: Demands) -> Demands {
        let carries = self.options.mode == Mode::All;
        demands.0.retain(|name, _| carries && !self.options.ignored_images.contains(name));
        demands
    }

    /// Files that cannot be looked into may ask for anything.
    fn judge_unknown(&self, rootfs: &[Rootfs]) -> Result<(), Error> {
        let unknown = rootfs.iter().flat_map(|each| each.prepared.discovered.unknown.iter().cloned());
        let mut reasons: Vec<String> = unknown.collect();
        reasons.sort();
        reasons.dedup();
        if reasons.is_empty() || self.options.mode == Mode::Lite {
            return Ok(());
        }
        if !self.options.allow_missing {
            return Err(Error::Unknown(Unknown { reasons }));
        }
        reasons.into_iter().for_each(|reason| self.listener.warn(reason));
        Ok(())
    }

    fn judge_missing(&self, found: Found) -> Result<Found, Error> {
        if !found.missing.is_empty() && !self.options.allow_missing {
            return Err(Error::Missing(Missing { images: found.missing }));
        }
        for image in &found.missing {
            self.listener.warn(format!("not carried: {image}"));
        }
        Ok(found)
    }

    async fn finder(&self) -> Result<Finder<'_>, Error> {
        let store = self.store.clone();
        let names = crate::blocking(&self.options.tag, move || Ok(ContainerImages::of(&store)?));
        Ok(Finder {
            store: self.store,
            client: self.client,
            policy: self.options.pull_policy,
            context: self.context.root().to_owned(),
            stored: names.await?,
            listener: self.listener.clone(),
        })
    }
}
