"""What goes on while a part of the installation is away, and that nothing happens twice when it comes back.

    outages.py RUN [--kills 20]

First the reviewer service is stopped: automatic cases end, reviewed ones wait, and all end once it is back. Then the
executor is killed between effect and answer, again and again: as many effects as permits in the system of record.
"""
import argparse
import collections
import json
import pathlib
import random
import signal
import sys
import time

from outside.counter import Counter, effects
from outside.installation import ROOT, Installation
from outside.items import Samples
from outside.publisher import Publisher
from outside.reviewers import Reviewers


def wait(condition, seconds):
  """Whether the condition came to hold in time."""
  until = time.monotonic() + seconds
  while not condition():
    if time.monotonic() > until:
      return False
    time.sleep(0.05)
  return True


class Outages:
  def __init__(self, options):
    self.dice, folder = random.Random(options.seed), options.folder.resolve()
    samples = Samples(ROOT / "deploy" / "workflows", ROOT / "deploy" / "world" / "seed.json")

    def automatic(body, expected):
      return expected["route"] == "auto"

    items, documents = samples.copies(options.kills + 30, self.dice, automatic)
    self.alone, rest = items[:options.kills], items[options.kills:]
    # The second set of copies is numbered from zero again: its documents and ids would be the first's.
    reviewed, more = samples.copies(options.kills + 60, self.dice, lambda *sample: not automatic(*sample))
    reviewed = reviewed[options.kills + 30:]
    for kind, rows in more.items():
      known = {row["id"] for row in documents[kind]}
      documents[kind] += [row for row in rows if row["id"] not in known]
    self.mixed = [item for pair in zip(rest, reviewed) for item in pair]
    (folder / "seed.json").write_text(json.dumps(documents))
    self.place = Installation(folder / "installation", folder / "seed.json")
    self.database = self.place.folder / "data" / "record.sqlite"
    self.checks, self.counter, self.reviewers = [], None, None

  def check(self, name, good, *found):
    self.checks.append(good)
    print(("ok      " if good else "BROKEN  ") + name, *([] if good else found), flush=True)

  def publish(self, items):
    publisher = Publisher(
      self.place.brokers, self.place.url("intake"), self.place.keys, items, 20, self.dice, again=0).start()
    publisher.threads[0].join()
    publisher.stop()

  def cases(self, items):
    """{case: item id} of these items."""
    wanted = {item.id for item in items}
    with self.counter.lock:
      return {case: item for case, item in self.counter.item_of.items() if item in wanted}

  def ended(self, items):
    with self.counter.lock:
      done = {self.counter.item_of.get(case) for case in self.counter.outcome_of}
    return {item.id for item in items} & done

  def without_reviewer(self):
    self.place.kill("reviewer", signal.SIGTERM)
    self.publish(self.mixed)
    self.check("all items are accepted while the reviewer is away",
               wait(lambda: len(self.cases(self.mixed)) == len(self.mixed), 30))

    def settled():
      with self.counter.lock:
        waiting = set(self.counter.reviews)
      return len(self.cases(self.mixed)) - len(waiting) == len(self.ended(self.mixed))

    quiet = wait(settled, 60)
    ended, waiting = self.ended(self.mixed), len(self.counter.reviews)
    print(f"without reviewer: {len(ended)} ended, {waiting} wait", flush=True)
    self.check("automatic cases end", quiet and len(ended) >= 20, len(ended))
    self.check("reviewed cases wait for a person", waiting >= 30, waiting)
    time.sleep(5)
    self.check("none of them ends by itself", self.ended(self.mixed) == ended)
    self.place.start("reviewer")
    self.place.wait_ready()
    self.reviewers = Reviewers(
      self.place.url("reviewer"), self.place.keys / "people.tokens", self.counter,
      {item.id: item.expected for item in self.mixed + self.alone}).start()
    self.check("all end once it is back", wait(lambda: len(self.ended(self.mixed)) == len(self.mixed), 120),
               sorted({item.id for item in self.mixed} - self.ended(self.mixed)))

  def killed_after_the_effect(self):
    before = len(effects(self.database))
    self.place.kill("executor", signal.SIGTERM)
    self.publish(self.alone)
    for number in range(len(self.alone)):
      self.place.start("executor", EXECUTOR_PAUSE="after-effect:600")
      if not wait(lambda: len(effects(self.database)) > before + number, 60):
        break
      self.place.kill("executor")
    happened = effects(self.database)[before:]
    with self.counter.lock:
      answered = sum("executed" in self.counter.count.statements.get(effect["key"], ()) for effect in happened)
    print(f"killed after the effect: {len(happened)} effects, {answered} of them answered by then", flush=True)
    self.check("each kill came after one more effect", len(happened) == len(self.alone), len(happened))
    # An effect is answered by the next process, which finds it in its table and at the target; the last one is not yet.
    self.check("the last effect is not answered", answered < len(happened), answered)
    self.place.start("executor")
    self.check("all cases end", wait(lambda: len(self.ended(self.alone)) == len(self.alone), 90),
               sorted({item.id for item in self.alone} - self.ended(self.alone)))
    said = collections.Counter(self.counter.outcome_of[case] for case in self.cases(self.alone))
    self.check("all of them as executed", said == {"executed": len(self.alone)}, dict(said))
    time.sleep(3)
    keys = collections.Counter(effect["key"] for effect in effects(self.database)[before:])
    self.check(f"{len(self.alone)} effects in the system of record",
               sum(keys.values()) == len(keys) == len(self.alone), keys)

  def run(self):
    late = []
    try:
      self.place.start_all()
      self.counter = Counter(self.place.brokers).start()
      self.without_reviewer()
      self.killed_after_the_effect()
    finally:
      if self.reviewers:
        self.reviewers.stop()
      late = self.place.stop()
      if self.counter:
        self.counter.stop()
    report = self.counter.count.report(effects(self.database))
    self.check("the counter found no breach", not report["breaches"] and not report["heads_lost"], report["breaches"])
    self.check("every process ended by SIGTERM in time", not late, late)
    print(f"{sum(self.checks)} passed, {len(self.checks) - sum(self.checks)} failed")
    return 0 if all(self.checks) else 1


def main():
  parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
  parser.add_argument("folder", type=pathlib.Path)
  parser.add_argument("--kills", type=int, default=20)
  parser.add_argument("--seed", type=int, default=int(time.time()))
  options = parser.parse_args()
  print(f"outages: seed {options.seed}", flush=True)
  return Outages(options).run()


if __name__ == "__main__":
  sys.exit(main())
