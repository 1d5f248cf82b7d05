# Removes what the Go sealer's scripts install. Words: the part, the rootfs, the container runtime, the registry's name, the API's name.
set -u
part=$1 rootfs=$2 runtime=$3 registry=$4 api=$5

stop() {
    systemctl stop kubelet 2>/dev/null
    if [ "$runtime" = docker ]; then
        docker ps --all --quiet --filter name=^k8s_ --filter name=^/k8s_ 2>/dev/null | while read -r id; do docker rm --force "$id"; done
        docker rm --force sealer-registry 2>/dev/null
    else
        for space in k8s.io default; do
            ctr --namespace "$space" tasks list --quiet 2>/dev/null | while read -r id; do
                [ "$space" = k8s.io ] || [ "$id" = sealer-registry ] || continue
                ctr --namespace "$space" tasks delete --force "$id" >/dev/null 2>&1
            done
            ctr --namespace "$space" containers list --quiet 2>/dev/null | while read -r id; do
                [ "$space" = k8s.io ] || [ "$id" = sealer-registry ] || continue
                ctr --namespace "$space" containers delete "$id" >/dev/null 2>&1
            done
        done
    fi
    return 0
}

# Lines that have one of the cluster's own names and no other, and those that the Go sealer marked.
forget_names() {
    kept=$(mktemp) || return 1
    awk -v one="$registry" -v two="$api" '
        /#hostalias-set-by-sealer/ { next }
        NF == 2 && ($2 == one || $2 == two) { next }
        { print }' /etc/hosts >"$kept" && cat "$kept" >/etc/hosts
    rm -f "$kept"
}

remove() {
    kubeadm reset --force >/dev/null 2>&1
    if [ -f "$rootfs/scripts/uninstall-$runtime.sh" ]; then
        (cd "$rootfs/scripts" && bash "uninstall-$runtime.sh") || echo "uninstall-$runtime.sh ended with $?"
    fi
    systemctl disable kubelet 2>/dev/null
    rm -rf --one-file-system /etc/systemd/system/kubelet.service /etc/systemd/system/kubelet.service.d
    rm -f /usr/bin/kubeadm /usr/bin/kubelet /usr/bin/kubectl /etc/sysctl.d/k8s.conf
    rm -rf --one-file-system /etc/kubernetes /var/lib/kubelet /var/lib/etcd /etc/cni /opt/cni "$rootfs"
    # the folder of the cluster, when nothing of its owner's is in it
    rm -rf "${rootfs%/rootfs}/.kube"
    rmdir "${rootfs%/rootfs}" 2>/dev/null
    rm -rf "/etc/docker/certs.d/$registry:"* "/etc/containerd/certs.d/$registry:"*
    systemctl daemon-reload
    forget_names
    for path in /etc/kubernetes /var/lib/kubelet /var/lib/etcd "$rootfs"; do
        if [ -e "$path" ]; then
            echo "$path is still there" >&2
            return 1
        fi
    done
}

"$part"
