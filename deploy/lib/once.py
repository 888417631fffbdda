"""Sends every sample through a running installation and accounts for each: `./deploy/demo --once`.

The reviewers are scripted here, outside the services. What must come of a sample stands in its workflow's
`expectations.json`, apart from the sample.

Samples that act on one record form a queue: the next is sent once the decision on the one before is complete, so that
each is judged by the record's first state; and as soon as one was executed, the system of record gets that state back
before the next is (two changes of one record would else void each other's before-state).
"""
import argparse
import collections
import json
import pathlib
import sys
import time

from accounts import row, table
from people import Desk, People
from road import Road, call

APART = 3  # seconds between the decisions on two cases that act on one record
PATIENCE = 240  # seconds for a case to end


class Queue:
  """The samples that act on one record, in order."""

  def __init__(self, target):
    self.target, self.waiting, self.last = target, collections.deque(), None

  def ready(self, road, ended):
    """Whether the next may be sent: the last one ended, or its decision is complete and some seconds old."""
    if not self.waiting:
      return False
    if self.last is None or self.last in ended:
      return True
    return time.time() - road.cases[self.last].get("complete", float("inf")) > APART


class Run:
  def __init__(self, options, samples, expectations):
    self.options, self.samples, self.expectations = options, samples, expectations
    self.road = Road(options.brokers)
    self.desk = Desk(People(options.reviewer, options.keys / "people.tokens"), self.road)
    self.cases, self.open, self.ended, self.refused = {}, {}, set(), {}
    self.queues = {}
    for sample in samples:
      target = expectations[sample["id"]]["target"] or sample["id"]
      self.queues.setdefault(target, Queue(target)).waiting.append(sample)

  def send(self, queue):
    sample = queue.waiting.popleft()
    token = (self.options.keys / "tokens" / sample["source"]).read_text().strip()
    status, answer = call("POST", f"{self.options.intake}/v1/items", token, sample)
    if status not in (200, 202):
      self.refused[sample["id"]] = f"{status} {answer}"
      return
    case = self.cases[sample["id"]] = queue.last = answer["case"]
    self.open[case] = sample["id"], queue, time.time() + PATIENCE

  def end(self, case):
    _, queue, _ = self.open.pop(case)
    self.ended.add(case)
    if any(effect.get("status") == "executed" for effect in self.road.cases[case]["effects"]):
      status, answer = call("POST", f"{self.options.record}/restore", None, {"target": queue.target})
      if status != 200:
        raise SystemExit(f"The system of record does not give {queue.target} its first state back: {answer}")

  def run(self):
    told = 0
    while self.open or any(queue.waiting for queue in self.queues.values()):
      for queue in self.queues.values():
        if queue.ready(self.road, self.ended):
          self.send(queue)
      self.road.read()
      for case, (name, _, deadline) in list(self.open.items()):
        if "outcome" in self.road.cases[case] or time.time() > deadline:
          self.end(case)
        else:
          self.desk.look(case, self.expectations[name]["decision"] or {"verb": "approve"})
      if time.time() > told + 10:
        told = time.time()
        left = sum(len(queue.waiting) for queue in self.queues.values())
        print(f"{len(self.ended)} of {len(self.samples)} ended, {len(self.open)} under way, {left} to come",
              file=sys.stderr, flush=True)
    self.road.read()
    return [self.row(sample) for sample in self.samples]

  def row(self, sample):
    case = self.cases.get(sample["id"])
    problem = self.refused.get(sample["id"]) or self.desk.problems.get(case)
    return row(sample, self.expectations[sample["id"]], case, self.road.cases[case or ""], self.desk.reviewers(case), problem)


def read(workflows, only):
  """(samples, expectations by id) of the folders whose name holds `only`."""
  samples, expectations = [], {}
  for folder in sorted(workflows.iterdir()):
    if (folder / "expectations.json").exists() and only in folder.name:
      expectations |= json.loads((folder / "expectations.json").read_text())
      samples += [json.loads(path.read_text()) for path in sorted((folder / "samples").glob("*.json"))]
  return samples, expectations


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  for name in ("brokers", "intake", "reviewer", "record"):
    parser.add_argument(f"--{name}", required=True)
  parser.add_argument("--keys", type=pathlib.Path, required=True)
  parser.add_argument("--workflows", type=pathlib.Path, required=True)
  parser.add_argument("--only", default="", help="only workflows whose name holds this")
  parser.add_argument("--json", action="store_true")
  options = parser.parse_args()
  began = time.time()
  samples, expectations = read(options.workflows, options.only)
  if missing := [sample["id"] for sample in samples if sample["id"] not in expectations]:
    raise SystemExit(f"No expectation for {', '.join(missing)}.")
  rows = Run(options, samples, expectations).run()
  bad = sum(bool(row["wrong"]) for row in rows)
  print(json.dumps(rows, indent=1) if options.json else "\n".join(table(rows)))
  confidences = {row["confidence"] for row in rows if row["confidence"] is not None}
  print(f"{len(confidences)} different confidences, {time.time() - began:.0f} s\n{len(rows) - bad} passed, {bad} failed",
        file=sys.stderr if options.json else sys.stdout)
  return 1 if bad else 0


if __name__ == "__main__":
  sys.exit(main())
