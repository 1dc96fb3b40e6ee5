#!/usr/bin/env python3
"""json: parse, validate and encode 100-event bodies on one core, against
simdjson's parse of the same bytes alone."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bench


def main():
    b = bench.Bench("json", "the door's pure path, one core")
    folder = bench.build(b.lab, "json")
    p = subprocess.run([os.path.join(folder, "json")],
                       stdout=subprocess.PIPE, text=True)
    if not p.stdout.strip():
        sys.exit("bench: t/bench/json said nothing")
    result = json.loads(p.stdout.splitlines()[-1])
    b.figure("parser_events_s", result["parser_events_s"], "events/s",
             "simdjson alone")
    b.figure("door_events_s", result["door_events_s"], "events/s",
             "parse, validate, encode")
    b.figure("rules_events_s", result["rules_events_s"], "events/s",
             "the same under ten rules for personal data")
    b.at_least("ratio", result["ratio"], 0.4, "ratio to the parser")
    b.finish()


main()
