"""Sends deploy/samples/hostile with kcat among good items to a running installation.

    hostile.py RUN

Each must be answered on `intake.replies` with the reason that expectations.json beside the samples names, and
with nothing of what was sent; all good items must end.
"""
import argparse
import json
import pathlib
import random
import subprocess
import sys
import time

import confluent_kafka
from confluent_kafka import TopicPartition

from outside.counter import Counter
from outside.installation import ROOT, Installation
from outside.items import Samples
from outside.reviewers import Reviewers

FOLDER = ROOT / "deploy" / "samples" / "hostile"
PAYLOAD = (b"driver hours", b"The export stops", b"xxxxxxxx")  # words of the samples' payloads


def send(brokers, content, key, headers, tombstone=False):
  """One record by kcat, as an outsider sends it: a file as it is, or no value at all."""
  named = [part for name, value in headers.items() for part in ("-H", name if value is None else f"{name}={value}")]
  command = ["kcat", "-P", "-q", "-b", brokers, "-t", "intake", *named, "-X", "message.max.bytes=1000000"]
  if tombstone or not content.stat().st_size:  # kcat sends an empty file as nothing
    command += ["-K", "\t", *(["-Z"] if tombstone else [])]
    return subprocess.run(command, input=f"{key}\t\n".encode(), check=True)
  return subprocess.run([*command, "-k", key, str(content)], check=True)


def places(brokers, wanted, seconds=30):
  """{key: "TOPIC/PARTITION/OFFSET"} of the records with these keys."""
  reader = confluent_kafka.Consumer({
    "bootstrap.servers": brokers, "group.id": "hostile", "enable.auto.commit": False, "auto.offset.reset": "earliest"})
  reader.assign([TopicPartition("intake", lane, 0) for lane in range(4)])
  found, until = {}, time.monotonic() + seconds
  while wanted - found.keys() and time.monotonic() < until:
    for message in reader.consume(500, 0.2):
      if not message.error() and message.key():
        found.setdefault(message.key().decode(), f"intake/{message.partition()}/{message.offset()}")
  reader.close()
  return found


def fault(expected, replies):
  """What is wrong with the answers to one hostile record; empty: nothing."""
  if len(replies) != 1:
    return f"{len(replies)} answers: {[reply['code'] for reply in replies]}"
  reply = replies[0]
  codes = expected["code"] if isinstance(expected["code"], list) else [expected["code"]]
  if reply["status"] != "rejected" or reply["code"] not in codes:
    return f"{reply['status']} {reply['code']}, expected {codes}"
  pointers = [violation["pointer"] for violation in reply["violations"]]
  wanted = expected.get("pointers", [expected["pointer"]] if "pointer" in expected else [])
  if not set(wanted) <= set(pointers):
    return f"pointers {pointers}, expected {wanted}"
  if "keyword" in expected and expected["keyword"] not in [violation["keyword"] for violation in reply["violations"]]:
    return f"keywords in {reply['violations']}, expected {expected['keyword']}"
  if expected.get("header", "") not in json.dumps(reply["violations"]):
    return f"{reply['violations']} do not name {expected['header']}"
  said = json.dumps(reply, ensure_ascii=False).encode(errors="replace")
  told = [words for words in PAYLOAD if words in said]
  return f"the answer holds {told} of the payload" if told else ""


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--seed", type=int, default=int(time.time()))
  options = parser.parse_args()
  folder, dice = options.folder.resolve(), random.Random(options.seed)
  expected = json.loads((FOLDER / "expectations.json").read_text())
  subprocess.run([sys.executable, FOLDER / "make.py", folder / "payloads"], check=True, stdout=subprocess.DEVNULL)
  names = [name for name in expected if "after" not in expected[name]]
  dice.shuffle(names)
  names += [name for name in expected if "after" in expected[name]]
  samples = Samples(ROOT / "deploy" / "workflows", ROOT / "deploy" / "world" / "seed.json")
  good, documents = samples.copies(len(names), dice)
  (folder / "seed.json").write_text(json.dumps(documents))
  place = Installation(folder / "installation", folder / "seed.json")
  counter = None
  try:
    place.start_all()
    counter = Counter(place.brokers).start()
    reviewers = Reviewers(place.url("reviewer"), place.keys / "people.tokens", counter,
                          {item.id: item.expected for item in good}).start()
    print(f"hostile: {len(names)} records among {len(good)} good items, seed {options.seed}", flush=True)
    for name, item in zip(names, good):
      entry = expected[name]
      if "after" in entry:
        time.sleep(3)
      content = (folder / "payloads" if entry.get("generated") else FOLDER) / name
      send(place.brokers, content, entry.get("key", name), entry.get("headers", {}), entry.get("tombstone", False))
      (folder / "item.json").write_text(json.dumps(item.body))
      send(place.brokers, folder / "item.json", item.id, {})
    keys = {expected[name].get("key", name): name for name in names}
    found = places(place.brokers, keys.keys() | {item.id for item in good})
    hostile = [name for name in names if expected[name]["code"] != "accepted"]
    accepted = {item.id for item in good}
    until = time.monotonic() + 150
    while time.monotonic() < until:
      with counter.lock:
        ended = {counter.item_of.get(case) for case in counter.outcome_of}
        answered = all(counter.answers.get(found.get(expected[name].get("key", name))) for name in hostile)
      if answered and accepted <= ended:
        break
      time.sleep(0.3)
    time.sleep(1)  # for an answer too many
    reviewers.stop()
    state = {service: place.is_ready(service) for service in place.ports}
  finally:
    late = place.stop()
    if counter:
      counter.stop()
  passed = failed = 0

  def check(name, problem):
    nonlocal passed, failed
    passed, failed = passed + (not problem), failed + bool(problem)
    if problem:
      print(f"BROKEN  {name}: {problem}"[:600])

  for name in hostile:
    check(name, fault(expected[name], counter.answers.get(found.get(expected[name].get("key", name)), [])))
  for name in names:
    if expected[name]["code"] == "accepted":
      record = found.get(expected[name].get("key", name))
      rejected = counter.answers.get(record)
      id = json.loads((FOLDER / name).read_text())["id"]
      check(name, rejected or (not any(item == id for _, item in counter.cases_of) and "no case"))
  for item in good:
    check(item.id, item.id not in ended and f"no outcome; {reviewers.said.get(item.id)}")
  check("every service is ready after all of it", [name for name, ready in state.items() if not ready])
  check("every process ended by SIGTERM in time", late)
  check("nothing was dead-lettered", dict(counter.dead))
  print(f"{passed} passed, {failed} failed")
  return 1 if failed else 0


if __name__ == "__main__":
  sys.exit(main())
