"""Renders charts with Helm's own engine. Reads one JSON object a line, {"folder", "values", "options"}, and writes one a line:
{"renders"} or {"fails"}; where no values are given, {"defaults"}, which are the chart's own."""

import json
import sys

import helm_python


def answer(question):
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
