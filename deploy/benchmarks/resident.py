"""Writes the resident memory of processes to a CSV file at an even pace, until it is told to stop, and says what grew.

    resident.py FILE SECONDS PIDS NAME...

PIDS is a folder with a file for each NAME that holds its process id, so that one that is started again is found, too. A line is
the seconds since the start and, for each process, MiB; 0 where it does not run. On SIGTERM the last line printed compares the
middle of the second half of the run with that of the first, after a warm-up of a tenth.
"""
import csv
import json
import pathlib
import signal
import statistics
import sys
import time

from usage import resident


def growth(names, rows):
  """For each process the medians of both halves, while it ran, and the highest; nothing where there are too few samples."""
  kept = rows[len(rows) // 10:]
  middle = len(kept) // 2
  found = {}
  for number, name in enumerate(names if middle else []):
    first, second = (statistics.median([row[number] for row in part if row[number]] or [0]) for part in (kept[:middle], kept[middle:]))
    found[name] = {"first_half_mib": first, "second_half_mib": second, "highest_mib": max(row[number] for row in rows)}
  return found


def main(path, pace, folder, names):
  stopping = []
  signal.signal(signal.SIGTERM, lambda *_: stopping.append(True))
  rows, began, due = [], time.monotonic(), time.monotonic()
  with open(path, "w", newline="") as file:
    lines = csv.writer(file)
    lines.writerow(["seconds", *names])
    while not stopping:
      rows.append([resident((folder / name).read_text().strip()) for name in names])
      lines.writerow([round(time.monotonic() - began), *rows[-1]])
      file.flush()
      due += pace
      while not stopping and time.monotonic() < due:
        time.sleep(min(0.2, max(0, due - time.monotonic())))
  print(json.dumps({"samples": len(rows), "resident": growth(names, rows)}))


if __name__ == "__main__":
  main(sys.argv[1], float(sys.argv[2]), pathlib.Path(sys.argv[3]), sys.argv[4:])
