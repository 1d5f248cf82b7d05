//! Helm charts without helm: loaded from a folder or an archive, given their values, rendered to the text that Helm renders.
