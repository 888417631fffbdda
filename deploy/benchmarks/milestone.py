"""Adds a line to the CSV of `deploy/bench cases`: milestone.py CSV CASES ROAD-JSON DATA; with CSV alone it shows all lines.

For the measured items before CASES: items a second, CPU and bytes written an item; and what DATA, the databases and the ledger,
takes on disk for each case so far. The first line names the columns.
"""
import csv
import json
import pathlib
import sys

from usage import SERVICES


def stored(data, name):
  """Bytes on disk of a service: its database with what belongs to it, and of audit the ledger."""
  files = list(data.glob(f"{name}.sqlite*")) + (list((data / "ledger").rglob("*")) if name == "audit" else [])
  return sum(file.stat().st_blocks * 512 for file in files if file.is_file())


def line(cases, road, data):
  row = {"cases": cases, "items_per_s": round(road["per_second"]), "us_cpu_per_item": road["cpu_us_per_item"],
         "disk_per_case": round(sum(stored(data, name) for name in SERVICES) / cases)}
  for name in SERVICES:
    used = road["processes"][name]
    row |= {f"{name}_us": used["cpu_us_per_item"], f"{name}_written": used["bytes_written_per_item"],
            f"{name}_disk_per_case": round(stored(data, name) / cases), f"{name}_mib": used["resident_mib"]}
  return row


def main(path, cases, road, data):
  row = line(cases, json.loads(pathlib.Path(road).read_text()), pathlib.Path(data))
  is_new = not pathlib.Path(path).exists()
  with open(path, "a", newline="") as file:
    lines = csv.DictWriter(file, row)
    if is_new:
      lines.writeheader()
    lines.writerow(row)


def show(path):
  """A column for each milestone, of the items measured before it; bytes an item and on disk for each case so far."""
  with open(path, newline="") as file:
    rows = list(csv.DictReader(file))
  whole = lambda row, name: f"{float(row[name]):,.0f}"
  for name, said in (("cases", "cases"), ("items_per_s", "items a second"), ("us_cpu_per_item", "us CPU an item"),
                     ("disk_per_case", "bytes on disk a case")):
    print(f"{said:38}" + "".join(f"{whole(row, name):>14}" for row in rows))
  for service in SERVICES:
    for name, said in (("us", "us CPU"), ("written", "bytes written an item"), ("disk_per_case", "bytes on disk a case"),
                       ("mib", "resident MiB")):
      print(f"  {service:14}{said:22}" + "".join(f"{whole(row, f'{service}_{name}'):>14}" for row in rows))


if __name__ == "__main__":
  if len(sys.argv) == 2:
    show(sys.argv[1])
  else:
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:5])
