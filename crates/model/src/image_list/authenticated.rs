//! The files of `build --image-list-with-auth`: container images together with who may pull them.
//!
//! ```yaml
//! - registry: registry.example.com
//!   username: robot
//!   password: secret
//!   images:
//!     - registry.example.com/team/web:1
//!     - team/cache:2 # of the same registry
//! ```

use super::ImageListError;
use crate::Reference;
use crate::secret::Secret;
use serde::Deserialize;
use serde_saphyr::Spanned;

/// An image and who may pull it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthenticatedImage {
    /// The image's full name.
    pub name: Reference,
    /// The user.
    pub user: String,
    /// The password.
    pub password: Secret,
    /// The line that names it, from 1.
    pub line: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Section {
    registry: Spanned<String>,
    username: String,
    password: String,
    images: Vec<Spanned<String>>,
}

/// Reads such a file. `file` is what errors call it; none shows a line of it, which could be the one with the password.
///
/// # Errors
/// When the text is no list of sections with `registry`, `username`, `password` and `images`, one of these is empty, or an image has no
/// valid name or is of another registry than its section.
pub fn authenticated_images(file: &str, text: &str) -> Result<Vec<AuthenticatedImage>, ImageListError> {
    let wrong = |line: usize, text: &str, reason: String| ImageListError {
        file: file.to_owned(),
        line,
        text: text.to_owned(),
        reason,
    };
    let sections: Vec<Section> = serde_saphyr::from_str(text).map_err(|error| {
        let line = error.location().map_or(1, |location| number(location.line()));
        wrong(line, "", "it is no list of sections, each with registry, username, password and images".to_owned())
    })?;
    let mut images = Vec::new();
    for Section { registry, username, password, images: names } in sections {
        let start = number(registry.defined.line());
        if registry.value.is_empty() || username.is_empty() || password.is_empty() {
            let reason = "a section needs a registry, a username and a password".to_owned();
            return Err(wrong(start, &registry.value, reason));
        }
        for name in names {
            let line = number(name.defined.line());
            let parsed = named(&registry.value, &name.value).map_err(|reason| wrong(line, &name.value, reason))?;
            let (user, password) = (username.clone(), Secret::new(password.clone()));
            images.push(AuthenticatedImage { name: parsed, user, password, line });
        }
    }
    Ok(images)
}

fn number(line: u64) -> usize {
    usize::try_from(line).unwrap_or(usize::MAX).max(1)
}

/// The image's name; without a registry, it is of the section's.
fn named(registry: &str, text: &str) -> Result<Reference, String> {
    let first = text.split_once('/').map_or("", |(first, _)| first);
    let has_registry = first.contains(['.', ':']) || first == "localhost";
    let full = if has_registry { text.to_owned() } else { format!("{registry}/{text}") };
    let name: Reference = full.parse().map_err(|error: crate::reference::InvalidReference| error.to_string())?;
    let own: Reference = format!("{registry}/any").parse().map_err(|_| format!("{registry} is no registry"))?;
    if name.domain() != own.domain() {
        return Err(format!("the section's user and password are for {registry}, and this is of {}", name.domain()));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_without_a_registry_are_of_their_sections() {
        let text = "- registry: r.io\n  username: u\n  password: p\n  images: [r.io/a/b:1, a/c:2]\n\
                    - {registry: 'h:5000', username: v, password: q, images: [x]}\n";
        let images = authenticated_images("list.yaml", text).unwrap();
        let told = |image: &AuthenticatedImage| {
            format!("{} {} {} {}", image.name, image.user, image.password.reveal(), image.line)
        };
        let told: Vec<String> = images.iter().map(told).collect();
        assert_eq!(told, ["r.io/a/b:1 u p 4", "r.io/a/c:2 u p 4", "h:5000/x:latest v q 5"]);
        assert!(!format!("{images:?}").contains("\"p\""));
    }

    #[test]
    fn mistakes_are_told_with_their_line_and_without_the_password() {
        let section = |line: &str| format!("- registry: r.io\n  username: u\n  password: hidden\n  {line}\n");
        for (text, message) in [
            (section("images: [UPPER]"), "list.yaml:4: "),
            (section("images: [other.io/a]"), "this is of other.io"),
            (section("image: [a]"), "it is no list of sections"),
            (section("images: {hidden: a}"), "it is no list of sections"),
            ("hidden".to_owned(), "it is no list of sections"),
            ("- {registry: r.io, username: u, password: '', images: [a]}\n".to_owned(), "needs a registry, a username"),
            ("- {registry: r.io, username: u, images: [a]}\n".to_owned(), "it is no list of sections"),
        ] {
            let error = authenticated_images("list.yaml", &text).unwrap_err().to_string();
            assert!(error.contains(message) && !error.contains("hidden"), "{error}");
        }
    }
}
