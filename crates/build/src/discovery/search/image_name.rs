//! Tells image names from other text. How much a text must look like one depends on where it stands: in a container's `image`
//! anything counts, in a field that is called so a tag or a domain is needed, and elsewhere both.

use sealer_model::Reference;

/// No image name is longer: 255 of the repository, 128 of the tag, and the digest.
const LONGEST: usize = 480;

/// What follows the colon of a taint, which otherwise looks as `node.kubernetes.io/unreachable:NoExecute` does.
const TAINT_EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// Endings of pictures, which fields called `image` hold too.
const PICTURES: [&str; 7] = [".png", ".svg", ".jpg", ".jpeg", ".gif", ".ico", ".webp"];

/// A name with domain and tag or digest, `quay.io/prometheus/node-exporter:v1.8`: what no other text looks like.
pub(super) fn complete(text: &str) -> Option<&str> {
    let name = text.trim();
    let reference = parsed(name)?;
    let (first, _) = name.split_once('/')?;
    let has_domain = first.contains('.') || first == "localhost" || has_port(first);
    (has_domain && !is_of_labels(first) && is_pinned(name, &reference)).then_some(name)
}

/// A name with a tag or a digest or at least a domain: what a field called `image` holds.
pub(super) fn in_image_field(text: &str) -> Option<&str> {
    let name = text.trim();
    let reference = parsed(name)?;
    let is_picture = PICTURES.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending));
    let has_domain = name.split_once('/').is_some_and(|(first, _)| first.contains('.'));
    (is_pinned(name, &reference) || has_domain && !is_picture).then_some(name)
}

/// Whether a key says that its value is an image: `image`, `sidecarImage`, `RELATED_IMAGE_WEB`, `docker_image`, `image-name`.
pub(super) fn is_image_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase().replace(['_', '-', '.'], "");
    lower.starts_with("relatedimage") || ["image", "imagename", "imageref"].iter().any(|ending| lower.ends_with(ending))
}

/// The image names in a text of many words, such as an argument: complete ones anywhere, and after `...image=` those with a tag.
pub(super) fn among_words(text: &str) -> Vec<&str> {
    text.split(ends_word).filter_map(of_word).collect()
}

/// The image names in a script or a template that is no YAML: as among words, and what stands behind `image:` or `--image`.
/// Comments name images of examples.
pub(super) fn in_script(text: &str) -> Vec<&str> {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(in_line).collect()
}

fn in_line(line: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let (mut key, mut before) = ("", "");
    for word in line.split(ends_word).filter(|word| !word.is_empty()) {
        let named = in_image_field(word).filter(|name| is_image_key(key) && has_colon_or_at(name));
        found.extend(of_word(word).or(named));
        key = match word.strip_suffix(':') {
            Some("") => before,
            Some(key) => key,
            None if word.starts_with('-') => word,
            None => "",
        };
        before = word;
    }
    found
}

fn ends_word(letter: char) -> bool {
    letter.is_whitespace() || "\"'`,;|&()<>[]{}\\".contains(letter)
}

fn of_word(word: &str) -> Option<&str> {
    let Some((key, value)) = word.split_once('=') else {
        return complete(word);
    };
    let named = || in_image_field(value).filter(|name| is_image_key(key) && has_colon_or_at(name));
    named().or_else(|| value.rsplit('=').next().and_then(complete))
}

fn has_colon_or_at(name: &str) -> bool {
    name.contains([':', '@'])
}

fn parsed(name: &str) -> Option<Reference> {
    let may_be = name.len() <= LONGEST && name.is_ascii() && !name.starts_with(['-', '/', '.']);
    name.parse().ok().filter(|_| may_be)
}

/// Whether tag or digest are written out and mean a version.
fn is_pinned(name: &str, reference: &Reference) -> bool {
    if reference.digest().is_some() {
        return true;
    }
    let last = name.rsplit('/').next().unwrap_or(name);
    last.split_once(':').is_some_and(|(_, tag)| !TAINT_EFFECTS.contains(&tag))
}

/// Whether a domain is one that labels and taints begin with, as in `kubernetes.io/os:linux`, and not a registry.
fn is_of_labels(domain: &str) -> bool {
    let parent = |parent: &str| domain.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    (parent("kubernetes.io") || parent("k8s.io")) && !domain.starts_with("registry")
}

fn has_port(domain: &str) -> bool {
    let port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    domain.split_once(':').is_some_and(|(host, number)| !host.is_empty() && port(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn a_complete_name_has_a_domain_and_a_version() {
        for text in [
            "quay.io/prometheus/node-exporter:v1.8".to_owned(),
            " registry:5000/a/b:1 ".to_owned(),
            "localhost/a:1".to_owned(),
            "registry.k8s.io/pause:3.9".to_owned(),
            format!("ghcr.io/a/b@{DIGEST}"),
            format!("ghcr.io/a/b:v1@{DIGEST}"),
        ] {
            assert_eq!(complete(&text), Some(text.trim()), "{text}");
        }
        for text in [
            "nginx:1.25",
            "quay.io/prometheus/node-exporter",
            "grafana/grafana:9",
            "redis.example.com:6379",
            "https://example.com/a:1",
            "node.kubernetes.io/unreachable:NoExecute",
            "kubernetes.io/os:linux",
            "dedicated.example.com/group:NoSchedule",
            "app.kubernetes.io/name",
            "$(IMAGE)",
            "{{ .Values.image }}",
            "example.com/Upper:1",
            "/usr.local/bin:1",
            "-javaagent.x/y:1",
        ] {
            assert_eq!(complete(text), None, "{text}");
        }
    }

    #[test]
    fn a_field_called_image_needs_less() {
        for text in ["nginx:1.25", "grafana/grafana:9", "quay.io/a/b"] {
            assert_eq!(in_image_field(text), Some(text));
        }
        for text in ["true", "Always", "nginx", "example.com/logo.png", "https://x/y.svg", "", "a b:1"] {
            assert_eq!(in_image_field(text), None, "{text}");
        }
    }

    #[test]
    fn keys_that_speak_of_images() {
        for key in ["image", "sidecarImage", "RELATED_IMAGE_WEB", "docker_image", "POSTGRES_IMAGE_NAME", "web-image"] {
            assert!(is_image_key(key), "{key}");
        }
        for key in ["imagePullPolicy", "images", "imageTag", "imagePullSecrets", "tag"] {
            assert!(!is_image_key(key), "{key}");
        }
    }

    #[test]
    fn words_of_arguments_and_scripts() {
        for (text, names) in [
            ("--prometheus-config-reloader=quay.io/x/reloader:v0.60", vec!["quay.io/x/reloader:v0.60"]),
            ("--image=nginx:1.25", vec!["nginx:1.25"]),
            ("--name=nginx:1.25", vec![]),
            ("--image=true", vec![]),
            (
                "\n3.9.0=quay.io/strimzi/kafka:0.45-kafka-3.9.0\n3.8.0=quay.io/strimzi/kafka:0.45-kafka-3.8.0\n",
                vec!["quay.io/strimzi/kafka:0.45-kafka-3.9.0", "quay.io/strimzi/kafka:0.45-kafka-3.8.0"],
            ),
            ("kubectl run x --image 'docker.io/bitnami/x:1' && exit", vec!["docker.io/bitnami/x:1"]),
            ("{\"image\":\"docker.io/a/b:1\",\"c\":1}", vec!["docker.io/a/b:1"]),
            ("curl http://web.ns.svc:8080/path -o /dev/null", vec![]),
        ] {
            assert_eq!(among_words(text), names, "{text}");
        }
    }

    #[test]
    fn lines_of_scripts_and_templates() {
        for (line, names) in [
            ("  image: nginx:1.25 # {{ x }}", vec!["nginx:1.25"]),
            ("  \"image\": \"nginx:1.25\",", vec!["nginx:1.25"]),
            ("kubectl run x --image nginx:1.25", vec!["nginx:1.25"]),
            ("  image: \"{{ .Values.image }}\"", vec![]),
            ("see the image version:1", vec![]),
            ("# image: nginx:1.25", vec![]),
        ] {
            assert_eq!(in_script(line), names, "{line}");
        }
    }
}
