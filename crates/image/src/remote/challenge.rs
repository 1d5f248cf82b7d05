//! What a registry wants to know before it answers: the header `WWW-Authenticate`, as RFC 9110 and the distribution
//! project's token specification define it.

use std::collections::BTreeMap;

/// A way to say who we are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A token from another server.
    Bearer {
        /// The address of that server.
        realm: String,
        /// The registry's name there.
        service: Option<String>,
    },
    /// User and password with every request.
    Basic,
}

impl Challenge {
    /// The way to take, from all headers of one answer; tokens are preferred. The scope is left out: we know what we want.
    pub(super) fn choose<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let offers: Vec<Offer> = headers.flat_map(offers).collect();
        let bearer = offers.iter().find_map(Offer::bearer);
        bearer.or_else(|| offers.iter().any(Offer::is_basic).then_some(Self::Basic))
    }
}

/// A scheme with its parameters, names in lower case.
#[derive(Debug, Default)]
struct Offer {
    scheme: String,
    parameters: BTreeMap<String, String>,
}

impl Offer {
    fn bearer(&self) -> Option<Challenge> {
        let realm = self.parameters.get("realm")?.clone();
        let service = self.parameters.get("service").cloned();
        (self.scheme == "bearer").then_some(Challenge::Bearer { realm, service })
    }

    fn is_basic(&self) -> bool {
        self.scheme == "basic"
    }
}

/// A word that `=` follows is a parameter of the scheme before it; any other word is the next scheme.
fn offers(header: &str) -> Vec<Offer> {
    let mut offers: Vec<Offer> = Vec::new();
    let mut rest = header;
    loop {
        rest = rest.trim_start_matches(|next: char| !is_word(next));
        if rest.is_empty() {
            return offers;
        }
        let (word, after) = split_word(rest);
        rest = after;
        let word = word.to_ascii_lowercase();
        match (after.trim_start().strip_prefix('='), offers.last_mut()) {
            (Some(after), Some(offer)) => {
                let (value, after) = value(after.trim_start());
                offer.parameters.insert(word, value);
                rest = after;
            }
            _ => offers.push(Offer { scheme: word, ..Offer::default() }),
        }
    }
}

fn is_word(next: char) -> bool {
    next.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~/:".contains(next)
}

fn split_word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|next| !is_word(next)).unwrap_or(text.len()))
}

/// A word, or a quoted text in which a backslash takes the next character as it is.
fn value(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let (word, rest) = split_word(text);
        return (word.to_owned(), rest);
    };
    let mut value = String::new();
    let mut characters = quoted.chars();
    while let Some(next) = characters.next() {
        match next {
            '"' => break,
            '\\' => value.extend(characters.next()),
            other => value.push(other),
        }
    }
    (value, characters.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choose(header: &str) -> Option<Challenge> {
        Challenge::choose(std::iter::once(header))
    }

    fn bearer(realm: &str, service: Option<&str>) -> Option<Challenge> {
        let service = service.map(str::to_owned);
        Some(Challenge::Bearer { realm: realm.to_owned(), service })
    }

    #[test]
    fn docker_hub_sends_us_to_its_token_server() {
        let header = r#"Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/nginx:pull,push""#;
        assert_eq!(choose(header), bearer("https://auth.docker.io/token", Some("registry.docker.io")));
    }

    #[test]
    fn schemes_and_names_may_be_in_any_case_and_spacing() {
        assert_eq!(choose("bEaReR  Realm = \"https://a/t\" , x=1"), bearer("https://a/t", None));
        assert_eq!(choose("BASIC realm=x"), Some(Challenge::Basic));
    }

    #[test]
    fn a_token_is_preferred_to_a_password() {
        let both = r#"Basic realm="a, b", Bearer realm="https://a/t""#;
        assert_eq!(choose(both), bearer("https://a/t", None));
        let headers = ["Basic realm=x", "Bearer realm=\"https://a/t\""];
        assert_eq!(Challenge::choose(headers.into_iter()), bearer("https://a/t", None));
    }

    #[test]
    fn quotes_inside_a_value_are_escaped() {
        assert_eq!(choose(r#"Bearer realm="a\"b""#), bearer("a\"b", None));
    }

    #[test]
    fn what_nobody_can_follow_is_no_challenge() {
        for header in ["", ",,,", "Bearer", "Negotiate abc==", "Bearer service=\"x", "=", "=\"", "\\"] {
            assert_eq!(choose(header), None, "{header}");
        }
    }
}
