#!/bin/bash
systemctl disable --now containerd
pkill -9 -x containerd-shim
rm -f /usr/bin/containerd /usr/bin/containerd-shim-runc-v2 /usr/bin/ctr /usr/bin/runc /etc/systemd/system/containerd.service
grep -o '/run/containerd[^ ]*' /proc/self/mounts | sort -r | while read -r mount; do umount "$mount"; done
grep -o '/var/lib/containerd[^ ]*' /proc/self/mounts | sort -r | while read -r mount; do umount "$mount"; done
rm -rf /etc/containerd /var/lib/containerd /run/containerd
systemctl daemon-reload
