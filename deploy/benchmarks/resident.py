"""Writes the resident memory of processes to a CSV file at an even pace, until it is told to stop, and says what grew.

    resident.py FILE SECONDS NAME=PID...

A line is the seconds since the start and, for each process, MiB. On SIGTERM the last line printed compares the middle
of the second half of the run with that of the first, after a warm-up of a tenth.
"""
import csv
import json
import signal
import statistics
import sys
import time

from usage import resident


def main(path, pace, processes):
  stopping = []
  signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
  rows, began, due = [], time.monotonic(), time.monotonic()
  with open(path, "w", newline="") as file:
    lines = csv.writer(file)
    lines.writerow(["seconds", *processes])
    while not stopping:
      rows.append([resident(pid) for pid in processes.values()])
      lines.writerow([round(time.monotonic() - began), *rows[-1]])
      file.flush()
      due += pace
      while not stopping and time.monotonic() < due:
        time.sleep(min(0.2, max(0, due - time.monotonic())))
  kept = rows[len(rows) // 10:]
  middle = len(kept) // 2
  if not middle:
    return print(json.dumps({"samples": len(rows)}))
  growth = {}
  for number, name in enumerate(processes):
    first, second = (statistics.median(row[number] for row in part) for part in (kept[:middle], kept[middle:]))
    growth[name] = {"first_half_mib": first, "second_half_mib": second, "highest_mib": max(row[number] for row in rows)}
  print(json.dumps({"samples": len(rows), "resident": growth}))


if __name__ == "__main__":
  main(sys.argv[1], float(sys.argv[2]), dict(pair.split("=") for pair in sys.argv[3:]))
