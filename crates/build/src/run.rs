//! `RUN`: a command inside the rootfs as it is at that point. The layers below are mounted over each other and nothing is copied; what
//! the command changes becomes the next layer. Its result is remembered by everything that it depends on: the layers below, the command,
//! its environment and its network.

mod changes;
mod layer_folders;
mod process;
mod room;

use crate::error::Error;
use crate::isolation::{Form, Order};
use crate::layer::{self, Cache};
use crate::layers::{self, BuiltLayer, Made};
use crate::options::{Network, Options};
use crate::recipe::RunStep;
use layer_folders::LayerFolders;
use process::Ended;
use room::Room;
use sealer_image::Store;
use sealer_image::layer::Layer;
use sealer_model::Digest;
use sealer_model::digest::Hasher;
use sealer_model::event::Listener;
use sealer_model::kubefile::Mistake;

/// What a command runs with.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    pub(crate) store: Store,
    pub(crate) options: std::sync::Arc<Options>,
    pub(crate) listener: Listener,
}

/// What stops a command: its own failure, to be shown in the Kubefile, or something else.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// A mistake.
    Mistake(Mistake),
    /// A failure.
    Failed(Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Surroundings {
    /// The layer that a command makes on top of these, the lowest first.
    pub(crate) async fn run(&self, step: &RunStep, below: Vec<Layer>) -> Result<Made, Stopped> {
        let order = self.order(step);
        let key = key(&order, &below, self.time());
        if let Some(made) = self.known(step, &key) {
            return Ok(made);
        }
        self.listener.stage(step.instruction.clone());
        let this = self.clone();
        let room = self.blocking(move || this.room(order, &below)).await?;
        let ended = process::run(&self.options.runner, room.folder(), &self.listener).await?;
        check(step, &ended)?;
        let (this, step) = (self.clone(), step.clone());
        self.blocking(move || this.layer(&step, &key, room)).await
    }

    fn order(&self, step: &RunStep) -> Order {
        Order {
            lowers: Vec::new(),
            form: Form::of_this_user(),
            network: step.network.unwrap_or(self.options.network),
            environment: step.environment.clone(),
            arguments: step.arguments.clone(),
        }
    }

    fn known(&self, step: &RunStep, key: &Digest) -> Option<Made> {
        let layer = Cache::new(self.store.root()).find(key).filter(|_| !self.options.no_cache)?;
        let stored = self.store.contains(&layer.descriptor.digest);
        stored.then(|| made(step, layer, true))
    }

    /// The folder that the command gets, with every layer in place.
    fn room(&self, order: Order, below: &[Layer]) -> Result<Room, Stopped> {
        let folders = LayerFolders::open(&self.store, order.form)?;
        let lowers = folders.all(below)?;
        Ok(Room::open(folders.root(), &Order { lowers, ..order })?)
    }

    fn layer(&self, step: &RunStep, key: &Digest, room: Room) -> Result<Made, Stopped> {
        let files = changes::read(&room.upper(), room.form(), step, &self.listener)?;
        let layer = layers::write(&self.store, &step.instruction, &files, self.time(), &self.listener)?;
        room.remove()?;
        Cache::new(self.store.root()).remember(key, &layer)?;
        Ok(made(step, layer, false))
    }

    fn time(&self) -> u64 {
        self.options.source_date_epoch.unwrap_or(0)
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Stopped> + Send + 'static,
    ) -> Result<T, Stopped> {
        crate::blocking(&self.options.tag, move || Ok(work())).await?
    }
}

fn made(step: &RunStep, layer: Layer, cached: bool) -> Made {
    let (instruction, descriptor) = (step.instruction.clone(), layer.descriptor.clone());
    Made { built: BuiltLayer { instruction, descriptor, cached }, layer }
}

/// Everything that a command's layer depends on, as one digest. What it fetches is not in it: `--no-cache` fetches anew.
fn key(order: &Order, below: &[Layer], time: u64) -> Digest {
    let mut hasher = Hasher::default();
    let mut field = |text: &str| {
        hasher.update(text.as_bytes());
        hasher.update(&[0]);
    };
    field("run");
    field(layer::FORMAT);
    field(&time.to_string());
    field(order.form.opaque());
    field(match order.network {
        Network::Host => "host",
        Network::None => "none",
    });
    below.iter().for_each(|layer| field(layer.diff_id.as_str()));
    field("environment");
    order.environment.iter().for_each(|(name, value)| field(&format!("{name}={value}")));
    field("command");
    order.arguments.iter().for_each(|argument| field(argument));
    hasher.finish()
}

fn check(step: &RunStep, ended: &Ended) -> Result<(), Mistake> {
    match ended {
        Ended::Well => Ok(()),
        Ended::NoProgram => Err(no_program(step)),
        Ended::NotBegun(reason) => Err(Mistake::new(step.position, format!("RUN: {reason}"))
            .hint("RUN needs root, or user namespaces that the kernel and the container around allow")),
        Ended::Badly { code, last } => {
            let said = if last.is_empty() { String::new() } else { format!("\n  {}", last.join("\n  ")) };
            let message = format!("the command ended with exit code {code}: {}{said}", step.command());
            Err(Mistake::new(step.position, message))
        }
    }
}

/// Most cluster images are folders of files and no operating systems.
fn no_program(step: &RunStep) -> Mistake {
    let program = step.arguments.first().map_or("", String::as_str);
    Mistake::new(step.position, format!("RUN: the rootfs has no {program} that can be run"))
        .hint("RUN runs inside the rootfs: COPY a program for this machine into it first, statically linked, or do the work before the build")
}

impl From<Mistake> for Stopped {
    fn from(mistake: Mistake) -> Self {
        Self::Mistake(mistake)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sealer_model::image::Descriptor;
    use std::collections::{BTreeMap, BTreeSet};

    fn order() -> Order {
        Order {
            lowers: Vec::new(),
            form: Form::Trusted,
            network: Network::Host,
            environment: BTreeMap::from([("A".to_owned(), "1".to_owned())]),
            arguments: vec!["/bin/sh".to_owned(), "-c".to_owned(), "true".to_owned()],
        }
    }

    #[test]
    fn everything_that_a_result_depends_on_is_in_its_key() {
        let layer = |text: &[u8]| Layer { descriptor: Descriptor::of("x", text), diff_id: Digest::of(text) };
        let plain = order();
        let changed = [
            Order { network: Network::None, ..order() },
            Order { form: Form::User, ..order() },
            Order { environment: BTreeMap::new(), ..order() },
            Order { environment: BTreeMap::from([("A".to_owned(), "2".to_owned())]), ..order() },
            Order { arguments: vec!["/bin/sh".to_owned(), "-c".to_owned(), "false".to_owned()], ..order() },
        ];
        let mut keys: BTreeSet<Digest> = changed.iter().map(|order| key(order, &[], 0)).collect();
        keys.extend([
            key(&plain, &[], 0),
            key(&plain, &[], 1),
            key(&plain, &[layer(b"a")], 0),
            key(&plain, &[layer(b"b")], 0),
        ]);
        assert_eq!(keys.len(), 9);
        assert_eq!(key(&plain, &[], 0), key(&order(), &[], 0));
    }
}
