//! Writes what differs on this site into the rootfs of each host: documents `Config`, files of applications, templates filled in from
//! that host's environment. Nothing else in the rootfs is touched, and a host that has it all already stays as it is. Which files the image
//! did not bring is written down there, so that they go when nobody asks for them any more.

use crate::Error;
use crate::delivery::Delivery;
use crate::step::{Answer, On, Step, everywhere};
use crate::steps::registry::file;
use sealer_model::agent::{Change, Content, Text};
use sealer_model::cluster::{Cluster, Member};
use sealer_model::image::Extension;
use sealer_tailor::TailoredFile;

/// Tailor the rootfs to the site.
pub(crate) struct TailorRootfs;

impl Step<Delivery> for TailorRootfs {
    fn id(&self) -> &'static str {
        "tailor-rootfs"
    }

    fn title(&self) -> &'static str {
        "Tailor the rootfs to the site"
    }

    fn hosts(&self, cluster: &Cluster) -> Vec<Member> {
        everywhere(cluster)
    }

    fn touches(&self, cluster: &Cluster, _: &Extension) -> Vec<String> {
        vec![format!("{}/", cluster.rootfs()), list(cluster)]
    }

    fn probe<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, bool> {
        Box::pin(async move {
            let work = Work::of(on)?;
            Ok(work.left_over(on).await?.is_empty() && !on.change(work.changes(on), true).await?)
        })
    }

    fn apply<'a>(&'a self, on: &'a On<'a, Delivery>) -> Answer<'a, ()> {
        Box::pin(async move {
            let work = Work::of(on)?;
            let rootfs = on.context.rootfs();
            // before the list says that they are not there
            for path in work.left_over(on).await? {
                let remove = on.context.command("rm", &["-f", "--", &format!("{rootfs}/{path}")]);
                on.fleet().run(on.address(), "tailor-rootfs", remove).await?;
            }
            on.change(work.changes(on), false).await?;
            Ok(())
        })
    }
}

/// What one host's rootfs shall hold beside what the image brings.
struct Work {
    files: Vec<TailoredFile>,
    added: Added,
}

impl Work {
    fn of(on: &On<'_, Delivery>) -> Result<Self, Error> {
        let rootfs = on.context.bundle.rootfs_for(&on.fleet().facts_of(on.address())?.platform)?;
        let files = on.context.files(on.member)?;
        let new = files.iter().map(|file| &file.path).filter(|path| !rootfs.files.contains_key(*path));
        let added = Added { rootfs: rootfs.manifest.digest.to_string(), paths: new.cloned().collect() };
        Ok(Self { files, added })
    }

    fn changes(&self, on: &On<'_, Delivery>) -> Vec<Change> {
        let rootfs = on.context.rootfs();
        let change = |file: &TailoredFile| Change::File {
            path: format!("{rootfs}/{}", file.path),
            mode: file.mode,
            content: Content::Text(Text(file.text.clone())),
        };
        let list = file(list(on.cluster()), 0o644, &self.added.text());
        self.files.iter().map(change).chain([list]).collect()
    }

    /// Files that are still there from an earlier delivery.
    async fn left_over(&self, on: &On<'_, Delivery>) -> Result<Vec<String>, Error> {
        let list = on.agent()?.read_file(&list(on.cluster())).await?.unwrap_or_default();
        Ok(self.added.lacks(&Added::read(&String::from_utf8_lossy(&list))))
    }
}

/// Where the list lies on every host.
fn list(cluster: &Cluster) -> String {
    format!("{}/tailored", cluster.folder())
}

/// The files of a rootfs that the image did not bring. Another rootfs comes whole and without them.
#[derive(Debug, Default, PartialEq, Eq)]
struct Added {
    /// The digest of its manifest.
    rootfs: String,
    /// Paths below it.
    paths: Vec<String>,
}

impl Added {
    fn text(&self) -> String {
        let lines = std::iter::once(&self.rootfs).chain(&self.paths);
        lines.map(|line| format!("{line}\n")).collect()
    }

    fn read(text: &str) -> Self {
        let mut lines = text.lines().map(str::to_owned);
        Self { rootfs: lines.next().unwrap_or_default(), paths: lines.collect() }
    }

    /// What was added before to the same rootfs and is not now. A path that leaves the rootfs is none of ours.
    fn lacks(&self, before: &Self) -> Vec<String> {
        let ours = |path: &&String| !path.split('/').any(|part| part.is_empty() || part == "..");
        let gone = before.paths.iter().filter(|path| !self.paths.contains(path)).filter(ours);
        if before.rootfs == self.rootfs { gone.cloned().collect() } else { Vec::new() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn added(rootfs: &str, paths: &[&str]) -> Added {
        Added { rootfs: rootfs.into(), paths: paths.iter().map(|path| (*path).to_owned()).collect() }
    }

    #[test]
    fn a_file_that_only_a_config_made_goes_with_it() {
        let before = Added::read(&added("sha256:a", &["etc/new.yaml", "etc/stays.yaml", "../../etc/passwd"]).text());
        assert_eq!(added("sha256:a", &["etc/stays.yaml"]).lacks(&before), ["etc/new.yaml"]);
    }

    #[test]
    fn another_rootfs_may_bring_a_file_of_that_name_itself() {
        let before = added("sha256:a", &["etc/new.yaml"]);
        assert_eq!(added("sha256:b", &[]).lacks(&before), Vec::<String>::new());
        assert_eq!(added("sha256:b", &[]).lacks(&Added::read("")), Vec::<String>::new());
    }
}
