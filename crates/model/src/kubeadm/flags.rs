//! Flags that programs of Kubernetes had once. A program that is told one which is gone does not start, so that they are looked for
//! before any host is touched.

use super::{Arguments, Documents, InvalidDocument, KubernetesVersion};

/// A program, a flag, and the minor version that does not have it any more.
const REMOVED: &[(&str, &str, u32)] = &[
    ("kube-apiserver", "basic-auth-file", 19),
    ("kube-apiserver", "kubelet-https", 22),
    ("kube-apiserver", "insecure-port", 24),
    ("kube-apiserver", "insecure-bind-address", 24),
    ("kube-apiserver", "address", 24),
    ("kube-apiserver", "port", 24),
    ("kube-apiserver", "service-account-api-audiences", 25),
    ("kube-controller-manager", "address", 24),
    ("kube-controller-manager", "port", 24),
    ("kube-controller-manager", "deleting-pods-qps", 25),
    ("kube-controller-manager", "deleting-pods-burst", 25),
    ("kube-controller-manager", "register-retry-count", 25),
    ("kube-controller-manager", "pod-eviction-timeout", 27),
    ("kube-controller-manager", "enable-taint-manager", 27),
    ("kube-controller-manager", "volume-host-cidr-denylist", 31),
    ("kube-controller-manager", "volume-host-allow-local-loopback", 31),
    ("kube-controller-manager", "horizontal-pod-autoscaler-upscale-delay", 31),
    ("kube-controller-manager", "horizontal-pod-autoscaler-downscale-delay", 31),
    ("kube-scheduler", "policy-config-file", 23),
    ("kube-scheduler", "policy-configmap", 23),
    ("kube-scheduler", "policy-configmap-namespace", 23),
    ("kube-scheduler", "use-legacy-policy-config", 23),
    ("kube-scheduler", "algorithm-provider", 23),
    ("kube-scheduler", "address", 24),
    ("kube-scheduler", "port", 24),
    ("kubelet", "bootstrap-checkpoint-path", 19),
    ("kubelet", "experimental-bootstrap-kubeconfig", 23),
    ("kubelet", "seccomp-profile-root", 23),
    ("kubelet", "network-plugin", 24),
    ("kubelet", "cni-bin-dir", 24),
    ("kubelet", "cni-conf-dir", 24),
    ("kubelet", "docker-endpoint", 24),
    ("kubelet", "image-pull-progress-deadline", 24),
    ("kubelet", "dynamic-config-dir", 24),
    ("kubelet", "container-runtime", 27),
    ("kubelet", "keep-terminated-pod-volumes", 31),
    ("kubelet", "cloud-config", 34),
    ("kubelet", "pod-infra-container-image", 35),
];

/// Flags of the old way to log, which all programs lost in 1.26.
const LOGGING: &[&str] = &[
    "add-dir-header",
    "alsologtostderr",
    "log-backtrace-at",
    "log-dir",
    "log-file",
    "log-file-max-size",
    "logtostderr",
    "one-output",
    "skip-headers",
    "skip-log-headers",
    "stderrthreshold",
];
const LOGGING_GONE: u32 = 26;

impl Documents {
    /// Refuses flags that this version of Kubernetes does not have any more.
    ///
    /// # Errors
    /// When there are such; the error names all of them.
    pub fn check_flags(&self, version: KubernetesVersion) -> Result<(), InvalidDocument> {
        let flags = self.removed_flags(version);
        if flags.is_empty() { Ok(()) } else { Err(InvalidDocument::RemovedFlags(flags.join("; "))) }
    }

    fn removed_flags(&self, version: KubernetesVersion) -> Vec<String> {
        let cluster = &self.cluster;
        let of: [(&str, &Arguments); 5] = [
            ("kube-apiserver", &cluster.api_server.extra_args),
            ("kube-controller-manager", &cluster.controller_manager.extra_args),
            ("kube-scheduler", &cluster.scheduler.extra_args),
            ("kubelet", &self.init.node_registration.kubelet_extra_args),
            ("kubelet", &self.join.node_registration.kubelet_extra_args),
        ];
        let mut found = Vec::new();
        for (program, flags) in of {
            for flag in flags.names() {
                if let Some(since) = gone(program, flag).filter(|since| version.major > 1 || version.minor >= *since) {
                    found.push(format!("{program} has no flag --{flag} since v1.{since}"));
                }
            }
        }
        found.dedup();
        found
    }
}

fn gone(program: &str, flag: &str) -> Option<u32> {
    let removed = REMOVED.iter().find(|(of, name, _)| *of == program && *name == flag);
    removed.map(|(_, _, since)| *since).or_else(|| LOGGING.contains(&flag).then_some(LOGGING_GONE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_that_are_gone_are_named_with_their_program() {
        let text = "kind: ClusterConfiguration\napiServer: {extraArgs: {insecure-port: \"0\", profiling: \"false\"}}\n\
                    scheduler: {extraArgs: {logtostderr: \"true\"}}\n";
        let documents = Documents::read(text).unwrap();
        let check = |version: &str| documents.check_flags(version.parse().unwrap()).map_err(|error| error.to_string());
        assert_eq!(check("v1.23.9"), Ok(()));
        let refused = check("v1.26.0").unwrap_err();
        assert!(refused.contains("kube-apiserver has no flag --insecure-port since v1.24"), "{refused}");
        assert!(refused.contains("kube-scheduler has no flag --logtostderr since v1.26"), "{refused}");
    }

    #[test]
    fn the_flag_for_the_pause_image_is_refused_where_the_kubelet_lost_it() {
        let text =
            "kind: JoinConfiguration\nnodeRegistration:\n  kubeletExtraArgs: {pod-infra-container-image: pause:3.9}\n";
        let documents = Documents::read(text).unwrap();
        let check = |version: &str| documents.check_flags(version.parse().unwrap()).map_err(|error| error.to_string());
        assert_eq!(check("v1.34.2"), Ok(()));
        let refused = "kubelet has no flag --pod-infra-container-image since v1.35".to_owned();
        assert_eq!(check("v1.35.0"), Err(refused));
    }

    #[test]
    fn no_flag_of_a_program_is_there_twice() {
        for (index, (program, flag, _)) in REMOVED.iter().enumerate() {
            let again = REMOVED[..index].iter().any(|(of, other, _)| (of, other) == (program, flag));
            assert!(!again, "{program} --{flag}");
        }
    }
}
