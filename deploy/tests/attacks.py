"""Twelve attacks on approvals, permits, policy's files and its database: each is refused, and the record says why.

    attacks.py BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation with a people file and workflow folders of its own. Forged decisions carry the
reviewer service's own signature and our seal: what is left to refuse them is policy's own look at who decided what, and when.
"""
import argparse
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))

from forging import APPROVAL, Key, read  # noqa: E402
from refusals import DECISION, ISSUED, REVIEWER_TOPICS, Checks, Installation  # noqa: E402
from road import call  # noqa: E402

LIB = pathlib.Path(__file__).parents[1] / "lib"
ACCESS = pathlib.Path(__file__).parents[1] / "workflows" / "access-request" / "samples" / "ar-payments-release.json"


class Attacker(Installation):
  """Somebody with the reviewer's signing key and the seal; and the people and operators who are attacked."""

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

  def token(self, name):
    return self.desk.people.people[name][0]

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
    body = {"version": shown["task"]["version"], "view": shown["task"]["view"], "verb": verb, "words": "Tried by an attacker.", **more}
    return call("POST", f"{url}/decision", token, body)

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

  def view(self, case, name):
    """The hash of what is shown to this person of the open review."""
    def shown():
      status, task = call("GET", f"{self.local}{self.options.base + 4}/v1/tasks/{case}", self.token(name))
      return status == 200 and task["version"] == self.road.cases[case]["open"]["version"] and task["view"]
    return self.until(f"task for {name}", shown)


def refused(here, checks, name, case, token, code):
  """Puts a decision with our seal on the topic and looks for policy's refusal, also in the story."""
  before = len(here.refusals(case))
  body = json.dumps({"decision": token}, separators=(",", ":")).encode()
  here.forger.sealed("decisions", here.road.cases[case]["partition"], case, body, REVIEWER_TOPICS)
  here.until(f"refusal of {name}", lambda: len(here.refusals(case)) > before)
  refusal = here.refusals(case)[-1]
  checks.hold(f"{name}: {code}", refusal["code"] == code, refusal)
  story = here.story(case, f"because: {refusal['reason']}")
  checks.hold("  the case's story says so", "Policy REFUSED the decision" in story and refusal["reason"] in story, story[-600:])


def people_at_the_desk(here, checks):
  """What people try through the API; what is needed for the forgeries afterwards. Returns the cases by attack."""
  cases = {name: here.access(number) for number, name in enumerate(
    ("replayed", "version", "other", "twice", "self", "editor", "ended", "topic", "expired"))}
  views = {name: here.view(case, "P-ines") for name, case in cases.items()}
  status, answer = here.decide(cases["twice"], "P-omar", "approve")
  checks.hold("a line manager approves; one more is needed", status == 202, answer)
  here.counted(cases["twice"], 1)
  status, answer = here.decide(cases["twice"], "P-omar", "approve", words="Another session, another approval.")
  checks.hold("the same person in a second session is refused by the API", (status, answer.get("code")) == (409, "four_eyes.same"), answer)
  status, answer = call("GET", f"{here.local}{here.options.base + 4}/v1/tasks/{cases['self']}", here.token("P-cleo"))
  checks.hold("who asked is refused by the API", status in (403, 404), answer)
  action = json.loads(json.dumps(here.road.cases[cases["editor"]]["open"]["action"]))
  action["body"]["expires"] = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 7 * 86400))
  status, answer = here.decide(cases["editor"], "P-ines", "edit", code="corrected", action=action)
  checks.hold("a security reviewer edits", status == 202, answer)
  here.until("the edited version", lambda: here.road.cases[cases["editor"]]["open"]["version"] == 2)
  status, answer = here.decide(cases["editor"], "P-ines", "approve")
  checks.hold("the editor may not approve by the API", (status, answer.get("code")) == (403, "four_eyes.editor"), answer)
  views["editor"] = here.view(cases["editor"], "P-joel")
  for name in ("replayed", "other"):
    status, answer = here.decide(cases[name], "P-omar", "approve")
    checks.hold(f"a line manager approves for the attack with what is {name}", status == 202, answer)
    here.counted(cases[name], 1)
  return cases, views


def ended_role(here, checks, case):
  """The identity source ends a role; the reviewer service, read at its start, still believes in it."""
  people = here.options.run / "people.yaml"
  people.write_text(people.read_text().replace(
    "{id: P-hugo, name: Hugo Lang, groups: [line-managers]}", "{id: P-hugo, name: Hugo Lang, groups: [guests]}"))
  time.sleep(3)
  status, answer = here.decide(case, "P-hugo", "approve")
  checks.hold("the reviewer service still takes the decision of a role that ended", status == 202, answer)
  here.until("refusal", lambda: here.refusals(case))
  refusal = here.refusals(case)[-1]
  checks.hold("a role that ended: decision.role", refusal["code"] == "decision.role", refusal)
  story = here.story(case, refusal["reason"])
  checks.hold("  the case's story says so", refusal["reason"] in story, story[-600:])


def forgeries(here, checks, cases, views):
  """While the reviewer service is stopped, since its stream has one writer."""
  here.reviewer = Key(here.keys / "reviewer.key", here.kid(4))
  here.stopped("reviewer")
  taken = here.counted(cases["replayed"], 1)[0]["token"]
  refused(here, checks, "a replayed decision", cases["replayed"], taken, "decision.replayed")
  refused(here, checks, "a decision of another case", cases["topic"], here.counted(cases["other"], 1)[0]["token"], "decision.case")
  security, managers = ["security-reviewers"], ["line-managers"]
  refused(here, checks, "a decision for another version", cases["version"],
          here.forged(cases["version"], "P-ines", security, views["version"], version=7), "decision.version")
  refused(here, checks, "a decision on something else than was shown", cases["version"],
          here.forged(cases["version"], "P-ines", security, "0" * 64), "decision.view")
  refused(here, checks, "one person in two sessions", cases["twice"],
          here.forged(cases["twice"], "P-omar", managers + security, views["twice"]), "decision.person")
  refused(here, checks, "self-approval", cases["self"],
          here.forged(cases["self"], "P-cleo", managers + security, views["self"]), "decision.requester")
  refused(here, checks, "the editor approving alone", cases["editor"],
          here.forged(cases["editor"], "P-ines", security, views["editor"]), "decision.editor")
  refused(here, checks, "somebody whom policy does not know", cases["self"],
          here.forged(cases["self"], "P-mallory", security, views["self"]), "decision.unknown")
  refused(here, checks, "a role that somebody never had", cases["self"],
          here.forged(cases["self"], "P-ada", security, views["self"]), "decision.role")
  late = int(time.time()) - 90_000
  refused(here, checks, "a decision of yesterday, as if the clock had been moved back", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=late, exp=late + 86_400 * 30), "decision.expired")
  refused(here, checks, "a decision of tomorrow", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=int(time.time()) + 86_400), "decision.time")
  genuine = here.forged(cases["topic"], "P-ines", security, views["topic"])
  here.forger.unsealed("decisions", here.road.cases[cases["topic"]]["partition"], cases["topic"], DECISION,
                       json.dumps({"decision": genuine}).encode())
  story = here.story(cases["topic"], "SECURITY")
  checks.hold("a forged decision on the topic is foreign", "SECURITY: a record that is not ours" in story, story[-600:])
  checks.hold("nothing of this gave a permit", not any(here.road.cases[case]["permits"] for case in cases.values()))
  checks.hold("the reviewer service comes back", here.started("reviewer"))


def switch(here, name, command, *arguments):
  """countersign stop or start in the name of a person."""
  file = here.options.run / f"{name}.token"
  file.write_text(here.token(name))
  return subprocess.run(
    [here.options.bin / "countersign", command, *arguments, "--policy", f"{here.local}{here.options.base + 2}", "--token-file", file],
    capture_output=True, text=True)


def revoked_permit(here, checks):
  """The stop switch revokes a permit that is out; sent again by an attacker, it is refused."""
  case = here.send(40, "M-4005")
  here.until("review", lambda: here.road.cases[case].get("open"))
  os.kill(here.process("executor"), signal.SIGTERM)
  here.approve(case)
  permit = here.until("permit", lambda: here.road.cases[case]["permits"], 90)[0]
  done = len(here.effects())
  answer = switch(here, "P-ada", "stop", "reply-draft", "--reason", "none of her business")
  checks.hold("who is neither duty officer nor lead may not stop", answer.returncode != 0 and "403" in answer.stderr, answer.stderr)
  began = time.time()
  answer = switch(here, "P-ivo", "stop", "reply-draft", "--reason", "replies are wrong")
  checks.hold("a duty officer stops the workflow", answer.returncode == 0, answer.stderr)
  story = here.story(case, "Policy revoked the permit")
  checks.hold("the permit that is out is revoked, in the story", "Policy revoked the permit" in story, story[-400:])
  here.shell(f"stack_run {here.options.run} executor")
  answer = here.until("the executor's answer", lambda: here.answers(case), 60)[-1]
  checks.hold("the executor refuses the revoked permit", (answer["status"], "revoked" in answer["reason"]) == ("refused", True), answer)
  before = len(here.answers(case))
  here.forger.unsealed("permits", here.road.cases[case]["partition"], case, ISSUED, json.dumps(permit).encode())
  here.until("answer to the permit, sent again", lambda: len(here.answers(case)) > before)
  answer = here.answers(case)[-1]
  checks.hold("a permit after revocation is refused", answer["status"] == "refused" and "revoked" in answer["reason"], answer)
  story = here.story(case, "revoked")
  checks.hold("  the case's story says so", "REFUSED the permit" in story, story[-600:])
  checks.hold("  nothing was done in the system of record", len(here.effects()) == done)
  here.until("a new case file", lambda: (here.road.cases[case].get("open") or {"version": 1})["version"] > 1, 60)
  codes = {match["code"] for match in here.road.cases[case]["open"]["matches"]}
  checks.hold("the case is decided anew, because of the stop", "stopped" in codes, codes)
  for name, words in (("P-ivo", "Another person"), ("P-nina", "runs again")):
    answer = switch(here, name, "start", "reply-draft")
    checks.hold(f"{name} starts it again: {words}", words in answer.stdout, answer.stdout + answer.stderr)


def edited_file(here, checks):
  """An edited bundle file changes nothing, and says so."""
  base = f"{here.local}{here.options.base + 2}/v1/bundles"
  before = {bundle["workflow"]: bundle["hash"] for bundle in call("GET", base)[1]["bundles"]}
  file = here.options.run / "workflows" / "reply-draft" / "policy.yaml"
  kept = file.read_text()
  file.write_text(kept.replace("deadline:", "deadline: 3d # ", 1))
  here.stopped("policy")
  checks.hold("policy starts on an edited bundle file", here.started("policy"))
  after = call("GET", base)[1]["bundles"]
  checks.hold("an edited bundle file: the old bundle stays in force", {bundle["workflow"]: bundle["hash"] for bundle in after} == before)
  checks.hold("  and policy says that the file differs", [bundle["workflow"] for bundle in after if bundle["file_differs"]] == ["reply-draft"], after)
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  also in its log", "reply-draft/policy.yaml differs" in log)
  file.write_text(kept)


def edited_rows(here, checks):
  """Rows of policy's database, changed past it."""
  database = here.options.run / "data" / "policy.sqlite"
  with sqlite3.connect(database, timeout=10) as rows:
    kept = rows.execute("SELECT body FROM switches").fetchone()[0]
    rows.execute("UPDATE switches SET body = ?", (kept.replace('"stops":', '"stops" :'),))
  base = f"{here.local}{here.options.base + 2}/v1/stops"
  found = here.until("the stop of everything", lambda: [stop for stop in call("GET", base)[1]["stops"] if stop["workflow"] == "*"], 5)
  checks.hold("an edited row of the stop switch stops everything", "changed past the service" in found[0]["reason"], found)
  doctor = subprocess.run([here.options.bin / "countersign", "doctor", "--brokers", here.options.brokers, *[
    f"--service={name}={here.local}{here.options.base + number}" for number, name in enumerate(
      ("intake", "policy", "model-adapter", "reviewer", "audit"), 1)]], capture_output=True, text=True)
  checks.hold("  and doctor says so", "everything is stopped" in doctor.stdout, doctor.stdout[-600:] + doctor.stderr)
  with sqlite3.connect(database, timeout=10) as rows:
    rows.execute("UPDATE switches SET body = ?", (kept,))
  here.until("the end of the stop", lambda: not call("GET", base)[1]["stops"], 5)
  here.stopped("policy")
  shutil.copy(database, here.options.run / "kept.sqlite")
  with sqlite3.connect(database, timeout=10) as rows:
    rows.execute("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 30', 'undo_seconds: 0') WHERE workflow = 'access-request'")
  checks.hold("policy does not start on an edited bundle row", not here.started("policy", 10))
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  and says which row was changed", "access-request does not have its hash" in log, log[-400:])
  with sqlite3.connect(database, timeout=10) as rows:
    rows.execute("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 0', 'undo_seconds: 30') WHERE workflow = 'access-request'")
  checks.hold("with the row put back it starts", here.started("policy"))


def main():
  parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
  parser.add_argument("bin", type=pathlib.Path)
  parser.add_argument("run", type=pathlib.Path)
  parser.add_argument("--brokers", required=True)
  parser.add_argument("--base", type=int, required=True)
  parser.add_argument("--record", required=True)
  here, checks = Attacker(parser.parse_args()), Checks()
  cases, views = people_at_the_desk(here, checks)
  ended_role(here, checks, cases["ended"])
  forgeries(here, checks, cases, views)
  revoked_permit(here, checks)
  edited_file(here, checks)
  edited_rows(here, checks)
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
