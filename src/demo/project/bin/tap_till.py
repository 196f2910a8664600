#!/usr/bin/env python3
"""A Singer tap over an invented till: every run reads the next sales, slowly, and can be told to fail."""

import argparse
import json
import sys
import time
from datetime import datetime, timedelta, timezone

STREAM = "sales"
OPENING = datetime(2026, 1, 5, 8, 0, tzinfo=timezone.utc)
ITEMS = [("rye bread", 4.2), ("honey", 6.5), ("olive oil", 9.5), ("goat cheese", 6.3), ("coffee beans", 13.0)]
CASHIERS = ["Ines", "Otto", "Maya"]
METRIC_EVERY = 10

SCHEMA = {
    "type": "object",
    "properties": {
        "id": {"type": "integer"},
        "item": {"type": "string"},
        "price": {"type": "number"},
        "cashier": {"type": "string"},
        "sold_at": {"type": "string", "format": "date-time"},
    },
}


def log(level, text):
    print(f"{level} {text}", file=sys.stderr, flush=True)


def metric(kind, name, value, **tags):
    line = {"type": kind, "metric": name, "value": value, "tags": {"stream": STREAM, **tags}}
    log("INFO", "METRIC: " + json.dumps(line))


def emit(message):
    print(json.dumps(message), flush=True)


def read_json(path):
    if path is None:
        return {}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def catalog():
    metadata = [{"breadcrumb": [], "metadata": {"inclusion": "available", "table-key-properties": ["id"]}}]
    for name in SCHEMA["properties"]:
        inclusion = "automatic" if name == "id" else "available"
        metadata.append({"breadcrumb": ["properties", name], "metadata": {"inclusion": inclusion}})
    return {
        "streams": [
            {
                "tap_stream_id": STREAM,
                "stream": STREAM,
                "schema": SCHEMA,
                "key_properties": ["id"],
                "replication_method": "INCREMENTAL",
                "replication_key": "id",
                "metadata": metadata,
            }
        ]
    }


def selected_fields(given):
    """The fields the catalog asks for; none at all when the stream itself is not selected."""
    for stream in given.get("streams", []):
        if stream["tap_stream_id"] != STREAM:
            continue
        marks = {tuple(entry["breadcrumb"]): entry["metadata"] for entry in stream.get("metadata", [])}
        if marks.get((), {}).get("selected") is False:
            return []
        return [
            name
            for name in SCHEMA["properties"]
            if marks.get(("properties", name), {}).get("inclusion") == "automatic"
            or marks.get(("properties", name), {}).get("selected") is not False
        ]
    return list(SCHEMA["properties"])


def sale(number):
    item, price = ITEMS[number % len(ITEMS)]
    sold_at = OPENING + timedelta(minutes=7 * number)
    return {
        "id": number,
        "item": item,
        "price": price,
        "cashier": CASHIERS[number // 40 % len(CASHIERS)],
        "sold_at": sold_at.isoformat().replace("+00:00", "Z"),
    }


def sync(config, given_catalog, state):
    fields = selected_fields(given_catalog)
    if not fields:
        log("INFO", f"The stream {STREAM} is not selected: nothing to read")
        return
    rows, fail_at = int(config.get("rows", 20)), int(config.get("fail_at", 0))
    delay, log_lines = float(config.get("delay", 0.2)), int(config.get("log_lines", 1))
    state_every = max(1, int(config.get("state_every", 1)))
    last = int(state.get("bookmarks", {}).get(STREAM, {}).get("replication_key_value", 0))
    log("INFO", f"Reading {rows} sales after sale {last}")
    properties = {name: SCHEMA["properties"][name] for name in fields}
    schema = {"type": "object", "properties": properties}
    emit({"type": "SCHEMA", "stream": STREAM, "schema": schema, "key_properties": ["id"], "bookmark_properties": ["id"]})

    started, counted, status = time.monotonic(), 0, "failed"
    try:
        for row in range(1, rows + 1):
            if row == fail_at:
                raise SystemExit(f"ERROR The till stopped answering at sale {last + row} (fail_at is {fail_at})")
            record = sale(last + row)
            for line in range(log_lines):
                log("INFO", f"Sale {record['id']}: {record['item']}" + (f" (line {line + 1})" if line else ""))
            emit({"type": "RECORD", "stream": STREAM, "record": {name: record[name] for name in fields}})
            if row % state_every == 0 or row == rows:
                bookmark = {"replication_key": "id", "replication_key_value": record["id"]}
                emit({"type": "STATE", "value": {"bookmarks": {STREAM: bookmark}}})
            counted += 1
            if counted == METRIC_EVERY:
                metric("counter", "record_count", counted)
                counted = 0
            time.sleep(delay)
        status = "succeeded"
    finally:
        metric("counter", "record_count", counted)
        metric("timer", "sync_duration", round(time.monotonic() - started, 3), status=status)


def main():
    parser = argparse.ArgumentParser(prog="tap-till")
    parser.add_argument("--config", required=True)
    parser.add_argument("--catalog")
    parser.add_argument("--state")
    parser.add_argument("--discover", action="store_true")
    args = parser.parse_args()
    if args.discover:
        print(json.dumps(catalog(), indent=2))
        return
    config = read_json(args.config)
    if not config.get("api_key"):
        sys.exit("ERROR The till needs a key: set TAP_TILL_API_KEY in the .env file of the project")
    sync(config, read_json(args.catalog), read_json(args.state))


if __name__ == "__main__":
    main()
