"""Sends items of the bench's own workflow through a running installation and measures: the *decide* road.

    road.py BROKERS SAMPLE COUNT NAME=PID...

Items a second from the first send to the last outcome, and for each process CPU and resident memory. The publisher keeps at most
6,000 items on the road: the embedded broker drops what a partition of 5 MiB cannot hold.
"""
import json
import os
import sys
import threading
import time

import confluent_kafka
from confluent_kafka import TopicPartition

WINDOW = 6000


def usage(pid):
  """CPU seconds and resident MiB of a process."""
  with open(f"/proc/{pid}/stat") as file:
    fields = file.read().rsplit(")", 1)[1].split()
  with open(f"/proc/{pid}/status") as file:
    resident = next(int(line.split()[1]) for line in file if line.startswith("VmRSS"))
  return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK"), resident / 1024


def main(brokers, sample, count, processes):
  sample, run = json.loads(open(sample).read()), int(time.time())
  reader = confluent_kafka.Consumer({
    "bootstrap.servers": brokers, "group.id": "bench", "enable.auto.commit": False, "fetch.wait.max.ms": 5})
  partitions = list(reader.list_topics(timeout=10).topics["outcomes"].partitions)
  reader.assign([TopicPartition("outcomes", p, reader.get_watermark_offsets(TopicPartition("outcomes", p))[1]) for p in partitions])
  seen, outcomes, last = set(), {}, [time.time()]

  def collect():
    while len(seen) < count:
      for message in reader.consume(2000, 0.05):
        if message.error():
          continue
        headers = dict(message.headers())
        if headers["ce_subject"] in seen:
          continue
        seen.add(headers["ce_subject"])
        outcome = headers["cs_outcome"].decode()
        outcomes[outcome] = outcomes.get(outcome, 0) + 1
        last[0] = time.time()

  before = {name: usage(pid) for name, pid in processes.items()}
  thread = threading.Thread(target=collect, daemon=True)
  thread.start()
  producer = confluent_kafka.Producer({"bootstrap.servers": brokers, "linger.ms": 5, "queue.buffering.max.messages": 1_000_000})
  began = time.time()
  for number in range(count):
    sample["id"] = f"bench-{run}-{number}"
    producer.produce("intake", json.dumps(sample), partition=partitions[number % len(partitions)])
    if number % 500 == 0:
      producer.poll(0)
      while number - len(seen) > WINDOW and time.time() - last[0] < 60:
        producer.poll(0.002)
  producer.flush(60)
  while thread.is_alive() and time.time() - last[0] < 60:
    thread.join(0.1)
  seconds = last[0] - began
  rows = {}
  for name, pid in processes.items():
    cpu, resident = usage(pid)
    rows[name] = {"cpu_us_per_item": round((cpu - before[name][0]) / max(len(seen), 1) * 1e6, 1), "resident_mib": round(resident)}
  print(json.dumps({
    "items": count, "ended": len(seen), "outcomes": outcomes, "seconds": round(seconds, 2), "per_second": round(len(seen) / seconds),
    "cpu_us_per_item": round(sum(row["cpu_us_per_item"] for row in rows.values()), 1), "processes": rows}, indent=1))
  return 0 if len(seen) == count else 1


if __name__ == "__main__":
  sys.exit(main(sys.argv[1], sys.argv[2], int(sys.argv[3]), dict(pair.split("=") for pair in sys.argv[4:])))
