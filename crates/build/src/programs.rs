//! sealer's own programs that an image carries for hosts of other platforms than the deliverer's: the files that were given, checked and taken
//! into the store, over those of the base.

use crate::error::Error;
use crate::options::{Options, ProgramFile};
use sealer_image::Store;
use sealer_model::Platform;
use sealer_model::event::Listener;
use sealer_model::image::{CarriedProgram, Descriptor, ImageType, ProgramConfig, media_type};
use sealer_model::program_file::{HEADER, VersionSearch, check_header};
use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

/// Bytes of the largest program.
const LARGEST: u64 = 1024 * 1024 * 1024;

/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

/// Refuses programs that nobody would get, before anything is built.
///
/// # Errors
/// When one is given by name for a platform that the image is not built for.
pub(crate) fn refuse_unwanted(options: &Options) -> Result<(), Error> {
    let unwanted = |file: &&ProgramFile| file.named && !is_wanted(options, &file.platform);
    match options.programs.iter().find(unwanted) {
        None => Ok(()),
        Some(file) => Err(Error::ProgramPlatform {
            platform: file.platform.to_string(),
            present: options.platforms.iter().map(Platform::to_string).collect::<Vec<_>>().join(", "),
        }),
    }
}

fn is_wanted(options: &Options, platform: &Platform) -> bool {
    options.platforms.iter().any(|wanted| platform.runs_on(wanted))
}

/// All programs of the image: those of the base, and in their place those that are given.
///
/// # Errors
/// When one that was named is not fit, or the store cannot be written.
pub(crate) fn programs(
    store: &Store,
    options: &Options,
    inherited: Vec<CarriedProgram>,
    listener: &Listener,
) -> Result<Vec<CarriedProgram>, Error> {
    let mut programs = inherited;
    for file in options.programs.iter().filter(|file| is_wanted(options, &file.platform)) {
        match take_in(store, file) {
            Ok(program) => {
                listener.stage(format!("take {program} from {}", file.path.display()));
                programs.push(program);
            }
            Err(error @ Error::Program { .. }) if !file.named => {
                listener.warn(format!("not carried: {}", sealer_model::causes::chain(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    CarriedProgram::settle(&mut programs);
    Ok(programs)
}

/// What is to be said of platforms whose hosts cannot be reached from everywhere, or not by this sealer.
pub(crate) fn warnings(options: &Options, image_type: ImageType, programs: &[CarriedProgram]) -> Vec<String> {
    if image_type == ImageType::AppInstaller {
        return Vec::new();
    }
    let lacks = |platform: &&Platform| !programs.iter().any(|program| program.platform.runs_on(platform));
    let others = options.platforms.iter().filter(|platform| !platform.runs_on(&options.machine));
    let lacking = others.filter(lacks).map(|platform| {
        format!(
            "hosts of {platform} can only be reached from a deliverer of {platform}: the image carries no program of sealer for them; \
             give it with --program {platform}=FILE"
        )
    });
    let own = &options.sealer_version;
    let foreign = programs.iter().filter(|program| program.version != *own).map(|program| {
        format!(
            "{program} is {}, and this is {own}: only a deliverer of {} can use it",
            program.version, program.version
        )
    });
    lacking.chain(foreign).collect()
}

/// Checks a program and takes it into the store, with the documents about it.
fn take_in(store: &Store, file: &ProgramFile) -> Result<CarriedProgram, Error> {
    let ProgramFile { platform, path, .. } = file;
    let (file, version) = copied(store, platform, path)?;
    let config = ProgramConfig { platform: platform.clone(), version: version.clone() };
    let config = store.put_json(media_type::PROGRAM, &config)?;
    let manifest = store.put_json(media_type::MANIFEST, &CarriedProgram::document(config, file))?;
    Ok(CarriedProgram { platform: platform.clone(), version, manifest })
}

/// The file in the store, and which version of sealer it is.
fn copied(store: &Store, platform: &Platform, path: &Path) -> Result<(Descriptor, String), Error> {
    let unreadable = |source| Error::read(path, source);
    let unfit = |source| Error::Program { path: path.to_owned(), source };
    let file = File::open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.len() > LARGEST {
        return Err(Error::TooLarge { path: path.to_owned(), what: "a program", limit: LARGEST });
    }
    let mut file = file.take(LARGEST);
    let mut header = Vec::with_capacity(HEADER);
    file.by_ref().take(HEADER as u64).read_to_end(&mut header).map_err(unreadable)?;
    check_header(&header, platform).map_err(unfit)?;
    let (mut writer, mut search) = (store.writer()?, VersionSearch::default());
    let mut piece = header;
    while !piece.is_empty() {
        search.take(&piece);
        writer.write_all(&piece).map_err(|source| Error::write(store.root(), source))?;
        piece.clear();
        file.by_ref().take(PIECE as u64).read_to_end(&mut piece).map_err(unreadable)?;
    }
    let version = search.finish().map_err(unfit)?;
    let (digest, size) = writer.finish()?;
    Ok((Descriptor::new(media_type::PROGRAM_FILE, digest, size), version))
}

#[cfg(test)]
#[path = "programs/tests.rs"]
mod tests;
