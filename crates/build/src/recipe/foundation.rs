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

/// What the `FROM` of a stage names. The scope takes in every `ARG` above the first one, and the stages above this one.
pub(crate) fn foundation(kubefile: &Kubefile, stage: usize, scope: &mut Scope) -> Result<Foundation, Mistake> {
    for instruction in kubefile.instructions() {
        let Action::Arguments(arguments) = &instruction.action else { break };
        arguments.iter().try_for_each(|argument| scope.declare(argument))?;
    }
    let stages = kubefile.stages();
    scope.below(stages.iter().take(stage).map(|above| above.base.stage.clone()));
    stages.get(stage).map_or(Ok(Foundation::Scratch), |stage| named(stage.base, scope))
}

fn named(base: &Base, scope: &Scope) -> Result<Foundation, Mistake> {
    let text = scope.expand(&base.image)?;
    let platform = base
        .platform
        .as_ref()
        .map(|word| scope.expand(word)?.parse::<Platform>().map_err(|error| word.mistake(error.to_string())));
    let platform = platform.transpose()?;
    if scope.stage(&text).is_some() {
        return Err(base
            .image
            .mistake(format!("not supported yet: a stage that begins with the stage {text}"))
            .hint("begin with an image, and COPY --from the stage"));
    }
    if text == "scratch" {
        return Ok(Foundation::Scratch);
    }
    let name = text.parse::<Reference>().map_err(|error| base.image.mistake(error.to_string()))?;
    Ok(Foundation::Image { name, platform })
}
