//! Names as they are written and as they are meant, a few by hand and many by rule.

use super::*;
use proptest::prelude::*;

fn full(text: &str) -> String {
    text.parse::<Reference>().unwrap().to_string()
}

#[test]
fn short_names_mean_docker_hub() {
    assert_eq!(full("nginx"), "docker.io/library/nginx:latest");
    assert_eq!(full("fanux/lvscare"), "docker.io/fanux/lvscare:latest");
    assert_eq!(full("docker.io/alpine:3"), "docker.io/library/alpine:3");
    assert_eq!(full("index.docker.io/library/alpine"), "docker.io/library/alpine:latest");
}

#[test]
fn a_dot_a_port_or_localhost_makes_a_domain() {
    assert_eq!(full("registry.k8s.io/pause:3.9"), "registry.k8s.io/pause:3.9");
    assert_eq!(full("xxx.com:5000/abc/tag"), "xxx.com:5000/abc/tag:latest");
    assert_eq!(full("localhost/demo/app:v1"), "localhost/demo/app:v1");
}

#[test]
fn a_digest_needs_no_tag() {
    let digest = Digest::of(b"x");
    assert_eq!(full(&format!("nginx@{digest}")), format!("docker.io/library/nginx@{digest}"));
    let both = format!("quay.io/a/b:1@{digest}");
    assert_eq!(full(&both), both);
    assert_eq!(both.parse::<Reference>().unwrap().selector(), digest.as_str());
}

#[test]
fn names_that_escape_or_mislead_are_refused() {
    for text in ["", "../evil", "a//b", "UPPER/case/", "a:b:c", "nginx:", "x@sha256:12", "-a/b", "a b"] {
        assert!(text.parse::<Reference>().is_err(), "{text:?} was accepted");
    }
}

/// A name's parts: domain, path, tag, digest.
type Parts = (String, String, Option<String>, Option<String>);

fn parts() -> impl Strategy<Value = Parts> {
    let domain = prop_oneof![
        "[a-z][a-z0-9]{0,8}(\\.[a-z0-9]{1,6}){1,3}(:[1-9][0-9]{0,4})?",
        "localhost(:[1-9][0-9]{0,4})?",
        "[a-z][a-z0-9]{0,8}:[1-9][0-9]{0,4}",
        "\\[[0-9a-f]{1,4}::[0-9a-f]{1,4}\\]:[1-9][0-9]{0,4}",
    ];
    let component = "[a-z0-9]{1,8}((-|_|__|\\.)[a-z0-9]{1,8}){0,2}";
    let path = proptest::collection::vec(component, 1..4).prop_map(|parts| parts.join("/"));
    let tag = proptest::option::of("[A-Za-z0-9_][A-Za-z0-9._-]{0,40}");
    let digest = proptest::option::of("sha256:[0-9a-f]{64}");
    (domain, path, tag, digest)
}

fn written((domain, path, tag, digest): &Parts) -> String {
    let tag = tag.as_ref().map_or_else(String::new, |tag| format!(":{tag}"));
    let digest = digest.as_ref().map_or_else(String::new, |digest| format!("@{digest}"));
    format!("{domain}/{path}{tag}{digest}")
}

proptest! {
    #[test]
    fn a_name_is_its_parts(parts in parts()) {
        let text = written(&parts);
        let read: Reference = text.parse().unwrap();
        let (domain, path, tag, digest) = parts;
        prop_assert_eq!(read.domain(), &domain);
        prop_assert_eq!(read.path(), &path);
        prop_assert_eq!(read.repository(), format!("{domain}/{path}"));
        prop_assert_eq!(read.digest().map(Digest::as_str), digest.as_deref());
        let meant = tag.or_else(|| digest.is_none().then(|| "latest".to_owned()));
        prop_assert_eq!(read.tag(), meant.as_deref());
        prop_assert_eq!(read.selector(), digest.as_deref().or(meant.as_deref()).unwrap());
    }

    #[test]
    fn the_normal_form_means_the_same_and_stays_as_it_is(parts in parts(), short in any::<bool>()) {
        // a path that begins like a domain is no short name
        prop_assume!(!short || !parts.1.split('/').next().unwrap().contains('.') || !parts.1.contains('/'));
        let text = if short { parts.1.clone() } else { written(&parts) };
        let read: Reference = text.parse().unwrap();
        let normal = read.to_string();
        prop_assert_eq!(&normal.parse::<Reference>().unwrap(), &read);
        prop_assert_eq!(normal.parse::<Reference>().unwrap().to_string(), normal);
    }

    #[test]
    fn whatever_is_accepted_is_safe_in_addresses_and_file_names(text in "[a-zA-Z0-9./:@_%?# \\\\-]{0,40}|\\PC{0,20}") {
        if let Ok(read) = text.parse::<Reference>() {
            let normal = read.to_string();
            prop_assert_eq!(&normal.parse::<Reference>().unwrap(), &read);
            prop_assert!(!read.path().split('/').any(|part| part.is_empty() || part == "." || part == ".."), "{}", text);
            let harmless = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/:@[]".contains(&byte);
            prop_assert!(normal.bytes().all(harmless), "{}", normal);
        }
    }
}
