"""Somebody with the reviewer's signing key and the seal; and the people and operators who are attacked."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import confluent_kafka

DEPLOY = pathlib.Path(__file__).parents[2]
sys.path[:0] = [str(DEPLOY / folder) for folder in ("lib", "world", "tests")]

from forging import APPROVAL  # noqa: E402
from own_key import signed  # noqa: E402
from refusals import DECISION, REVIEWER_TOPICS, Installation  # noqa: E402
from road import call  # noqa: E402

LIB = DEPLOY / "lib"
ACCESS = DEPLOY / "workflows" / "access-request" / "samples" / "ar-payments-release.json"


class Attacker(Installation):
  """What an attack needs of an installation."""

  def shell(self, command):
    """A function of deploy/lib/stack, for this installation."""
    return subprocess.run(["bash", "-c", f"source {LIB}/steps; source {LIB}/stack; {command}"], stdout=subprocess.DEVNULL).returncode == 0

  def stopped(self, name):
    """Ends a process and waits for it."""
    pid = self.process(name)
    os.kill(pid, signal.SIGTERM)
    stat = pathlib.Path(f"/proc/{pid}/stat")
    self.until(f"end of {name}", lambda: not stat.exists() or stat.read_text().split()[2] == "Z")

  def started(self, name, seconds=60):
    return self.shell(f"stack_run {self.options.run} {name}; stack_wait {self.options.run} {name} {seconds}")

  def policy(self, path):
    return call("GET", f"{self.local}{self.options.base + 2}{path}")[1]

  def said(self, topic, kind):
    """The bodies of all records of a type on a topic; what stands there, audit has in its ledger."""
    reader = confluent_kafka.Consumer({"bootstrap.servers": self.options.brokers, "group.id": "attacks", "enable.auto.commit": False})
    bodies = []
    for partition in reader.list_topics(topic, timeout=10).topics[topic].partitions:
      place = confluent_kafka.TopicPartition(topic, partition, 0)
      low, high = reader.get_watermark_offsets(place, timeout=10)
      place.offset = low
      reader.assign([place])
      while place.offset < high and (message := reader.poll(10)) is not None:
        place.offset = message.offset() + 1
        if dict(message.headers() or []).get("ce_type") == kind.encode():
          bodies.append(json.loads(message.value()))
    reader.close()
    return bodies

  def ledgered(self, words):
    """Whether a change of the switches that was told holds these words."""
    return self.until(f"record that says {words}", lambda: [
      body["what"] for body in self.said("verdicts", "countersign.switch.changed.v1") if words in body["what"]], 20)

  def rows(self, *statements):
    """Changes policy's database past it. Returns the first column of the last statement's rows."""
    with sqlite3.connect(self.options.run / "data" / "policy.sqlite", timeout=10) as database:
      for statement in statements:
        found = [row[0] for row in database.execute(*statement)]
    return found

  def access(self, number, requester="P-cleo"):
    """A privilege for P-cleo: a line manager and a security reviewer have to approve. Returns the case."""
    item = json.loads(ACCESS.read_text()) | {"id": f"attack-{number}"}
    item["data"] |= {"requester": requester}
    status, answer = call("POST", f"{self.local}{self.options.base + 1}/v1/items",
                          (self.keys / "tokens" / item["source"]).read_text().strip(), item)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    self.until("review", lambda: self.road.cases[answer["case"]].get("open"))
    return answer["case"]

  def decide(self, case, name, verb, **more):
    """(status, answer) of the API, for what is shown to this person now."""
    url, token = f"{self.local}{self.options.base + 4}/v1/tasks/{case}", self.token(name)
    shown = {}
    def known():
      status, shown["task"] = call("GET", url, token)
      return status == 200 and shown["task"]["version"] == self.road.cases[case]["open"]["version"] or status == 403
    self.until(f"task for {name}", known)
    if "version" not in shown["task"]:
      return 403, shown["task"]
    call("POST", f"{url}/claim", token, {})
    for source in shown["task"].get("unopened", []):
      call("POST", f"{url}/sources/{source}/view", token, {})
    body = {"version": shown["task"]["version"], "view": shown["task"]["view"], "verb": verb, "words": "Tried by an attacker.", **more}
    return call("POST", f"{url}/decision", token, signed(f"{self.local}{self.options.base + 4}", token, case, shown["task"], body))

  def counted(self, case, number):
    return self.until("counted decision", lambda: [
      decision for decision in self.road.cases[case]["decisions"] if decision["result"] in ("counted", "complete")][number - 1:])

  def forged(self, case, person, groups, view, **changes):
    """A decision on the open review as the reviewer service itself would sign it."""
    review = self.road.cases[case]["open"]
    now = int(time.time())
    return self.reviewer.sign(APPROVAL, {
      "iss": "countersign.reviewer", "jti": f"forged-{person}-{time.time_ns()}", "case": case, "version": review["version"],
      "verb": "approve", "act": review["action_hash"], "view": view, "person_iss": "countersign.demo", "sub": person,
      "groups": groups, "amr": "pwd", "code": "", "words": "", "iat": now, "exp": now + 600} | changes)


def refused(here, checks, name, case, token, code):
  """Puts a decision with our seal on the topic and looks for policy's refusal, also in the ledger's story of the case."""
  before = len(here.refusals(case))
  body = json.dumps({"decision": token}, separators=(",", ":")).encode()
  here.forger.sealed("decisions", here.road.cases[case]["partition"], case, DECISION, body, REVIEWER_TOPICS)
  here.until(f"refusal of {name}", lambda: len(here.refusals(case)) > before)
  refusal = here.refusals(case)[-1]
  checks.hold(f"{name}: {code}", refusal["code"] == code, refusal)
  story = here.story(case, f"because: {refusal['reason']}")
  checks.hold("  the case's story says so", "Policy REFUSED the decision" in story and refusal["reason"] in story, story[-600:])


def switch(here, name, command, *arguments):
  """A command of countersign's that policy answers, in the name of a person."""
  file = here.options.run / f"{name}.token"
  file.write_text(here.token(name))
  return subprocess.run(
    [here.options.bin / "countersign", *command.split(), "--policy", f"{here.local}{here.options.base + 2}", "--token-file", file,
     *arguments],
    capture_output=True, text=True)


def started_again(here, checks, *arguments):
  for name, words in (("P-ivo", "Another person"), ("P-ivo", "You have asked"), ("P-nina", "again")):
    answer = switch(here, name, "start", *arguments)
    checks.hold(f"{name} starts it again: {words}", words in answer.stdout + answer.stderr, answer.stdout + answer.stderr)
