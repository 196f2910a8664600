#!/usr/bin/env python3
"""Commands over the output of the shop: count its rows, serve the counts, check its sales, or fail on purpose."""

import csv
import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

OUTPUT = Path(os.environ.get("REPORT_OUTPUT_DIR") or "output")


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file)) if path.suffix == ".csv" else sum(1 for _ in file)


def counts():
    files = sorted([*OUTPUT.glob("*.csv"), *OUTPUT.glob("*.jsonl")])
    yield f"{os.environ.get('SHOP_NAME', 'The shop')}: {len(files)} files in {OUTPUT}"
    for path in files:
        yield f"{path.name}: {rows(path)} rows"


def count():
    for line in counts():
        print(line)


class Page(BaseHTTPRequestHandler):
    def do_GET(self):
        body = "".join(f"{line}\n" for line in counts()).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def serve(port="0"):
    """Serve the counts as a page, until stopped. Port 0 takes any free one."""
    with ThreadingHTTPServer(("127.0.0.1", int(port)), Page) as server:
        print(f"The report is at http://127.0.0.1:{server.server_port}/")
        server.serve_forever()


def test_sales():
    path = OUTPUT / "sales.jsonl"
    if not path.exists():
        sys.exit(f"{path} is missing: run the job sales first")
    ids = [json.loads(line)["id"] for line in path.read_text(encoding="utf-8").splitlines()]
    missing = len(set(range(1, max(ids, default=0) + 1)) - set(ids))
    double = len(ids) - len(set(ids))
    print(f"{len(ids)} sales, {missing} missing, {double} twice")
    sys.exit(1 if missing or double else 0)


def always_fails():
    print("Opening the ledger")
    sys.exit("The ledger is locked: this command always fails")


COMMANDS = {"count": count, "serve": serve, "test-sales": test_sales, "always-fails": always_fails}

if __name__ == "__main__":
    name, *args = sys.argv[1:] or [""]
    if name not in COMMANDS or len(args) > (1 if name == "serve" else 0):
        sys.exit(f"usage: report.py {'|'.join(COMMANDS)}")
    COMMANDS[name](*args)
