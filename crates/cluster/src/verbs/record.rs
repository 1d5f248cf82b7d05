//! A verb in the journal: when it began with which plan, what it delivers to whom, and how it ended.

use crate::Error;
use crate::delivery::Delivery;
use sealer_model::Digest;
use sealer_model::cluster::Member;
use sealer_model::journal::{Entry, HostRecord};

/// Does a verb's work between its records in the journal, which also say what is delivered to whom.
pub(super) async fn recorded<T>(
    verb: &str,
    plan: Digest,
    version: String,
    delivery: &Delivery,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let journal = &delivery.fleet.journal;
    let told = async {
        journal.append(delivers(delivery)?)?;
        work.await
    };
    journal.recorded(verb, plan, version, told).await
}

/// What is delivered and to whom, for the record.
fn delivers(delivery: &Delivery) -> Result<Entry, Error> {
    let (fleet, bundle) = (&delivery.fleet, &delivery.bundle);
    let host = |member: &Member| {
        let facts = fleet.facts_of(member.address)?;
        Ok(HostRecord {
            address: member.address,
            role: member.role,
            hostname: facts.hostname.clone(),
            system: facts.system().to_owned(),
            kernel: facts.kernel.clone(),
            processors: facts.processors,
            memory: facts.memory,
        })
    };
    Ok(Entry::Delivers {
        image: bundle.name.to_string(),
        digest: bundle.index.digest.clone(),
        bytes: bundle.size(),
        kubernetes: bundle.kubernetes_version().ok().map(|version| version.to_string()),
        container_images: bundle.container_images.len(),
        hosts: fleet.cluster.members.iter().map(host).collect::<Result<_, Error>>()?,
    })
}
