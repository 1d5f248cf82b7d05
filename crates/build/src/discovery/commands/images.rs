//! Images that commands name: `kubectl run --image`, `kubectl set image`, and what the tools of container runtimes pull and run.

use super::Command;

/// Tools of container runtimes, which read their arguments alike.
const RUNTIMES: [&str; 5] = ["docker", "nerdctl", "podman", "ctr", "crictl"];

/// Their options of `run` and `pull` that take no value.
const FLAGS: [&str; 20] = [
    "-d",
    "--detach",
    "-i",
    "--interactive",
    "-t",
    "--tty",
    "-it",
    "-ti",
    "-dit",
    "-itd",
    "--rm",
    "--privileged",
    "--init",
    "-q",
    "--quiet",
    "--read-only",
    "-P",
    "--publish-all",
    "--net-host",
    "--plain-http",
];

impl Command {
    /// Every image that it names, as it writes it.
    pub(crate) fn images(&self) -> Vec<&str> {
        match self.program() {
            "kubectl" => self.of_kubectl(),
            program if RUNTIMES.contains(&program) => self.of_runtime().into_iter().collect(),
            _ => Vec::new(),
        }
    }

    fn of_kubectl(&self) -> Vec<&str> {
        let words: Vec<&str> = self.words.iter().skip(1).map(String::as_str).collect();
        let joined = words.iter().filter_map(|word| word.strip_prefix("--image="));
        let apart = words.windows(2).filter(|pair| pair[0] == "--image").map(|pair| pair[1]);
        let mut images: Vec<&str> = joined.chain(apart).collect();
        if let Some(place) = words.windows(2).position(|pair| pair == ["set", "image"]) {
            let pairs = words.iter().skip(place + 2).filter(|word| !word.starts_with('-'));
            images.extend(pairs.filter_map(|word| word.split_once('=')).map(|(_, image)| image));
        }
        images
    }

    /// The first word behind `pull`, `run` or `create` that is neither an option nor the value of one.
    fn of_runtime(&self) -> Option<&str> {
        let mut words = self.words.iter().skip(1).map(String::as_str);
        words.find(|word| ["pull", "run", "create"].contains(word))?;
        while let Some(word) = words.next() {
            if !word.starts_with('-') {
                return Some(word);
            }
            if !word.contains('=') && !FLAGS.contains(&word) {
                words.next();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_found_where_programs_expect_them() {
        for (text, expected) in [
            ("kubectl run web --image nginx:1 -n x", vec!["nginx:1"]),
            ("/usr/bin/kubectl create deployment web --image=nginx:1 --image=redis:7", vec!["nginx:1", "redis:7"]),
            ("kubectl -n x set image deployment/web a=nginx:2 b=redis:8 --record", vec!["nginx:2", "redis:8"]),
            ("docker run -d --name web -p 80:80 nginx:1 nginx -g x", vec!["nginx:1"]),
            ("nerdctl --namespace k8s.io pull --quiet busybox", vec!["busybox"]),
            ("ctr -n k8s.io images pull --platform linux/amd64 docker.io/library/a:1", vec!["docker.io/library/a:1"]),
            ("crictl pull a:1", vec!["a:1"]),
            ("docker rmi a:1", vec![]),
            ("kubectl get pods", vec![]),
            ("echo docker pull a:1", vec![]),
        ] {
            let words = text.split(' ').map(str::to_owned).collect();
            assert_eq!(Command { words, ..Command::default() }.images(), expected, "{text}");
        }
    }
}
