#!/bin/bash
set -e
cd "$(dirname "$0")/.."
cp bin/kubeadm bin/kubectl bin/kubelet /usr/bin/
cp etc/kubelet.service /etc/systemd/system/
mkdir -p /etc/systemd/system/kubelet.service.d
cp etc/10-kubeadm.conf /etc/systemd/system/kubelet.service.d/
sysctl -q -w net.ipv4.ip_forward=1
systemctl daemon-reload
systemctl enable kubelet
# the Go sealer computes the address; a network without a way out has no default route to take it from
address=$(hostname -I | cut -d' ' -f1)
sed -i "s/@ADDRESS@/$address/" etc/kubeadm.yml
echo "KUBELET_EXTRA_ARGS=--node-ip=$address" >/etc/default/kubelet
