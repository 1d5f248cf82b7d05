#!/bin/bash
# PORT DATADIR DOMAIN: the registry is a container on the host's network.
set -e
rootfs=$(cd "$(dirname "$0")/.." && pwd)
mkdir -p "$2"
ctr --namespace default run --detach --net-host \
    --mount "type=bind,src=$2,dst=/registry,options=rbind:rw" \
    --mount "type=bind,src=$rootfs/certs,dst=/certs,options=rbind:ro" \
    --mount "type=bind,src=$rootfs/etc,dst=/configuration,options=rbind:ro" \
    --rootfs "$rootfs/images/registry" sealer-registry /usr/bin/docker-registry serve /configuration/registry_config.yml
