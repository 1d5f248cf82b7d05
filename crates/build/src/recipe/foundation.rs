//! `FROM`: what the image starts from.

use crate::scope::Scope;
use sealer_model::kubefile::{Action, Base, Kubefile, Mistake};
use sealer_model::{Platform, Reference};

/// What to start from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Foundation {
    /// Nothing.
    Scratch,
    /// A cluster image.
    Image {
        /// Its name.
        name: Reference,
        /// The platform whose rootfs is used, if it is not the one that is built.
        platform: Option<Platform>,
    },
}

/// What `FROM` names. The scope takes in every `ARG` above it.
pub(crate) fn foundation(kubefile: &Kubefile, scope: &mut Scope) -> Result<Foundation, Mistake> {
    for instruction in kubefile.instructions() {
        match &instruction.action {
            Action::Arguments(arguments) => {
                arguments.iter().try_for_each(|argument| scope.declare(argument))?;
            }
            Action::From(base) => return named(base, scope),
            _ => break,
        }
    }
    Ok(Foundation::Scratch)
}

fn named(base: &Base, scope: &Scope) -> Result<Foundation, Mistake> {
    let text = scope.expand(&base.image)?;
    let platform = base
        .platform
        .as_ref()
        .map(|word| scope.expand(word)?.parse::<Platform>().map_err(|error| word.mistake(error.to_string())));
    let platform = platform.transpose()?;
    if text == "scratch" {
        return Ok(Foundation::Scratch);
    }
    let name = text.parse::<Reference>().map_err(|error| base.image.mistake(error.to_string()))?;
    Ok(Foundation::Image { name, platform })
}
