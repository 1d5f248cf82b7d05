#!/bin/sh
# A pod network for nodes that see one another directly: each node's pods get addresses out of the node's pod range, and every node
# keeps a route to each other node's range. Needs nothing but the standard network plugins and the `ip` program.
set -eu

NODES='{{.metadata.name}} {{or .spec.podCIDR "-"}} {{range .status.addresses}}{{if eq .type "InternalIP"}}{{.address}}{{end}}{{end}}{{"\n"}}'

# The file is complete under its final name or not there at all: the container runtime reads it as soon as it appears.
configure() {
    folder=/etc/cni/net.d
    case $1 in *:*) everything=::/0 ;; *) everything=0.0.0.0/0 ;; esac
    cat >"$folder/.podnet" <<END
{
  "cniVersion": "0.4.0",
  "name": "podnet",
  "plugins": [
    {
      "type": "ptp",
      "ipMasq": true,
      "ipam": { "type": "host-local", "ranges": [[{ "subnet": "$1" }]], "routes": [{ "dst": "$everything" }] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
END
    mv "$folder/.podnet" "$folder/10-podnet.conflist"
    echo "this node's pods get addresses out of $1"
}

export KUBECONFIG=/etc/podnet/kubeconfig HOME=/tmp
configured=
while true; do
    # lists every node, then reports each change, until the API server closes the connection
    kubectl get nodes --watch --output "go-template=$NODES" | while read -r name range address; do
        if [ "$range" = - ] || [ -z "$address" ]; then continue; fi
        if [ "$name" != "$NODE_NAME" ]; then
            ip route replace "$range" via "$address" || echo "no route to $name ($range via $address)"
        elif [ "$configured" != "$range" ]; then
            configure "$range"
            configured=$range
        fi
    done || true
    sleep 1
done
