"""Does to a release what Helm's own engine does. Reads one JSON object a line, {"verb", "name", "values", "chart", ...}, and writes one a line:
{"is"} or {"fails"}. Arguments: kubeconfig, namespace, chart."""

import json
import sys

import helm_python

kubeconfig, namespace, chart = sys.argv[1:]
helm = helm_python.Config(kubeconfig_path=kubeconfig, namespace=namespace)

VERBS = {
    "list": lambda it: helm.list(all_states=True),
    "status": lambda it: helm.status(it["name"]),
    "values": lambda it: helm.get_values(it["name"]),
    "history": lambda it: helm.history(it["name"]),
    "get": lambda it: helm.get_all(it["name"]),
    "install": lambda it: helm.install(it.get("chart", chart), it["name"], it["values"], namespace=namespace),
    "upgrade": lambda it: helm.upgrade(chart, it["name"], it["values"], namespace=namespace),
    "rollback": lambda it: helm.rollback(it["name"], version=it["version"]),
    "uninstall": lambda it: helm.uninstall(it["name"]),
}

for line in sys.stdin:
    asked = json.loads(line)
    try:
        said = {"is": VERBS[asked["verb"]](asked)}
    except helm_python.HelmError as error:
        said = {"fails": str(error)}
    print(json.dumps(said), flush=True)
