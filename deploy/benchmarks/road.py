"""Runs a load through a running installation and tells what it cost: items a second, latency, and for each process CPU,
resident memory and bytes written.

    road.py [options] LOAD BROKERS SAMPLE NAME=PID...

LOAD is the program of chain/load.c: it takes hardly any CPU from the processes that are measured. Prints JSON; exit status 0 if
every item ended with the outcome that was asked for, and was one effect where effects are looked for. An executor is no part of
the product: what it takes is told apart.
"""
import argparse
import contextlib
import glob
import json
import sqlite3
import subprocess
import sys
import tempfile
import time

from usage import usage

APART = ("executor",)


def load(options, body):
  """What the load program says of its run."""
  words = [options.load, "-n", options.items, "-r", options.rate, "-w", options.window, "-q", options.patience, "-b", body, "-P", "-m",
           "cs_origin", "-k", f"cs_outcome={options.outcome}", "-X", "fetch.wait.max.ms=5", options.brokers, "intake", "outcomes"]
  done = subprocess.run([str(word) for word in words], stdout=subprocess.PIPE, text=True)
  if not done.stdout:
    raise SystemExit("The load could not be sent; why stands above.")
  return json.loads(done.stdout)


def effects(pattern):
  """How many effects an executor has noted in its databases."""
  count = 0
  for path in glob.glob(pattern):
    with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
      count += database.execute("SELECT count(*) FROM effects").fetchone()[0]
  return count


def main(options, processes):
  with open(options.sample) as file:
    sample = json.load(file)
  sample["id"] = f"bench-{time.time_ns() // 1000}-@N@"
  # A target of its own for each, where the item's number names one.
  sample["data"]["number"] = "B-@N@"
  with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
    json.dump(sample, body)
    body.flush()
    effects_before = effects(options.effects)
    before = {name: usage(pid) for name, pid in processes.items()}
    told = load(options, body.name)
    after = {name: usage(pid) for name, pid in processes.items()}
  performed = effects(options.effects) - effects_before
  seen = max(told["seen"], 1)
  rows = {
    name: {
      "cpu_us_per_item": round((after[name][0] - before[name][0]) / seen * 1e6, 1), "resident_mib": round(after[name][1]),
      "bytes_written_per_item": round((after[name][2] - before[name][2]) / seen)}
    for name in processes}
  cpu = sum(row["cpu_us_per_item"] for name, row in rows.items() if name not in APART)
  apart = sum(row["cpu_us_per_item"] for name, row in rows.items() if name in APART)
  print(json.dumps({
    "items": options.items, "ended": told["seen"], "outcome": options.outcome, "effects": performed, "seconds": told["seconds"],
    "per_second": told["per_second"], "latency_ms": told["latency_ms"], "cpu_us_per_item": round(cpu, 1),
    "executor_share_of_cpu": round(apart / (cpu + apart), 3) if apart else 0, "processes": rows}, indent=1))
  return 0 if told["seen"] == options.items and performed == (options.items if options.effects else 0) else 1


if __name__ == "__main__":
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("--items", type=int, required=True)
  parser.add_argument("--rate", type=int, default=0, help="items a second; 0: as many as the window lets")
  parser.add_argument("--window", type=int, default=9000, help="sent and without an outcome at most; 0: no limit. The embedded "
                      "broker drops what a partition of 5 MiB cannot hold")
  parser.add_argument("--patience", type=int, default=60, help="seconds without an outcome until it gives up")
  parser.add_argument("--outcome", default="advisory")
  parser.add_argument("--effects", default="", metavar="PATTERN", help="an executor's databases; each item must be one effect there")
  parser.add_argument("load")
  parser.add_argument("brokers")
  parser.add_argument("sample")
  parser.add_argument("processes", nargs="+", metavar="NAME=PID")
  parsed = parser.parse_args()
  sys.exit(main(parsed, dict(pair.split("=") for pair in parsed.processes)))
