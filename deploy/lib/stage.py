"""What the acts of the story have in common: sending items, people at the desk, waiting, and telling what was seen."""
import json
import pathlib
import subprocess
import time
import uuid

from forging import Forger
from glass import break_glass
from own_key import signed
from people import People, merged
from road import Road, call

WORKFLOWS = pathlib.Path(__file__).parents[1] / "workflows"


class Stage:
  """A running installation, and a list of what was expected and seen of the step that is played."""

  def __init__(self, options):
    self.options, self.keys, self.local = options, options.dir / "keys", "http://127.0.0.1:"
    self.road = Road(options.brokers)
    self.people = People(f"{self.local}{options.base + 4}", self.keys / "people.tokens")
    self.forger = Forger(options.brokers, self.keys / "seal.key")
    self.seen, self.numbers = [], iter(range(1, 1_000_000))

  def expect(self, what, condition, seen=""):
    """Notes whether an expectation held, and what was seen."""
    self.seen.append((what, bool(condition), str(seen)))
    return condition

  def later(self, what, why):
    """Notes what cannot be played yet, and why."""
    self.seen.append((what, None, why))

  def sample(self, workflow, name, **changes):
    item = json.loads((WORKFLOWS / workflow / "samples" / f"{name}.json").read_text())
    return item | {"id": f"story-{next(self.numbers)}-{name}", "data": merged(item["data"], changes)}

  def send(self, item):
    """The item's case, by HTTP."""
    token = (self.keys / "tokens" / item["source"]).read_text().strip()
    status, answer = call("POST", f"{self.local}{self.options.base + 1}/v1/items", token, item)
    if status != 202:
      raise RuntimeError(f"intake answered {status} {answer}")
    return answer["case"]

  def until(self, condition, seconds=30):
    """The first true value of the condition within the time, else its last value; the topics are read meanwhile."""
    end = time.monotonic() + seconds
    while True:
      self.road.read()
      value = condition()
      if value or time.monotonic() > end:
        return value

  def review(self, case, version=1):
    """The case file that people see, once there is one of at least this version."""
    def newest():
      reviews = self.road.cases[case]["reviews"]
      return reviews[-1] if reviews and reviews[-1]["version"] >= version else None
    return self.until(newest) or {"matches": [], "version": 0}

  def outcome(self, case, seconds=90):
    return (self.until(lambda: self.road.cases[case].get("outcome"), seconds) or {}).get("outcome")

  def decisions(self, case, result):
    return [decision for decision in self.road.cases[case]["decisions"] if decision["result"] == result]

  def desk(self, method, case, name, command="", body=None, key=None):
    """(status, answer) of the reviewer's API, asked by this person."""
    url = f"{self.people.url}/v1/tasks/{case}{'/' if command else ''}{command}"
    return call(method, url, self.people.people[name][0], body, {"Idempotency-Key": key or str(uuid.uuid4())})

  def claim(self, case, name):
    def taken():
      answer = self.desk("POST", case, name, "claim", {})
      return answer if answer[0] == 200 else None
    return self.until(taken, 5) or self.desk("POST", case, name, "claim", {})

  def decide(self, case, name, verb, code="", action=None, words="Decided in the story.", fence=None):
    """(status, answer): looks at the task, claims it, and decides for what was shown."""
    status, task = self.desk("GET", case, name)
    if status != 200:
      return status, task
    if fence is None:
      status, claim = self.claim(case, name)
      if status != 200:
        return status, claim
      fence = claim["fence"]
    for source in task.get("unopened", []):
      self.desk("POST", case, name, f"sources/{source}/view", {})
    body = {"version": task["version"], "view": task["view"], "fence": fence, "verb": verb, "code": code, "words": words}
    body |= {"action": action} if action else {}
    return self.desk("POST", case, name, "decision", signed(self.people.url, self.people.people[name][0], case, task, body))

  def command(self, name, *arguments):
    """(whether it was done, what it said): a command of countersign's that policy answers, in the name of a person."""
    file = self.options.dir / f"{name}.token"
    file.write_text(self.people.people[name][0])
    done = subprocess.run(
      [self.options.bin / "countersign", *arguments, "--policy", f"{self.local}{self.options.base + 2}", "--token-file", file],
      capture_output=True, text=True)
    return done.returncode == 0, (done.stdout + done.stderr).strip()

  def stop(self, name, workflow, reason):
    """(whether it was done, what was said); `said_at` is when it was said."""
    self.said_at = time.time()
    return self.command(name, "stop", workflow, "--reason", reason)

  def start(self, name, workflow):
    """What was said to this person, who wants to start it again."""
    return self.command(name, "start", workflow)[1]

  def present(self, *names):
    """These people are signed in. By the API nobody need be."""

  def offline(self, name, away):
    """This person's connection drops, or is back. By the API nobody has one."""

  def health(self, name):
    """(status, answer): how the queues stand, as this person is told."""
    return call("GET", f"{self.people.url}/v1/queues/health", self.people.people[name][0])

  def break_glass(self, case, name, reason, ticket):
    """(status, what was said instead): this person signs in afresh and decides alone."""
    return break_glass(self.people.url, self.people.people[name][0], name, case, reason, ticket)

  def story(self, case, words="", seconds=15):
    """The case's story as one line of text, once it holds these words (audit may be a moment behind)."""
    end = time.monotonic() + seconds
    while True:
      text = " ".join(subprocess.run(
        [self.options.bin / "countersign", "case", case, "--audit", f"{self.local}{self.options.base + 5}", "--token-file",
         self.keys / "admin.token"], capture_output=True, text=True).stdout.split())
      if words in text or time.monotonic() > end:
        return text
      time.sleep(0.3)

  def record(self, path):
    return call("GET", f"{self.options.record}{path}")[1]

  def script(self, command):
    """A function of deploy/lib/stack, for this installation."""
    source = f"source {WORKFLOWS.parent}/lib/steps; source {WORKFLOWS.parent}/lib/stack; {command}"
    subprocess.run(["bash", "-c", source], check=True, stdout=subprocess.DEVNULL)


def codes(review):
  return {match["code"] for match in review["matches"]}
