"""Kills the real processes under load and counts, from outside our code, what became of every item.

    system.py RUN --kills 50 [--seed N]

The whole installation runs: embedded broker, SQLite, five services, system of record and executor. Items of all five
workflows come in by every door, scripted people decide by the API, and meanwhile processes die by SIGKILL,
connections to the broker break, the broker stands still, and once in fifty kills it restarts and forgets everything.
RUN/kills.csv then says what was in flight at each kill.
"""
import argparse
import collections
import csv
import json
import pathlib
import random
import sys
import time
import urllib.request

from outside.counter import MUST_READ, Counter, effects
from outside.faults import reset_connections, stand_still
from outside.installation import ROOT, SERVICES, Installation
from outside.items import Samples
from outside.lag import Lag
from outside.publisher import Publisher
from outside.reviewers import Reviewers

DONE = {"executed", "decided_otherwise"}  # outcomes with an execution
VICTIMS = (*SERVICES, *SERVICES, "executor")  # an executor is idle between two permits


class Run:
  def __init__(self, options):
    self.options, self.dice = options, random.Random(options.seed)
    folder = options.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    samples = Samples(ROOT / "deploy" / "workflows", ROOT / "deploy" / "world" / "seed.json")
    self.items, documents = samples.copies(int(options.rate * (options.kills * 3 + 60)), self.dice)
    (folder / "seed.json").write_text(json.dumps(documents))
    self.place = Installation(folder / "installation", folder / "seed.json")
    for service in SERVICES:
      self.place.set(service, "RELAY_READERS_EXTRA", f"permits=demo-executor,{MUST_READ}")
    self.place.set("policy", "PERMIT_MINUTES", 1)  # so that a lost answer of the executor is chased within the run
    self.rows, self.faults = [], collections.Counter()

  def start(self):
    self.place.start_all()
    self.counter = Counter(self.place.brokers).start()
    self.lag = Lag(self.place.brokers)
    self.publisher = Publisher(
      self.place.brokers, self.place.url("intake"), self.place.keys, self.items, self.options.rate, self.dice).start()
    self.reviewers = Reviewers(
      self.place.url("reviewer"), self.place.keys / "people.tokens", self.counter,
      {item.id: item.expected for item in self.items}).start()
    self.began = time.monotonic()

  def kill(self):
    name = self.dice.choice(VICTIMS)
    outbox = self.place.metrics(name).get("countersign_outbox_bytes", 0) if name != "executor" else 0
    lag = self.counter.unanswered_permits() if name == "executor" else self.lag.of(name)
    cases = self.counter.open_cases()
    self.place.kill(name)
    self.place.start(name)
    self.rows.append((round(time.monotonic() - self.began, 2), name, lag, int(outbox), cases))

  def disturb(self):
    """Every tenth kill something happens to the broker, too."""
    kind = self.dice.choice(("reset", "still"))
    if kind == "reset":
      try:
        self.faults["connections reset"] += reset_connections(self.place.pid("broker"))
      except OSError as error:  # a kernel that forbids it: said in the run's summary, and the broker stands still instead
        self.faults[f"connections not reset ({error})"] += 1
        stand_still(self.place.pid("broker"), 2)
    else:
      self.faults["seconds the broker stood still"] += 2
      stand_still(self.place.pid("broker"), 2)

  def restart_broker(self):
    """A new broker run, which has forgotten everything."""
    self.place.kill("broker")
    self.place.start("broker")
    self.counter.restart()
    self.lag.reset()
    self.faults["broker restarts"] += 1
    time.sleep(2)
    with self.counter.lock:
      arrived = {item for _, item in self.counter.cases_of}
    self.publisher.send_again([id for id in list(self.publisher.sent) if id not in arrived])

  def kills(self):
    for number in range(1, self.options.kills + 1):
      time.sleep(self.dice.uniform(0.3, 2.2))
      self.kill()
      if number % 10 == 5:
        self.disturb()
      if number % 50 == min(44, max(1, self.options.kills - 6)):
        self.restart_broker()
      if number % 10 == 0:
        print(f"{number} kills, {len(self.counter.item_of)} cases, {self.counter.open_cases()} open", flush=True)

  def settle(self, patience):
    """Waits until every acknowledged item has its outcome, at most so many seconds."""
    self.publisher.stop()
    self.place.wait_ready()
    until, told = time.monotonic() + patience, time.monotonic()
    while time.monotonic() < until:
      if not self.without_outcome() and not self.without_case():
        return
      if time.monotonic() > told + 15:
        told = time.monotonic()
        print(f"waiting for {len(self.without_case())} cases and {len(self.without_outcome())} outcomes", flush=True)
      time.sleep(0.2)

  def without_case(self):
    with self.counter.lock:
      arrived = {item for _, item in self.counter.cases_of}
    return sorted(self.publisher.acknowledged - arrived)

  def without_outcome(self):
    with self.counter.lock:
      return sorted(self.counter.item_of.keys() - self.counter.outcome_of.keys())

  def completeness(self, patience=60):
    """What audit says of its own ledger, once nothing moves any more."""
    until, answer = time.monotonic() + patience, {}
    while time.monotonic() < until:
      try:
        with urllib.request.urlopen(f"{self.place.url('audit')}/v1/completeness", timeout=10) as reply:
          answer = json.loads(reply.read())
      except OSError as error:
        answer = {"complete": False, "error": str(error)}
      if answer.get("complete") and all(s["head"] <= s["number"] for s in answer["streams"]):
        break
      time.sleep(0.5)
    return answer


def judge(run, audit, late):
  counter = run.counter
  report = counter.count.report(effects(run.place.folder / "data" / "record.sqlite"))
  cases = {case for found in counter.cases_of.values() for case in found}
  twice = {item: found for item, found in counter.cases_of.items() if len(found) != 1}
  flying = sum(1 for row in run.rows if row[2] + row[3] > 0)
  fitting = sum(1 for case, outcome in counter.outcome_of.items()
                if case in counter.item_of and outcome == run.expected[counter.item_of[case]]["outcome"])
  said = counter.count.outcomes
  times = collections.Counter(effect["key"] for effect in effects(run.place.folder / "data" / "record.sqlite"))
  denied = sorted(case for eff, case in counter.count.permits.items() if times[eff] and not said[case].keys() & DONE)
  print(json.dumps({
    "accepted": len(cases), "outcomes": report["outcomes"], "by_outcome": report["by_outcome"],
    "executions": report["executions"], "permits": report["permits"], "wire_duplicates": report["wire_duplicates"],
    "missing": len(run.without_case()) + len(run.without_outcome()), "acknowledged": len(run.publisher.acknowledged),
    "sent_twice": len(run.publisher.repeated), "decisions": run.reviewers.decisions, "as_expected": fitting,
    "kills": len(run.rows), "kills_in_flight": flying, "faults": run.faults, "replies": {
      "/".join(key): value for key, value in counter.replies.items()},
    "dead": {f"{topic}: {reason}": value for (topic, reason), value in counter.dead.items()},
    "ledger": audit.get("ledger"), "breaches": report["breaches"], "heads_lost": report["heads_lost"]}))
  checks = [
    ("items were accepted", len(cases) > 5 * len(run.rows)),
    ("every acknowledged item became a case", not run.without_case()),
    ("no producer's good item was refused", not run.publisher.refused and not any(
      status == "rejected" for status, _ in counter.replies)),
    ("every item has exactly one case", not twice),
    ("every case has an outcome", not run.without_outcome()),
    ("nearly all came to what their samples expect", fitting >= 0.97 * len(cases)),
    ("no case has two outcomes", "contradicting_outcomes" not in report["breaches"]),
    ("no effect happened twice", "effects_repeated" not in report["breaches"]),
    ("executed means exactly one execution", "executed_without_one_execution" not in report["breaches"]),
    ("nothing was executed against its outcome, or unknown to it", not denied),
    ("the counter found no other breach", not report["breaches"] and not report["heads_lost"]),
    ("the audit is without a gap", audit.get("complete") is True and audit.get("gaps") == 0),
    ("no record was taken for a foreign one", audit.get("foreign") == 0),
    ("messages were in flight at four of five kills", flying * 5 >= len(run.rows) * 4),
    ("every process ended by SIGTERM in time", not late)]
  for name, good in checks:
    print(("ok      " if good else "BROKEN  ") + name)
  for name, found in (
      ("no case", run.without_case()), ("no outcome", run.without_outcome()), ("not one case", list(twice.items())),
      ("effect without executed", denied), ("refused", run.publisher.refused), ("late", late)):
    if found:
      print(f"{name}: {found[:8]}")
  other = [case for case, outcome in counter.outcome_of.items()
           if case in counter.item_of and outcome != run.expected[counter.item_of[case]]["outcome"]]
  for case in other[:12]:
    print(f"otherwise: {case} {counter.item_of[case]} {counter.ending[case]}"[:400])
  for case in run.without_outcome()[:8]:
    print(f"open: {case} {counter.item_of[case]} {run.reviewers.said.get(case)}")
  passed = sum(good for _, good in checks)
  print(f"{passed} passed, {len(checks) - passed} failed")
  return 0 if passed == len(checks) else 1


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--kills", type=int, default=50)
  parser.add_argument("--rate", type=float, default=15, help="items a second")
  parser.add_argument("--patience", type=float, default=150, help="seconds for what is open after the last kill")
  parser.add_argument("--seed", type=int, default=int(time.time()))
  options = parser.parse_args()
  print(f"system: {options.kills} kills, seed {options.seed}", flush=True)
  run = Run(options)
  run.expected = {item.id: item.expected for item in run.items}
  audit, late = {}, []
  try:
    run.start()
    run.kills()
    run.settle(options.patience)
    audit = run.completeness()
  finally:
    if hasattr(run, "reviewers"):
      run.reviewers.stop()
    late = run.place.stop()
    if hasattr(run, "counter"):
      run.counter.stop()
  with open(options.folder / "kills.csv", "w") as file:
    csv.writer(file).writerows([("seconds", "service", "lag", "outbox_bytes", "open_cases"), *run.rows])
  return judge(run, audit, late)


if __name__ == "__main__":
  sys.exit(main())
