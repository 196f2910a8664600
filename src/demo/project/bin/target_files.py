#!/usr/bin/env python3
"""A Singer target that appends every record to a JSON lines file named after its stream."""

import argparse
import json
import sys
from collections import Counter
from pathlib import Path

METRIC_EVERY = 10


def log(level, text):
    print(f"{level} {text}", file=sys.stderr, flush=True)


def metric(stream, value):
    line = {"type": "counter", "metric": "record_count", "value": value, "tags": {"stream": stream}}
    log("INFO", "METRIC: " + json.dumps(line))


def main():
    parser = argparse.ArgumentParser(prog="target-files")
    parser.add_argument("--config", required=True)
    config = json.loads(Path(parser.parse_args().config).read_text(encoding="utf-8"))
    directory = Path(config.get("output_dir") or "output")
    directory.mkdir(parents=True, exist_ok=True)

    files, counted = {}, Counter()
    for line in sys.stdin:
        message = json.loads(line)
        kind = message["type"]
        if kind == "SCHEMA":
            stream = message["stream"]
            if stream not in files:
                files[stream] = open(directory / f"{stream}.jsonl", "a", encoding="utf-8")
                log("INFO", f"Writing {stream} to {files[stream].name}")
        elif kind == "RECORD":
            stream = message["stream"]
            files[stream].write(json.dumps(message["record"]) + "\n")
            counted[stream] += 1
            if counted[stream] == METRIC_EVERY:
                metric(stream, counted.pop(stream))
        elif kind == "STATE":
            # A state is a receipt: it goes out only when every row before it is in its file.
            for file in files.values():
                file.flush()
            print(json.dumps(message["value"]), flush=True)
    for stream, file in files.items():
        file.close()
        metric(stream, counted[stream])


if __name__ == "__main__":
    main()
