//! Container images with everyone who asks for them.

use crate::options::ListedImage;
use sealer_model::Reference;
use sealer_model::image::Demand;
use sealer_model::image_list::ImageSource;
use std::collections::BTreeMap;
use std::path::Path;

/// Every image that is asked for, by full name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Demands(pub(crate) BTreeMap<Reference, Wanted>);

/// What is known of one image before it is found.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Who asks for it.
    pub(crate) demands: Vec<Demand>,
    /// Where it is in the context, if a list says so.
    pub(crate) source: Option<ImageSource>,
    /// Whether that place exists.
    pub(crate) source_is_there: bool,
}

impl Demands {
    /// Finds out which sources are there.
    pub(crate) fn locate(&mut self, context: &Path) {
        for wanted in self.0.values_mut() {
            let is_there = |source: &ImageSource| context.join(&source.path).exists();
            wanted.source_is_there = wanted.source.as_ref().is_some_and(is_there);
        }
    }

    /// Takes in an image that was listed for the build.
    pub(crate) fn list(&mut self, ListedImage { name, file, line }: &ListedImage) {
        let demand = Demand { file: file.clone(), field: format!("line {line}"), ..Demand::default() };
        self.add(name.clone(), demand);
    }

    /// Takes in one place that asks for an image.
    pub(crate) fn add(&mut self, name: Reference, demand: Demand) {
        let wanted = self.0.entry(name).or_default();
        if !wanted.demands.contains(&demand) {
            wanted.demands.push(demand);
        }
    }
}
