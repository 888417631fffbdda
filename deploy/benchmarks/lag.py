"""Writes to a CSV file what waits in each service's outbox, on disk, and how much memory the service takes, until SIGTERM.

    lag.py FILE SECONDS DIR

DIR is an installation of deploy/lib/stack on SQLite. A line is the seconds since the start and, for each service, the records and
MiB in its outbox and its resident MiB. The last line printed is the most of each.
"""
import contextlib
import csv
import json
import pathlib
import signal
import sqlite3
import sys
import time

from usage import SERVICES, resident


def waiting(path):
  """(records, MiB) in the outbox of a database that is in use."""
  with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5)) as database:
    records, size = database.execute("SELECT sum(count), sum(length(frames)) FROM outbox").fetchone()
  return records or 0, round((size or 0) / 2**20, 1)


def main(path, pace, folder):
  stopping, most, began = [], {}, time.monotonic()
  signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
  columns = [f"{name}_{what}" for name in SERVICES for what in ("records", "outbox_mib", "resident_mib")]
  with open(path, "w", newline="") as file:
    lines = csv.writer(file)
    lines.writerow(["seconds", *columns])
    while not stopping:
      values = []
      for name in SERVICES:
        values += [*waiting(folder / f"data/{name}.sqlite"), resident((folder / "pids" / name).read_text().strip())]
      lines.writerow([round(time.monotonic() - began), *values])
      file.flush()
      most = {column: max(value, most.get(column, 0)) for column, value in zip(columns, values)}
      due = time.monotonic() + pace
      while not stopping and time.monotonic() < due:
        time.sleep(0.2)
  print(json.dumps(most))


if __name__ == "__main__":
  main(sys.argv[1], float(sys.argv[2]), pathlib.Path(sys.argv[3]))
