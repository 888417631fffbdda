"""Runs a load through a running installation and tells what it cost: items a second, latency, and for each process CPU,
resident memory and bytes written.

    road.py LOAD BROKERS SAMPLE OUTPUT COUNT RATE WINDOW NAME=PID...

LOAD is the program of chain/load.c: it takes hardly any CPU from the processes that are measured. RATE is items a second, 0 for
as many as WINDOW lets: at most so many sent and not seen on OUTPUT (the embedded broker drops what a partition of 5 MiB cannot
hold).
"""
import json
import os
import subprocess
import sys
import tempfile
import time


def usage(pid):
  """CPU seconds, resident MiB and bytes written of a process."""
  with open(f"/proc/{pid}/stat") as file:
    fields = file.read().rsplit(")", 1)[1].split()
  with open(f"/proc/{pid}/status") as file:
    resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
  with open(f"/proc/{pid}/io") as file:
    written = next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))
  return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), resident / 1024, written


def main(load, brokers, sample, output, count, rate, window, processes):
  sample, run = json.loads(open(sample).read()), int(time.time())
  sample["id"] = f"bench-{run}-@N@"
  with tempfile.NamedTemporaryFile("w", suffix=".json") as body:
    body.write(json.dumps(sample))
    body.flush()
    before = {name: usage(pid) for name, pid in processes.items()}
    result = subprocess.run(
      [load, "-n", str(count), "-r", str(rate), "-w", str(window), "-b", body.name, "-P", "-m", "cs_origin", "-q", "60",
       "-X", "fetch.wait.max.ms=5", brokers, "intake", output], stdout=subprocess.PIPE, text=True)
    after = {name: usage(pid) for name, pid in processes.items()}
  told = json.loads(result.stdout)
  seen = max(told["seen"], 1)
  rows = {
    name: {
      "cpu_us_per_item": round((after[name][0] - before[name][0]) / seen * 1e6, 1), "resident_mib": round(after[name][1]),
      "bytes_written_per_item": round((after[name][2] - before[name][2]) / seen)}
    for name in processes}
  print(json.dumps({
    "items": count, "ended": told["seen"], "seconds": told["seconds"], "per_second": told["per_second"],
    "latency_ms": told["latency_ms"], "cpu_us_per_item": round(sum(row["cpu_us_per_item"] for row in rows.values()), 1),
    "processes": rows}, indent=1))
  return 0 if told["seen"] == count else 1


if __name__ == "__main__":
  sys.exit(main(*sys.argv[1:5], *map(int, sys.argv[5:8]), dict(pair.split("=") for pair in sys.argv[8:])))
