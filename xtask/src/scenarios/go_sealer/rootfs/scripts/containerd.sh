#!/bin/bash
# As the scripts of a base image do: the runtime from the rootfs goes where the system has its programs.
set -e
cd "$(dirname "$0")/.."
cp cri/* /usr/bin/
mkdir -p /etc/containerd /opt/cni/bin /etc/cni/net.d
cp cni/* /opt/cni/bin/
cp etc/containerd.toml /etc/containerd/config.toml
cp etc/10-bridge.conflist /etc/cni/net.d/
cp etc/containerd.service /etc/systemd/system/
systemctl daemon-reload
systemctl enable --now containerd
