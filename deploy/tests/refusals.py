"""Forged, changed, exchanged and repeated permits and decisions: each is refused, and the case's story says so.

    refusals.py BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation. The attacker has more than anybody should: the keys of policy and reviewer for
single forgeries, and the key of the seal.
"""
import argparse
import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import jwt

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))

from forging import APPROVAL, PERMIT, Forger, Key, damaged, read  # noqa: E402
from people import Desk, People  # noqa: E402
from road import Road, call  # noqa: E402

SAMPLES = pathlib.Path(__file__).parents[1] / "workflows" / "reply-draft" / "samples"
REVIEWER_TOPICS = ("decisions", "reviews", "reviews.open", "escalations", "reviewer.heads", "reviewer.dead")
DECISION, ISSUED = "countersign.decision.made.v1", "countersign.permit.issued.v1"


class Installation:
  def __init__(self, options):
    self.options, self.keys, self.local = options, options.run / "keys", "http://127.0.0.1:"
    self.road = Road(options.brokers)
    self.desk = Desk(People(f"{self.local}{options.base + 4}", self.keys / "people.tokens"), self.road)
    self.forger = Forger(options.brokers, self.keys / "seal.key")
    self.admin = (self.keys / "admin.token").read_text().strip()

  def kid(self, service):
    return call("GET", f"{self.local}{self.options.base + service}/.well-known/jwks.json")[1]["keys"][0]["kid"]

  def send(self, number, thread):
    """A reply to be reviewed by one person; returns its case."""
    sample = json.loads((SAMPLES / "rd-0001.json").read_text()) | {"id": f"refused-{number}"}
    sample["data"] |= {"thread": thread}
    token = (self.keys / "tokens" / sample["source"]).read_text().strip()
    status, answer = call("POST", f"{self.local}{self.options.base + 1}/v1/items", token, sample)
    if status != 202:
      raise SystemExit(f"intake answered {status} {answer}")
    return answer["case"]

  def until(self, what, condition, seconds=60):
    end = time.time() + seconds
    while time.time() < end:
      self.road.read()
      if found := condition():
        return found
    raise SystemExit(f"In {seconds} s there was no {what}.")

  def approve(self, case):
    def decided():
      self.desk.look(case, {"verb": "approve"})
      return "complete" in self.road.cases[case]
    self.until(f"decision on {case}", decided)

  def refusals(self, case):
    return [decision for decision in self.road.cases[case]["decisions"] if decision["result"] == "refused"]

  def answers(self, case):
    return [effect for effect in self.road.cases[case]["effects"] if "before" in effect or "executor" in effect]

  def token(self, name):
    return self.desk.people.people[name][0]

  def view(self, case, name):
    """The hash of what is shown to this person of the open review."""
    def shown():
      status, task = call("GET", f"{self.local}{self.options.base + 4}/v1/tasks/{case}", self.token(name))
      return status == 200 and task["version"] == self.road.cases[case]["open"]["version"] and task["view"]
    return self.until(f"task for {name}", shown)

  def story(self, case, words):
    """The case's story as the operator reads it, once it holds these words (audit may be a moment behind)."""
    end = time.time() + 15
    while True:
      text = subprocess.run(
        [self.options.bin / "countersign", "case", case, "--audit", f"{self.local}{self.options.base + 5}", "--token-file",
         self.keys / "admin.token"], capture_output=True, text=True).stdout
      if words in " ".join(text.split()) or time.time() > end:
        return " ".join(text.split())
      time.sleep(0.3)

  def effects(self):
    return call("GET", f"{self.options.record}/effects")[1]["effects"]

  def process(self, name):
    return int((self.options.run / "pids" / name).read_text())


class Checks:
  def __init__(self):
    self.passed = self.failed = 0

  def hold(self, name, condition, found=""):
    print(f"{'ok  ' if condition else 'FAIL'} {name}" + ("" if condition else f": {str(found)[:400]}"), flush=True)
    if condition:
      self.passed += 1
    else:
      self.failed += 1


def permits(here, checks):
  """Two cases are decided and executed; then their permits are misused."""
  first, second = here.send(1, "M-4001"), here.send(2, "M-4002")
  here.approve(first)
  here.approve(second)
  here.until("outcome", lambda: all("outcome" in here.road.cases[case] for case in (first, second)), 90)
  outcomes = [here.road.cases[case]["outcome"]["outcome"] for case in (first, second)]
  checks.hold("two approved replies are executed", outcomes == ["executed", "executed"], outcomes)
  real, other = here.road.cases[first]["permits"][0], here.road.cases[second]["permits"][0]
  done = len(here.effects())

  jwks = jwt.PyJWKClient(f"{here.local}{here.options.base + 2}/.well-known/jwks.json")
  claims = jwt.decode(real["permit"], jwks.get_signing_key_from_jwt(real["permit"]), ["EdDSA"], audience="demo-executor",
                      issuer="countersign.policy")
  checks.hold("PyJWT verifies a permit from the topic with policy's JWKS", claims["case"] == first, claims)
  jwks = jwt.PyJWKClient(f"{here.local}{here.options.base + 4}/.well-known/jwks.json")
  approval = jwt.decode(claims["approvals"][0], jwks.get_signing_key_from_jwt(claims["approvals"][0]), ["EdDSA"],
                        issuer="countersign.reviewer")
  checks.hold("and the approval in it with the reviewer's", approval["act"] == claims["act"], approval)

  policy, thief = Key(here.keys / "policy.key", here.kid(2)), Key(kid=here.kid(2))
  fresh = {"eff": "0" * 64, "jti": "forged"}
  forged = (
    ("a permit with one changed character", damaged(real["permit"]), "InvalidSignatureError"),
    ("a permit with another case's decision", policy.sign(
      PERMIT, claims | fresh | {"approvals": read(other["permit"])["approvals"]}), "approval of something else"),
    ("an expired permit", policy.sign(PERMIT, claims | fresh | {"exp": int(time.time()) - 120}), "expired"),
    ("a permit under another key", thief.sign(PERMIT, claims | fresh), "InvalidSignatureError"),
    ("a permit under a key that nobody knows", Key(kid="nobody").sign(PERMIT, claims | fresh), "Unable to find a signing key"),
    ("a permit without the reviewer's signature", policy.sign(PERMIT, claims | fresh | {"approvals": []}), "approval missing"),
    ("a permit whose approval has one changed character", policy.sign(
      PERMIT, claims | fresh | {"approvals": [damaged(claims["approvals"][0])]}), "InvalidSignatureError"),
    ("a permit for another action", real["permit"], None),
  )
  for name, token, reason in forged:
    record = real | {"permit": token}
    if reason is None:
      token = policy.sign(PERMIT, claims | fresh)
      record, reason = real | {"permit": token, "action": real["action"] | {"target": "/mails?thread=M-4003"}}, "not the permitted action"
    before = len(here.answers(first))
    here.forger.unsealed("permits", 0, first, ISSUED, json.dumps(record).encode())
    here.until(f"answer to {name}", lambda: len(here.answers(first)) > before)
    answer = here.answers(first)[-1]
    checks.hold(f"{name} is refused by the executor", answer["status"] == "refused" and reason in answer["reason"], answer)
    story = here.story(first, f"REFUSED the permit. because: {answer['reason']}"[:90])
    checks.hold("  and the case's story says so", "demo-executor REFUSED the permit." in story and reason in story, story[-600:])
  before = len(here.answers(first))
  here.forger.unsealed("permits", 0, first, ISSUED, json.dumps(real).encode())
  here.until("answer to the replay", lambda: len(here.answers(first)) > before)
  answer = here.answers(first)[-1]
  checks.hold("a replayed permit gets the first answer", answer["reason"] == "asked again: done before", answer)
  checks.hold("  and the case's story says so", "REFUSED to do it again" in here.story(first, "REFUSED to do it again"))
  checks.hold("nothing more was done in the system of record", len(here.effects()) == done, len(here.effects()))
  story = here.story(first, "SECURITY")
  checks.hold("the foreign records on permits raise a security alert in the story", "SECURITY: a record that is not ours" in story, story[-600:])


def decisions(here, checks):
  """Forged records on `decisions`, with our seal, while the reviewer service is stopped (its stream has one writer)."""
  cases = [here.send(10 + number, f"M-40{3 + number:02d}") for number in range(10)]
  here.until("reviews", lambda: all(here.road.cases[case].get("open") for case in cases))
  lanes = {}
  for case in cases:
    lanes.setdefault(here.road.cases[case]["partition"], []).append(case)
  lane, (open_case, decided, *_) = max(lanes.items(), key=lambda item: len(item[1]))
  here.approve(decided)
  reviewer, thief = Key(here.keys / "reviewer.key", here.kid(4)), Key(kid=here.kid(4))
  real = here.road.cases[decided]["decisions"][-1]["token"]
  review, view = here.road.cases[open_case]["open"], here.view(open_case, "P-ada")
  os.kill(here.process("reviewer"), signal.SIGTERM)
  here.until("end of the reviewer service", lambda: not pathlib.Path(f"/proc/{here.process('reviewer')}").exists() or
             pathlib.Path(f"/proc/{here.process('reviewer')}/stat").read_text().split()[2] == "Z")
  own = read(real) | {"case": open_case, "version": review["version"], "act": review["action_hash"], "view": view,
                      "jti": "forged", "iat": int(time.time()), "exp": int(time.time()) + 600}
  genuine = reviewer.sign(APPROVAL, own)
  forged = (
    ("a decision with one changed character", open_case, damaged(genuine), "decision.signature"),
    ("a decision of another case", open_case, real, "decision.case"),
    ("a decision that is replayed", decided, real, "decision.replayed"),
    ("a decision past its deadline", open_case, reviewer.sign(
      APPROVAL, own | {"iat": int(time.time()) - 900, "exp": int(time.time()) - 120}), "decision.expired"),
    ("a decision under another key", open_case, thief.sign(APPROVAL, own), "decision.signature"),
    ("a decision under a key that nobody knows", open_case, Key(kid="nobody").sign(APPROVAL, own), "decision.key"),
    ("a decision on a version that is not current", open_case, reviewer.sign(APPROVAL, own | {"version": 7}), "decision.version"),
    ("a decision for another action", open_case, reviewer.sign(APPROVAL, own | {"act": "0" * 64}), "decision.action"),
    ("a decision of somebody in none of the groups", open_case, reviewer.sign(APPROVAL, own | {"groups": ["guests"]}), "decision.group"),
  )
  for name, case, token, code in forged:
    before = len(here.refusals(case))
    body = json.dumps({"decision": token}, separators=(",", ":")).encode()
    here.forger.sealed("decisions", lane, case, DECISION, body, REVIEWER_TOPICS)
    here.until(f"refusal of {name}", lambda: len(here.refusals(case)) > before)
    refusal = here.refusals(case)[-1]
    checks.hold(f"{name} is refused by policy", refusal["code"] == code, refusal)
    story = here.story(case, f"because: {refusal['reason']}")
    checks.hold("  and the case's story says so", "Policy REFUSED the decision" in story and refusal["reason"] in story, story[-600:])
  here.forger.unsealed("decisions", lane, open_case, DECISION, json.dumps({"decision": genuine}).encode())
  story = here.story(open_case, "SECURITY")
  checks.hold("a decision without our seal is foreign, whatever it holds", "SECURITY: a record that is not ours" in story, story[-600:])
  here.until("outcome", lambda: "outcome" in here.road.cases[decided], 90)
  outcome = here.road.cases[decided]["outcome"]["outcome"]
  checks.hold("the case with a real decision is executed", outcome == "executed", outcome)
  checks.hold("the other one has no permit and no outcome",
              not here.road.cases[open_case]["permits"] and "outcome" not in here.road.cases[open_case])


def going_on(here, checks):
  """The reviewer service starts again on a stream that somebody else has written to."""
  lib = pathlib.Path(__file__).parents[1] / "lib"
  ready = subprocess.run(["bash", "-c", f"source {lib}/steps; source {lib}/stack; stack_run {here.options.run} reviewer; "
                          f"stack_wait {here.options.run} reviewer 30"], stdout=subprocess.DEVNULL).returncode == 0
  checks.hold("the reviewer service comes back", ready)
  if ready:
    case = here.send(30, "M-4002")
    here.approve(case)
    outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 90)["outcome"]
    checks.hold("  and a new reply is approved and executed", outcome == "executed", outcome)


def options(doc):
  """What a suite is told of the installation that it attacks."""
  parser = argparse.ArgumentParser(description=doc.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--record", required=True)
  return parser.parse_args()


def main():
  here, checks = Installation(options(__doc__)), Checks()
  permits(here, checks)
  decisions(here, checks)
  going_on(here, checks)
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
