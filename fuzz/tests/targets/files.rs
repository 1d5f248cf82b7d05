//! The files that people write: Kubefile, Clusterfile, image lists, names of images, addresses of hosts.

use sealer_fuzz::Target;
use sealer_model::clusterfile::{Clusterfile, convert, plugins_of_image};
use sealer_model::image_list::ImageList;
use sealer_model::kubefile::Kubefile;
use sealer_model::{Digest, Platform, Reference, ip_list};

const KUBEFILES: [&str; 3] = [
    "# escape=\\\nARG VERSION=1.2\nFROM registry.example.com:5000/base:v${VERSION:-1}\nLABEL a=b \"c d\"='e f'\nENV A=1 B=\"$A\"\n\
     COPY --chown=0:0 --chmod=0644 a* \\\n  b/ etc/\nADD --checksum=sha256:\
     e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855 https://example.com/x.tgz charts/\n",
    "FROM scratch\nAPP web local://chart local://values.yaml\nAPPENV web PORT=80\nAPPCMDS web [\"kubectl apply -f a.yaml\", \"true\"]\n\
     MAINTAINER someone\nLAUNCH [\"web\"]\n",
    "FROM base AS one\nRUN echo a && \\\n  echo b\nRUN <<-\"END\"\n\techo c\n\tEND\nCOPY <<a.yaml etc/\na: $A\na.yaml\nCOPY --from=busybox:1.36 /bin /bin\nCNI calico local://c.yaml\nKUBEVERSION v1.20.2\nCMD echo \"a\" && b\n",
];

#[test]
fn kubefiles() {
    let words = &[
        "FROM ",
        "RUN ",
        "<<END\n",
        "${A:-",
        "--from=",
        "\\\n",
        "[\"",
        "\"]",
        "$",
        "ARG ",
        "local://",
        "# escape=`\n",
    ];
    let target = Target::of_texts("kubefile", &KUBEFILES, words);
    target.run_texts(|text| match Kubefile::parse("Kubefile", text) {
        Ok(kubefile) => !kubefile.instructions().is_empty(),
        Err(error) => error.to_string().is_empty(),
    });
}

const CLUSTERFILES: [&str; 2] = [
    "apiVersion: sealer.cloud/v2\nkind: Cluster\nmetadata:\n  name: my-cluster\nspec:\n  image: registry.example.com/base:v1\n  env:\n  - A=b\n\
     \x20 ssh:\n    user: root\n    port: 22\n  hosts:\n  - ips: [192.168.0.2-192.168.0.4]\n    roles: [master]\n    labels: {a: b}\n\
     \x20 - ips: [192.168.0.5]\n    roles: [node]\n    taints: [\"a-b=c:NoSchedule\"]\n---\nkind: ClusterConfiguration\n\
     apiVersion: kubeadm.k8s.io/v1beta2\nnetworking:\n  podSubnet: 100.64.0.0/10\n  serviceSubnet: 10.96.0.0/22\n",
    "apiVersion: sealer.cloud/v2\nkind: Cluster\nmetadata: {name: c}\nspec:\n  image: base:v1\n  hosts: [{ips: [10.0.0.1], roles: [master]}]\n---\n\
     apiVersion: sealer.aliyun.com/v1alpha1\nkind: Config\nmetadata: {name: c}\nspec:\n  path: etc/a.yaml\n  strategy: merge\n  data: |\n    a: 1\n---\n\
     apiVersion: sealer.aliyun.com/v1alpha1\nkind: Plugin\nmetadata: {name: p}\nspec:\n  type: SHELL\n  action: pre-init-host\n  scope: master\n  data: echo\n",
];

#[test]
fn clusterfiles() {
    let words = &[
        "null",
        "---\n",
        "- ",
        ": ",
        "&a ",
        "*a",
        "!!binary ",
        "192.168.0.1-10.0.0.0",
        "::/0",
        "10.0.0.0/33",
        "roles",
        "|\n",
    ];
    let target = Target::of_texts("clusterfile", &CLUSTERFILES, words);
    target.run_texts(|text| {
        let _ = convert("Clusterfile", text);
        let _ = plugins_of_image("plugins/a.yaml", text);
        Clusterfile::read("Clusterfile", text).fit().is_ok()
    });
}

#[test]
fn image_lists_and_names() {
    let seeds = [
        "registry.example.com:5000/a/b:v1.2\n# why\n\nbusybox\noci-archive:a/b.tar\ndocker.io/library/nginx:1.25",
        "quay.io/a/b@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\nlocalhost/a_b/c--d:x",
    ];
    let target = Target::of_texts("names", &seeds, &["@sha256:", ":", "//", "..", "_", "-", "é", "[::1]:5000/"]);
    target.run_texts(|text| {
        for name in text.split_whitespace() {
            let read = name.parse::<Reference>().map(|reference| reference.to_string());
            if let Ok(written) = read {
                assert_eq!(
                    written.parse::<Reference>().map(|again| again.to_string()).ok(),
                    Some(written.clone()),
                    "{name}"
                );
            }
            let _ = (name.parse::<Digest>(), name.parse::<Platform>());
        }
        ImageList::parse("imageList", text).is_ok()
    });
}

#[test]
fn addresses_of_hosts() {
    let seeds = ["192.168.0.1,192.168.0.2-192.168.0.9", "10.0.0.0-10.0.1.255", "fd00::1,fd00::20"];
    let target = Target::of_texts("addresses", &seeds, &["-", ",", "::", "255.255.255.255", "0.0.0.0", "ffff:", "/8"]);
    target.run_texts(|text| ip_list::parse(text).is_ok());
}
