"""Kills the smallest two services (countersign-hop) with SIGKILL under load and counts, from outside, what became of each item.

    kills.py BIN RUN --kills 50 [--seed N]

Every item that the broker acknowledged at the door must leave the second service exactly once: one number for each item, numbers
dense in each partition. Records that a relay sent again carry the same number; they are counted as wire duplicates.
"""
import argparse
import csv
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.request

import confluent_kafka
from confluent_kafka import TopicPartition

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))
from embedded import broker_run  # noqa: E402

LANES = 4
OUTPUT = "model.requests"
AUDITED = ["cases", OUTPUT, "intake.replies"] + [f"{s}.{k}" for s in ("intake", "policy") for k in ("heads", "dead")]


class Chain:
  """Broker and two services, in a folder of their own."""

  def __init__(self, binaries, folder, port):
    self.binaries, self.folder, self.port = binaries, folder, port
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "seal.key").write_bytes(os.urandom(32))
    self.ports = {"intake": port + 1, "policy": port + 2}
    for name, listen in self.ports.items():
      (folder / f"{name}.conf").write_text(
        f"BROKERS=127.0.0.1:{port}\nEMBEDDED_BROKER=true\nDATABASE=sqlite:{folder}/{name}.sqlite\n"
        f"SEAL_KEY_FILE={folder}/seal.key\nLISTEN=127.0.0.1:{listen}\n")
    self.processes = {}

  def start(self, name):
    log = open(self.folder / f"{name}.log", "a")
    command = [self.binaries / "countersign", "broker", "--port", str(self.port)] if name == "broker" else [
      self.binaries / "countersign-hop", name, self.folder / f"{name}.conf"]
    self.processes[name] = subprocess.Popen(command, stdout=log, stderr=log)

  def stop(self):
    for name in ("intake", "policy", "broker"):
      if name in self.processes:
        self.processes[name].terminate()
    for process in self.processes.values():
      try:
        process.wait(20)
      except subprocess.TimeoutExpired:
        process.kill()


def wait_for(url, seconds):
  for _ in range(seconds * 10):
    try:
      with urllib.request.urlopen(url, timeout=1) as answer:
        if answer.status == 200:
          return
    except OSError:
      time.sleep(0.1)
  raise SystemExit(f"{url} is not ready after {seconds} s")


class Outside:
  """The readers that stand behind the second service, and the count of what they saw."""

  def __init__(self, brokers):
    self.brokers, self.stopping = brokers, False
    self.seen, self.numbers, self.duplicates = {}, {}, 0

  def consumer(self, service):
    """Reads for a service: its group is another one in each run of the broker."""
    return confluent_kafka.Consumer({
      "bootstrap.servers": self.brokers, "group.id": f"countersign.{service}@{broker_run(self.brokers)}",
      "enable.auto.commit": False, "auto.offset.reset": "earliest", "fetch.wait.max.ms": 5})

  def read(self):
    reader = self.consumer("model-adapter")
    reader.assign([TopicPartition(OUTPUT, p, 0) for p in range(LANES)])
    while not self.stopping:
      messages = reader.consume(2000, 0.05)
      for message in messages:
        if message.error():
          continue
        headers = dict(message.headers())
        place = message.partition(), int(headers["ce_sequence"])
        item = json.loads(message.value())["id"]
        if place in self.numbers:
          self.duplicates += 1
          assert self.numbers[place] == item, f"two items under the number {place}"
          continue
        self.numbers[place] = item
        self.seen.setdefault(item, []).append(place)
      if messages:
        reader.commit(offsets=reader.position([TopicPartition(OUTPUT, p) for p in range(LANES)]), asynchronous=True)

  def pass_audit(self):
    """Commits as audit would, so that the relay on the small broker may let go of rows."""
    auditor = self.consumer("audit")
    while not self.stopping:
      ends = []
      for topic in AUDITED:
        for partition in range(LANES):
          high = auditor.get_watermark_offsets(TopicPartition(topic, partition), timeout=5)[1]
          if high > 0:
            ends.append(TopicPartition(topic, partition, high))
      if ends:
        auditor.commit(offsets=ends, asynchronous=False)
      time.sleep(0.05)


def publish(brokers, count, rate, acknowledged, seen, stop):
  """The door of the small broker keeps 5 MiB a partition: whoever publishes in bulk paces himself."""
  producer = confluent_kafka.Producer({"bootstrap.servers": brokers, "linger.ms": 2, "acks": "all"})

  def report_of(item):
    return lambda error, _: acknowledged.append(item) if error is None else None

  began = time.time()
  for number in range(count):
    if stop.is_set():
      break
    body = json.dumps({"id": f"item-{number}", "text": "x" * 700})
    producer.produce("intake", body, headers={"ce_id": f"item-{number}"}, partition=number % LANES,
                     on_delivery=report_of(f"item-{number}"))
    if number % 50 == 0:
      producer.poll(0)
      ahead = number / rate - (time.time() - began)
      if ahead > 0:
        time.sleep(ahead)
      while len(acknowledged) - len(seen) > 8000 and not stop.is_set():
        producer.poll(0.01)
  producer.flush(30)


def main():
  parser = argparse.ArgumentParser(description=__doc__)
  parser.add_argument("binaries", type=pathlib.Path)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--kills", type=int, default=50)
  parser.add_argument("--seed", type=int, default=int(time.time()))
  parser.add_argument("--port", type=int, default=19092)
  options = parser.parse_args()
  print(f"kills: {options.kills}, seed {options.seed}")
  dice = random.Random(options.seed)
  chain = Chain(options.binaries.resolve(), options.folder.resolve(), options.port)
  brokers = f"127.0.0.1:{options.port}"
  outside, acknowledged, done = Outside(brokers), [], threading.Event()
  rows = []
  try:
    chain.start("broker")
    time.sleep(1)
    for name in chain.ports:
      chain.start(name)
    for listen in chain.ports.values():
      wait_for(f"http://127.0.0.1:{listen}/readyz", 30)
    for work in (outside.read, outside.pass_audit):
      threading.Thread(target=work, daemon=True).start()
    rate = 1500
    publisher = threading.Thread(target=publish, args=(brokers, 10_000_000, rate, acknowledged, outside.seen, done))
    publisher.start()
    began = time.time()
    for _ in range(options.kills):
      time.sleep(dice.uniform(0.05, 0.9))
      name = dice.choice(list(chain.ports))
      flying = len(acknowledged) - len(outside.seen)
      chain.processes[name].send_signal(signal.SIGKILL)
      chain.processes[name].wait()
      rows.append((round(time.time() - began, 3), name, flying))
      chain.start(name)
    time.sleep(1)
    done.set()
    publisher.join()
    # After deaths messages are handled one by one; however long that takes, a minute without a new one is too long.
    arrived, latest = 0, time.time()
    while len(outside.seen) < len(set(acknowledged)) and time.time() < latest + 60:
      if len(outside.seen) > arrived:
        arrived, latest = len(outside.seen), time.time()
      time.sleep(0.1)
    time.sleep(0.5)
    outside.stopping = True
  finally:
    done.set()
    chain.stop()
  with open(options.folder / "kills.csv", "w") as file:
    csv.writer(file).writerows([("seconds", "service", "in_flight"), *rows])
  return judge(acknowledged, outside, rows)


def judge(acknowledged, outside, rows):
  accepted = set(acknowledged)
  missing = sorted(accepted - set(outside.seen))
  twice = {item: places for item, places in outside.seen.items() if len(places) > 1}
  holes = []
  for partition in range(LANES):
    numbers = sorted(n for p, n in outside.numbers if p == partition)
    holes += [(partition, a, b) for a, b in zip(numbers, numbers[1:]) if b != a + 1]
  flying = sum(1 for row in rows if row[2] > 0)
  checks = [
    ("items were accepted", len(accepted) > 1000), ("none is missing", not missing), ("none came twice", not twice),
    ("numbers are dense", not holes), ("messages were in flight at four of five kills", flying * 5 >= len(rows) * 4)]
  print(json.dumps({
    "accepted": len(accepted), "seen": len(outside.seen), "missing": len(missing), "twice": len(twice), "holes": len(holes),
    "wire_duplicates": outside.duplicates, "kills": len(rows), "kills_in_flight": flying}))
  for name, good in checks:
    print(("ok      " if good else "BROKEN  ") + name)
  if missing or twice or holes:
    print(missing[:5], list(twice.items())[:5], holes[:5])
  passed = sum(good for _, good in checks)
  print(f"{passed} passed, {len(checks) - passed} failed")
  return 0 if passed == len(checks) else 1


if __name__ == "__main__":
  sys.exit(main())
