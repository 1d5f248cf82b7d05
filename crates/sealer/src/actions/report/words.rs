//! The words of a report in the languages that it can be made in.

use crate::args::Language;
use sealer_cluster::report::End;
use sealer_model::checks::Finding;
use sealer_model::cluster::Role;

/// The words of one language.
pub(super) struct Words {
    /// As HTML names the language.
    pub(super) language: &'static str,
    pub(super) title: &'static str,
    pub(super) summary: &'static str,
    pub(super) image: &'static str,
    pub(super) digest: &'static str,
    pub(super) size: &'static str,
    pub(super) kubernetes: &'static str,
    pub(super) container_images: &'static str,
    pub(super) registry: &'static str,
    pub(super) began: &'static str,
    pub(super) took: &'static str,
    pub(super) result: &'static str,
    pub(super) sent: &'static str,
    pub(super) version: &'static str,
    pub(super) hosts: &'static str,
    pub(super) address: &'static str,
    pub(super) role: &'static str,
    pub(super) hostname: &'static str,
    pub(super) system: &'static str,
    pub(super) kernel: &'static str,
    pub(super) processors: &'static str,
    pub(super) memory: &'static str,
    pub(super) timeline: &'static str,
    pub(super) step: &'static str,
    pub(super) longest: &'static str,
    pub(super) checks: &'static str,
    pub(super) checks_before: &'static str,
    pub(super) checks_after: &'static str,
    pub(super) made: &'static str,
    pub(super) nothing_found: &'static str,
    pub(super) severity: &'static str,
    pub(super) place: &'static str,
    pub(super) found: &'static str,
    pub(super) remedy: &'static str,
    pub(super) ignored: &'static str,
    pub(super) fixed: &'static str,
    /// Stands before what should be so.
    pub(super) not_so: &'static str,
    pub(super) error: &'static str,
    pub(super) warning: &'static str,
    pub(super) certificates: &'static str,
    pub(super) file: &'static str,
    pub(super) ends: &'static str,
    /// Findings that were ignored on request.
    pub(super) accepted: &'static str,
    pub(super) history: &'static str,
    pub(super) verb: &'static str,
    /// The image that was to be delivered, where it is not the one that the cluster runs.
    pub(super) to_image: &'static str,
    /// The Kubernetes versions before and after.
    pub(super) versions: &'static str,
    pub(super) none: &'static str,
    pub(super) done: &'static str,
    pub(super) already_done: &'static str,
    pub(super) failed: &'static str,
    pub(super) cut_off: &'static str,
    pub(super) master: &'static str,
    pub(super) node: &'static str,
    pub(super) step_titles: &'static [(&'static str, &'static str)],
    /// Checks by their identifiers: what shall be so, and what to do; none where their own words are this language's.
    pub(super) checks_by_id: &'static [(&'static str, &'static str, &'static str)],
}

impl Words {
    /// The words of a language.
    pub(super) fn of(language: Language) -> &'static Self {
        match language {
            Language::En => &super::phrases::ENGLISH,
            Language::Zh => &super::phrases::CHINESE,
        }
    }

    /// The title of a step; its identifier where there is none.
    pub(super) fn step<'a>(&self, id: &'a str) -> &'a str {
        self.step_titles.iter().find(|(step, _)| *step == id).map_or(id, |(_, title)| title)
    }

    /// What was found and what to do. Where the check's own words are in another language, what shall be so stands in front.
    pub(super) fn finding(&self, finding: &Finding) -> (String, String) {
        let Finding { id, found, remedy, .. } = finding;
        match self.checks_by_id.iter().find(|(known, ..)| known == id) {
            Some((_, title, remedy)) => (format!("{}{title} ({found}) [{id}]", self.not_so), (*remedy).to_owned()),
            None => (format!("{found} [{id}]"), remedy.clone()),
        }
    }

    pub(super) fn role(&self, role: Role) -> &'static str {
        match role {
            Role::Master => self.master,
            Role::Node => self.node,
        }
    }

    /// How something ended, in one word.
    pub(super) fn end(&self, end: &End) -> &'static str {
        match end {
            End::Done => self.done,
            End::AlreadyDone => self.already_done,
            End::Failed(_) => self.failed,
            End::CutOff => self.cut_off,
        }
    }
}

/// `2026-01-01 10:00:00 UTC` of an RFC 3339 time.
pub(super) fn time(text: &str) -> String {
    let seconds = text.split(['.', 'Z']).next().unwrap_or(text);
    format!("{} UTC", seconds.replace('T', " "))
}

/// `2027-01-01` of seconds since 1970.
pub(super) fn date(seconds: i64) -> String {
    let time = jiff::Timestamp::from_second(seconds).map(|time| time.to_string());
    time.map_or_else(|_| seconds.to_string(), |text| text.split('T').next().unwrap_or(&text).to_owned())
}

/// `72.8 s`.
pub(super) fn seconds(milliseconds: i64) -> String {
    format!("{}.{} s", milliseconds / 1000, milliseconds % 1000 / 100)
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_cluster::verbs;
    use sealer_model::Digest;
    use sealer_model::cluster::{Cluster, DEFAULT_DATA_ROOT, Member, Site, SiteRegistry};
    use sealer_model::kubeadm::Direction;

    #[test]
    fn every_step_of_a_delivery_has_a_title_in_every_language() {
        let cluster = Cluster {
            name: "c".into(),
            image: "i:v1".parse().unwrap(),
            image_digest: Digest::of(b""),
            members: vec![Member { address: "10.0.0.1".parse().unwrap(), ssh_port: 22, role: Role::Master }],
            registry: SiteRegistry::default(),
            container_runtime: Default::default(),
            data_root: DEFAULT_DATA_ROOT.into(),
            env: Default::default(),
            applications: None,
            commands: Vec::new(),
            site: Site::default(),
            former_images: Vec::new(),
            image_changes: 0,
            adopted: None,
        };
        let way = verbs::Way {
            former: cluster.clone(),
            cluster: of_another_image(&cluster),
            max_unavailable: 1,
            direction: Direction::On,
        };
        let back = verbs::Way { direction: Direction::BackToSnapshot(Digest::of(b"")), ..way.clone() };
        let ways = way.plan().stages.into_iter().chain(back.plan().stages);
        let stages: Vec<_> = verbs::plan(&cluster).stages.into_iter().chain(ways).collect();
        for step in stages.iter().flat_map(|stage| &stage.steps) {
            for language in [Language::En, Language::Zh] {
                let words = Words::of(language);
                assert!(words.step_titles.iter().any(|(id, _)| *id == step.id), "{} {}", step.id, words.language);
            }
        }
    }

    #[test]
    fn every_check_has_words_in_every_language_and_no_other_has() {
        let table = Words::of(Language::Zh).checks_by_id;
        for check in sealer_cluster::checks::registry() {
            let (_, title, remedy) =
                table.iter().find(|(id, ..)| *id == check.id).unwrap_or_else(|| panic!("{} has no words", check.id));
            for text in [title, remedy] {
                assert!(text.chars().any(|letter| ('\u{4e00}'..='\u{9fff}').contains(&letter)), "{}: {text}", check.id);
            }
        }
        assert_eq!(table.len(), sealer_cluster::checks::registry().count());
    }

    #[test]
    fn a_finding_is_told_with_its_remedy_in_the_reports_language() {
        let finding = Finding {
            id: "swap".into(),
            severity: sealer_model::checks::Severity::Error,
            subject: "10.0.0.1".into(),
            found: "8 MiB of swap are on".into(),
            why: String::new(),
            remedy: "turn it off".into(),
            fixable: true,
            fixed: false,
            ignored: false,
        };
        let (found, remedy) = Words::of(Language::Zh).finding(&finding);
        assert!(
            found.starts_with("未满足：交换分区") && found.contains("8 MiB") && remedy.contains("swapoff"),
            "{found}"
        );
        assert_eq!(Words::of(Language::En).finding(&finding).1, "turn it off");
        let of_image = Finding { id: "image/shop".into(), ..finding };
        assert_eq!(Words::of(Language::Zh).finding(&of_image).0, "8 MiB of swap are on [image/shop]");
    }

    fn of_another_image(cluster: &Cluster) -> Cluster {
        cluster.with_image("i:v2".parse().unwrap(), Digest::of(b"2"))
    }

    #[test]
    fn times_are_told_for_people() {
        assert_eq!(time("2026-01-01T10:00:00.123Z"), "2026-01-01 10:00:00 UTC");
        assert_eq!(date(1_764_000_000), "2025-11-24");
        assert_eq!(seconds(72_850), "72.8 s");
    }
}
