//! Where the files of a `COPY`, `ADD` or `APP` come from, besides the context.

use super::CopySource;
use crate::scope::Scope;
use sealer_model::kubefile::{Mistake, Word};
use sealer_model::{Digest, Reference};

/// What a source's path begins at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Origin {
    /// The build context.
    Context,
    /// This path or pattern of the context; what is an archive there is unpacked.
    Added(String),
    /// A file from the web.
    Url {
        /// The address.
        url: String,
        /// The digest it must have.
        checksum: Option<Digest>,
    },
    /// A text that stands in the Kubefile, as a file.
    Text {
        /// What the file is called.
        name: String,
        /// Its content.
        text: String,
    },
    /// A Helm chart in an archive; it is copied as the folder that is in it.
    Chart(ChartArchive),
    /// The rootfs of a cluster image, or of any other image.
    Image(Reference),
    /// The stage of this number, from 0.
    Stage(usize),
}

/// Where the archive of a chart is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ChartArchive {
    /// In the context.
    Local(String),
    /// In the web.
    Url {
        /// The address.
        url: String,
        /// The digest it must have.
        checksum: Option<Digest>,
    },
    /// In a registry.
    Registry(Reference),
}

/// How archives of charts are called.
const CHARTS: [&str; 2] = [".tgz", ".tar.gz"];

fn is_archive(text: &str) -> bool {
    CHARTS.iter().any(|ending| text.ends_with(ending))
}

/// A file of an application: an archive of a chart is taken for the chart.
pub(super) fn of_application(source: CopySource) -> CopySource {
    if !is_archive(&source.text) {
        return source;
    }
    let origin = match source.origin {
        Origin::Context => Origin::Chart(ChartArchive::Local(source.text.clone())),
        Origin::Url { url, checksum } => Origin::Chart(ChartArchive::Url { url, checksum }),
        other => other,
    };
    CopySource { origin, ..source }
}

/// `https://...`, with the digest that `--checksum` wants.
pub(super) fn url(word: &Word, checksum: Option<&Word>, scope: &Scope) -> Result<CopySource, Mistake> {
    let text = scope.expand(word)?;
    let checksum = checksum.map(|word| digest(word, scope)).transpose()?;
    let origin = Origin::Url { url: text.clone(), checksum };
    Ok(CopySource { text, position: word.position(), origin })
}

fn digest(word: &Word, scope: &Scope) -> Result<Digest, Mistake> {
    let text = scope.expand(word)?;
    text.parse().map_err(|_| {
        word.mistake(format!("\"{text}\" is no checksum")).hint("write it as sha256: and 64 hexadecimal digits")
    })
}

/// `oci://REGISTRY/REPOSITORY:VERSION`
pub(super) fn chart(word: &Word, scope: &Scope) -> Result<CopySource, Mistake> {
    let text = scope.expand(word)?;
    let version = text.rsplit('/').next().is_some_and(|last| last.contains([':', '@']));
    if !version {
        let mistake = word.mistake(format!("oci://{text} names no version of the chart"));
        return Err(mistake.hint(format!("write it behind a colon: oci://{text}:1.2.3")));
    }
    // a `+` of the version is `_` in a tag
    let name = text.replace('+', "_").parse().map_err(|error| named_wrongly(word, &error))?;
    Ok(CopySource { text, position: word.position(), origin: Origin::Chart(ChartArchive::Registry(name)) })
}

/// The stage or the image of `--from`.
pub(super) fn image(word: &Word, scope: &Scope) -> Result<Origin, Mistake> {
    let text = scope.expand(word)?;
    if let Some(number) = scope.stage(&text) {
        return Ok(Origin::Stage(number));
    }
    let name = text.parse().map_err(|error| named_wrongly(word, &error))?;
    Ok(Origin::Image(name))
}

fn named_wrongly(word: &Word, error: &sealer_model::reference::InvalidReference) -> Mistake {
    word.mistake(error.to_string()).hint("the name of an image is REGISTRY/REPOSITORY:TAG")
}
