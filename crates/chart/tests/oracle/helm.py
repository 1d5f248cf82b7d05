"""Asks Helm's own engine. Reads one JSON object a line and writes one a line.

- {"folder", "values", "options"}: renders a chart, {"renders"} or {"fails"}; where no values are given, {"defaults"}, its own values.
- {"folder", "values", "manifest": true}: the manifests of an installation that is not carried out, {"manifest"} or {"fails"}.
- {"kind", "expression"}: reads an option that sets values (`--set` and its kin), {"values"} or {"fails"}."""

import json
import sys

import helm_python

SETTERS = {
    "set": helm_python.parse_set_string,
    "set-string": helm_python.parse_set_string_values,
    "set-json": helm_python.parse_set_json,
    "set-file": helm_python.parse_set_file,
    "set-literal": helm_python.parse_set_literal,
}


# nobody is asked: without a cluster Helm needs a place where one would be all the same
NOWHERE = """
apiVersion: v1
kind: Config
clusters: [{name: a, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: a, user: {}}]
contexts: [{name: a, context: {cluster: a, user: a}}]
current-context: a
"""


def manifest(question):
    with helm_python.Config(namespace="ns1", kubeconfig_content=NOWHERE) as config:
        release = config.install(question["folder"], "rel", question["values"], dry_run="client", namespace="ns1")
        return {"manifest": release["manifest"]}


def answer(question):
    if "manifest" in question:
        return manifest(question)
    if "expression" in question:
        return {"values": SETTERS[question["kind"]](question["expression"])}
    chart = helm_python.Chart.load(question["folder"])
    if question["values"] is None:
        return {"defaults": chart.values}
    options = {"name": "rel", "namespace": "ns1"} | (question["options"] or {})
    return {"renders": chart.render(question["values"], **options)}


for line in sys.stdin:
    try:
        said = answer(json.loads(line))
    except helm_python.HelmError as error:
        said = {"fails": str(error)}
    print(json.dumps(said), flush=True)
