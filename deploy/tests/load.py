"""Load for system tests: tickets that differ in nothing but their number, and reviewers who decide as the samples' expectations say.

Everything here stands outside the services: items go in by HTTP, reviewers use the reviewer's documented API, and what became of
an item is read from topics.
"""
import http.client
import itertools
import json
import pathlib
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "deploy/lib"))
from people import People  # noqa: E402
from road import Road, call  # noqa: E402

FAILURES = (OSError, http.client.HTTPException, ValueError)
WORKFLOW = ROOT / "deploy/workflows/ticket-summary"
FIRST_TICKET = 20000


def items():
  """Endless: (item, decision of its reviewers), each about a ticket of its own."""
  expectations = json.loads((WORKFLOW / "expectations.json").read_text())
  samples = [json.loads(path.read_text()) for path in sorted((WORKFLOW / "samples").glob("*.json"))]
  for number, sample in enumerate(itertools.cycle(samples)):
    item = json.loads(json.dumps(sample)) | {"id": f"{sample['id']}-{number}"}
    item["data"]["ticket"] = f"T-{FIRST_TICKET + number}"
    yield item, expectations[sample["id"]]["decision"] or {"verb": "approve"}


def write_seed(path, count):
  """The system of record's first state, with a ticket for each of the first `count` items."""
  seed = json.loads((ROOT / "deploy/world/seed.json").read_text())
  tickets = {ticket["id"]: ticket for ticket in seed["tickets"]}
  samples = [json.loads(path.read_text()) for path in sorted((WORKFLOW / "samples").glob("*.json"))]
  for number in range(count):
    ticket = tickets.get(samples[number % len(samples)]["data"]["ticket"])
    if ticket:
      seed["tickets"].append(ticket | {"id": f"T-{FIRST_TICKET + number}"})
  path.write_text(json.dumps(seed))


class Load:
  """Sends items and lets reviewers decide until told to stop. Tries again for ever: instances may be killed meanwhile."""

  def __init__(self, brokers, intakes, reviewers, keys):
    self.token = (keys / "tokens/support-desk").read_text().strip()
    self.intakes, self.reviewers, self.keys = itertools.cycle(intakes), itertools.cycle(reviewers), keys
    self.items, self.road = items(), Road(brokers)
    self.cases, self.decisions, self.retries, self.decided = {}, {}, 0, 0
    # Items whose reviewers look away.
    self.waiting, self.stopping, self.lock = set(), threading.Event(), threading.Lock()
    self.thread = threading.Thread(target=self.review, daemon=True)
    self.thread.start()

  def send(self, count, undecided=False):
    """`count` items, one after the other. - Returns: their cases."""
    sent = []
    for item, decision in itertools.islice(self.items, count):
      while True:
        try:
          status, answer = call("POST", f"{next(self.intakes)}/v1/items", self.token, item)
          if status in (200, 202):
            break
        except FAILURES:
          pass
        self.retries += 1
        time.sleep(0.1)
      with self.lock:
        self.cases[answer["case"]] = item["id"]
        self.decisions[answer["case"]] = decision
        if undecided:
          self.waiting.add(answer["case"])
      sent.append(answer["case"])
    return sent

  def review(self):
    people, done, tried = None, {}, {}
    while not self.stopping.is_set():
      try:
        people = people or People(next(self.reviewers), self.keys / "people.tokens")
        if not people.people:
          people = None
          continue
        self.road.read()
      except FAILURES:
        people = None
        time.sleep(0.2)
        continue
      for case, entry in list(self.road.cases.items()):
        review, decision = entry.get("open"), self.decisions.get(case)
        if not review or not decision or "outcome" in entry or case in self.waiting or tried.get(case, 0) > time.time():
          continue
        version, so_far = done.get(case, (0, []))
        so_far = so_far if version == review["version"] else []
        people.url = next(self.reviewers)
        try:
          who, _ = people.decide(case, review, decision, so_far)
        except FAILURES:
          who = None
        # Whoever got no answer asks again; a decision that did count shows on the topics meanwhile.
        tried[case] = time.time() + 1
        if who:
          self.decided += 1
          done[case] = review["version"], so_far + [who]

  def outcomes(self):
    return {case for case, entry in list(self.road.cases.items()) if "outcome" in entry}

  def wait(self, cases, seconds):
    """Until all these cases have ended, or none has for so many seconds: how long all take is a matter of the machine, that they go
    on ending is not. - Returns: those that have not."""
    missing, since = set(cases) - self.outcomes(), time.time()
    while missing and time.time() - since < seconds:
      time.sleep(0.2)
      left = missing - self.outcomes()
      if left != missing:
        missing, since = left, time.time()
    return sorted(missing)

  def stop(self):
    self.stopping.set()
    self.thread.join(30)


class Stack:
  """The processes of an installation that `deploy/lib/stack` has started in `folder`."""

  def __init__(self, folder, port_base):
    self.folder, self.port_base = folder, port_base

  def pid(self, name):
    return int((self.folder / "pids" / name).read_text())

  def alive(self, name):
    try:
      return pathlib.Path(f"/proc/{self.pid(name)}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
      return False

  def run(self, name):
    steps, stack = ROOT / "deploy/lib/steps", ROOT / "deploy/lib/stack"
    subprocess.run(["bash", "-c", f"source {steps}; source {stack}; stack_run '{self.folder}' {name}"], check=True)

  def url(self, name):
    place = ("intake", "policy", "model-adapter", "reviewer", "audit").index(name.removesuffix("-2")) + 1
    return f"http://127.0.0.1:{self.port_base + place + (10 if name.endswith('-2') else 0)}"

  def state(self, name):
    """What /readyz says; {} where nobody answers."""
    try:
      return call("GET", f"{self.url(name)}/readyz", "")[1] or {}
    except FAILURES:
      return {}

  def lanes(self, name):
    return self.state(name).get("lanes", [])

  def until(self, condition, seconds):
    """- Returns: after how many seconds it held; None where it did not."""
    began = time.time()
    while time.time() - began < seconds:
      if condition():
        return time.time() - began
      time.sleep(0.05)
    return None


class Checks:
  def __init__(self):
    self.results = []

  def check(self, name, good, found=""):
    self.results.append(bool(good))
    print(("ok      " if good else "BROKEN  ") + name + (f": {found}" if found != "" else ""), flush=True)

  def end(self):
    passed = sum(self.results)
    print(f"{passed} passed, {len(self.results) - passed} failed", flush=True)
    return 0 if passed == len(self.results) else 1
