#!/usr/bin/env python3
"""Commands over the output of the shop: count its rows, check its sales, or fail on purpose."""

import csv
import json
import os
import sys
from pathlib import Path

OUTPUT = Path(os.environ.get("REPORT_OUTPUT_DIR") or "output")


def rows(path):
    with open(path, encoding="utf-8", newline="") as file:
        return sum(1 for _ in csv.DictReader(file)) if path.suffix == ".csv" else sum(1 for _ in file)


def count():
    files = sorted([*OUTPUT.glob("*.csv"), *OUTPUT.glob("*.jsonl")])
    print(f"{os.environ.get('SHOP_NAME', 'The shop')}: {len(files)} files in {OUTPUT}")
    for path in files:
        print(f"{path.name}: {rows(path)} rows")


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


COMMANDS = {"count": count, "test-sales": test_sales, "always-fails": always_fails}

if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in COMMANDS:
        sys.exit(f"usage: report.py {'|'.join(COMMANDS)}")
    COMMANDS[sys.argv[1]]()
