"""The figures of the road as a table, or as JSON: table.py FOLDER [--json]

FOLDER holds bare.json and, for each road that was measured, ROAD-1.json to ROAD-3.json and ROAD-paced.json, as road.py wrote them.
"""
import json
import pathlib
import sys

ROADS = {"decide": "outcome advisory, no permit", "act": "permit, executor, effect"}


def spread(values, form="{:,.0f}"):
  """The lowest, middle and highest of some runs."""
  return " / ".join(form.format(value) for value in sorted(values))


def figures(folder):
  read = lambda name: json.loads((folder / f"{name}.json").read_text())
  found = {"bare": read("bare")}
  for road in (road for road in ROADS if (folder / f"{road}-paced.json").exists()):
    found[road] = {"runs": [read(f"{road}-{number}") for number in (1, 2, 3)], "paced": read(f"{road}-paced")}
  return found


def show(found):
  bare = found["bare"]["per_second"]
  print(f"bare chain, four hops in C without state: {bare:,.0f} items/s\n")
  for road, what in ((road, what) for road, what in ROADS.items() if road in found):
    runs, paced = found[road]["runs"], found[road]["paced"]
    rates = [run["per_second"] for run in runs]
    print(f"{road} ({what}), {runs[0]['items']:,} items, three runs: lowest / middle / highest")
    print(f"  items a second       {spread(rates)}  (the bare chain: {bare / sorted(rates)[1]:.0f} times as many)")
    print(f"  us CPU an item       {spread([run['cpu_us_per_item'] for run in runs])}")
    print(f"  at 1,000 a second    p50 {paced['latency_ms']['p50']:.0f} ms, p99 {paced['latency_ms']['p99']:.0f} ms, "
          f"{paced['cpu_us_per_item']:.0f} us CPU an item; {paced['per_second']:,.0f} items/s were reached")
    if runs[0]["executor_share_of_cpu"]:
      print(f"  the executor, no part of the product, took {spread([run['executor_share_of_cpu'] for run in runs], '{:.0%}')} of the CPU")
    print(f"  {'':16} {'us CPU an item':>26} {'bytes written an item':>26} {'resident MiB':>18}")
    for name in runs[0]["processes"]:
      rows = [run["processes"][name] for run in runs]
      print(f"  {name:16} {spread([row['cpu_us_per_item'] for row in rows]):>26} "
            f"{spread([row['bytes_written_per_item'] for row in rows]):>26} {spread([row['resident_mib'] for row in rows]):>18}")
    print()


if __name__ == "__main__":
  found = figures(pathlib.Path(sys.argv[1]))
  if "--json" in sys.argv[2:]:
    print(json.dumps(found, indent=1))
  else:
    show(found)
