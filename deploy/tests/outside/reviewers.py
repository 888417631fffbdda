"""Scripted people: they decide what is open through the reviewer's documented API, as the sample's expectation says."""
import pathlib
import queue
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "lib"))
from people import People  # noqa: E402
from road import call  # noqa: E402

AGAIN = 1.5  # seconds until an open review is tried again
FAILURES = (OSError, ValueError, KeyError)  # the service is away, or died in the middle of an answer


class Reviewers:
  """A few threads; `expected` maps an item's id to its expectation."""

  def __init__(self, url, tokens, counter, expected, threads=3):
    self.counter, self.expected = counter, expected
    self.people = People(url, tokens)
    self.work, self.tried, self.decided = queue.Queue(), {}, {}
    self.stopping, self.decisions, self.said = False, 0, {}
    self.threads = [threading.Thread(target=self.decide, daemon=True) for _ in range(threads)]
    self.threads.append(threading.Thread(target=self.look, daemon=True))

  def start(self):
    for thread in self.threads:
      thread.start()
    return self

  def stop(self):
    self.stopping = True
    for thread in self.threads:
      thread.join(30)

  def look(self):
    while not self.stopping:
      now = time.monotonic()
      with self.counter.lock:
        found = [(case, review, set(self.counter.counted[case])) for case, review in self.counter.reviews.items()
                 if self.tried.get(case, 0) < now]
      for case, review, counted in found:
        self.tried[case] = now + 60
        self.work.put((case, review, counted))
      time.sleep(0.05)

  def decide(self):
    while not self.stopping:
      try:
        case, review, counted = self.work.get(timeout=0.2)
      except queue.Empty:
        continue
      expected = self.expected.get(self.counter.item_of.get(case), {}).get("decision") or {"verb": "approve"}
      mine = [entry for entry in self.decided.get(case, []) if entry[2] == review["version"]]
      known = {name for name, _, _ in mine}
      done = [(name, group) for name, group, _ in mine] + [(name, "") for name in counted - known]
      try:
        who, problem = self.people.decide(case, review, expected, done)
        if who:
          self.decisions += 1
          mine.append((*who, review["version"]))
        else:
          self.said[case] = problem
      except FAILURES as error:
        self.said[case] = repr(error)
      self.decided[case] = mine
      self.tried[case] = time.monotonic() + AGAIN
