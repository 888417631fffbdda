"""Fourteen numbered attacks on approvals, permits, exceptions, policy's files, its database and its clock: each is refused, and the ledger
says why.

    attacks.py BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation with a people file and workflow folders of its own. Forged decisions carry the
reviewer service's own signature and our seal: what is left to refuse them is policy's own look at who decided what, and when.
"""
import argparse
import hashlib
import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import sys
import time

import confluent_kafka
import jwt

sys.path[:0] = [str(pathlib.Path(__file__).parents[1] / folder) for folder in ("lib", "world")]

from canonical import canonical  # noqa: E402
from forging import APPROVAL, PERMIT, Key, read  # noqa: E402
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


def people_at_the_desk(here, checks):
  """What people try through the API; what is needed for the forgeries afterwards. Returns the cases by attack."""
  cases = {name: here.access(number) for number, name in enumerate(
    ("replayed", "version", "other", "twice", "self", "editor", "ended", "topic", "expired", "late"))}
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
  checks.hold("7. a role that ended: decision.role", refusal["code"] == "decision.role", refusal)
  story = here.story(case, refusal["reason"])
  checks.hold("  the case's story says so", refusal["reason"] in story, story[-600:])


def forgeries(here, checks, cases, views):
  """While the reviewer service is stopped, since its stream has one writer."""
  here.reviewer = Key(here.keys / "reviewer.key", here.kid(4))
  here.stopped("reviewer")
  taken = here.counted(cases["replayed"], 1)[0]["token"]
  refused(here, checks, "1. a replayed decision", cases["replayed"], taken, "decision.replayed")
  refused(here, checks, "3. a decision for another case", cases["topic"], here.counted(cases["other"], 1)[0]["token"], "decision.case")
  security, managers = ["security-reviewers"], ["line-managers"]
  refused(here, checks, "2. a decision for another version", cases["version"],
          here.forged(cases["version"], "P-ines", security, views["version"], version=7), "decision.version")
  refused(here, checks, "a decision on something else than was shown", cases["version"],
          here.forged(cases["version"], "P-ines", security, "0" * 64), "decision.view")
  refused(here, checks, "4. one person in two sessions", cases["twice"],
          here.forged(cases["twice"], "P-omar", managers + security, views["twice"]), "decision.person")
  refused(here, checks, "5. self-approval", cases["self"],
          here.forged(cases["self"], "P-cleo", managers + security, views["self"]), "decision.requester")
  refused(here, checks, "6. the editor approving alone", cases["editor"],
          here.forged(cases["editor"], "P-ines", security, views["editor"]), "decision.editor")
  refused(here, checks, "somebody whom policy does not know", cases["self"],
          here.forged(cases["self"], "P-mallory", security, views["self"]), "decision.unknown")
  refused(here, checks, "a role that somebody never had", cases["self"],
          here.forged(cases["self"], "P-ada", security, views["self"]), "decision.role")
  late = int(time.time()) - 90_000
  refused(here, checks, "a decision of yesterday", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=late, exp=late + 86_400 * 30), "decision.expired")
  refused(here, checks, "a decision of tomorrow", cases["expired"],
          here.forged(cases["expired"], "P-ines", security, views["expired"], iat=int(time.time()) + 86_400), "decision.time")
  genuine = here.forged(cases["topic"], "P-ines", security, views["topic"])
  here.forger.unsealed("decisions", here.road.cases[cases["topic"]]["partition"], cases["topic"], DECISION,
                       json.dumps({"decision": genuine}).encode())
  story = here.story(cases["topic"], "SECURITY")
  checks.hold("8. a forged decision on the topic is foreign", "SECURITY: a record that is not ours" in story, story[-600:])
  # Kept back for as long as it would have counted.
  here.kept = here.forged(cases["late"], "P-omar", managers, views["late"], exp=int(time.time()) + 60)
  checks.hold("nothing of this gave a permit", not any(here.road.cases[case]["permits"] for case in cases.values()))
  checks.hold("the reviewer service comes back", here.started("reviewer"))


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


def stopping(here, checks):
  """The stop switch: what is out is revoked, what is approved waits, also over a restart, and goes on when two start it."""
  case, waiting = here.send(40, "M-4005"), here.send(41, "M-4006")
  here.until("reviews", lambda: all(here.road.cases[each].get("open") for each in (case, waiting)))
  os.kill(here.process("executor"), signal.SIGTERM)
  here.approve(case)
  permit = here.until("permit", lambda: here.road.cases[case]["permits"], 90)[0]
  done = len(here.effects())
  here.approve(waiting)
  answer = switch(here, "P-ada", "stop", "reply-draft", "--reason", "none of her business")
  checks.hold("who is neither duty officer nor lead may not stop", answer.returncode != 0 and "403" in answer.stderr, answer.stderr)
  began = time.time()
  answer = switch(here, "P-ivo", "stop", "reply-draft", "--reason", "replies are wrong")
  checks.hold("a duty officer stops the workflow", answer.returncode == 0 and "P-ivo stopped reply-draft" in answer.stdout, answer.stdout + answer.stderr)
  here.until("revocation", lambda: here.road.cases[case].get("revoked"), 10)
  checks.hold("the permit that is out is revoked within two seconds", here.road.cases[case]["revoked"] - began < 2,
              here.road.cases[case]["revoked"] - began)
  checks.hold("  in the story", "Policy revoked the permit" in here.story(case, "Policy revoked the permit"))
  checks.hold("  and the stop in the ledger", here.ledgered("P-ivo stopped reply-draft: replies are wrong"))
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.stops.in_force.v1") if [stop["workflow"] for stop in row["stops"]] == ["reply-draft"]])
  here.stopped("policy")
  checks.hold("policy comes back", here.started("policy"))
  stops = here.policy("/v1/stops")["stops"]
  checks.hold("the stop is there after a restart", [stop["workflow"] for stop in stops] == ["reply-draft"], stops)
  here.shell(f"stack_run {here.options.run} executor")
  answer = here.until("the executor's answer", lambda: here.answers(case), 60)[-1]
  checks.hold("the executor refuses the revoked permit", (answer["status"], "revoked" in answer["reason"]) == ("refused", True), answer)
  before = len(here.answers(case))
  here.forger.unsealed("permits", here.road.cases[case]["partition"], case, ISSUED, json.dumps(permit).encode())
  here.until("answer to the permit, sent again", lambda: len(here.answers(case)) > before)
  answer = here.answers(case)[-1]
  checks.hold("9. a permit after revocation is refused", answer["status"] == "refused" and "revoked" in answer["reason"], answer)
  story = here.story(case, "REFUSED the permit")
  checks.hold("  the case's story says so", "REFUSED the permit" in story and "revoked" in story, story[-600:])
  here.until("a new case file", lambda: (here.road.cases[case].get("open") or {"version": 1})["version"] > 1, 60)
  codes = {match["code"] for match in here.road.cases[case]["open"]["matches"]}
  checks.hold("the case is decided anew, because of the stop", "stopped" in codes, codes)
  here.until("hold", lambda: here.road.cases[waiting].get("held"), 60)
  story = here.story(waiting, "The case waits")
  checks.hold("what was approved waits", "The case waits" in story and "outcome" not in here.road.cases[waiting], story[-400:])
  checks.hold("  without a permit", not here.road.cases[waiting]["permits"] and len(here.effects()) == done)
  started_again(here, checks, "reply-draft")
  outcome = here.until("outcome", lambda: here.road.cases[waiting].get("outcome"), 90)["outcome"]
  checks.hold("and goes on after the start", outcome == "executed", outcome)
  def decided():
    here.desk.look(case, {"verb": "approve"})
    return here.road.cases[case]["open"] is None
  here.until("second decision", decided)
  outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 90)["outcome"]
  checks.hold("so does the one that was decided anew", outcome == "executed", outcome)


def settings(here, **changes):
  """Changes lines of policy's settings and starts it anew."""
  file = here.options.run / "policy.conf"
  lines = [line for line in file.read_text().splitlines() if line.partition("=")[0] not in changes]
  file.write_text("\n".join(lines + [f"{name}={value}" for name, value in changes.items()]) + "\n")
  here.stopped("policy")
  return here.started("policy")


def revoked_key(here, checks):
  """A key of permits is followed by another and then revoked: what was signed under it counts no more."""
  old, new = here.keys / "policy.key", here.keys / "policy-2.key"
  new.write_bytes(os.urandom(32))
  checks.hold("policy takes a second key into use", settings(here, SIGNING_KEY_FILE=f"{old},{new}"))
  first, second = (key["kid"] for key in here.policy("/v1/keys")["keys"])
  published = [key["kid"] for key in here.policy("/.well-known/jwks.json")["keys"]]
  checks.hold("both are published, the second signs", published == [first, second], published)
  case = here.send(50, "M-4007")
  here.until("review", lambda: here.road.cases[case].get("open"))
  os.kill(here.process("executor"), signal.SIGTERM)
  here.approve(case)
  permit = here.until("permit", lambda: here.road.cases[case]["permits"], 90)[0]
  checks.hold("the new key signs", jwt.get_unverified_header(permit["permit"])["kid"] == second)
  done = len(here.effects())
  answer = switch(here, "P-ada", "key revoke", "--reason", "none of her business", "--", second)
  checks.hold("who is neither duty officer nor lead may not revoke a key", answer.returncode != 0 and "403" in answer.stderr, answer.stderr)
  answer = switch(here, "P-nina", "key revoke", "--reason", "it was seen in a log", "--", second)
  checks.hold("a duty officer revokes it", f"{first} signs" in answer.stdout, answer.stdout + answer.stderr)
  published = [key["kid"] for key in here.policy("/.well-known/jwks.json")["keys"]]
  checks.hold("it is not published any more", published == [first], published)
  states = {key["kid"]: key["state"] for key in here.policy("/v1/keys")["keys"]}
  checks.hold("  but stands in the history", states == {first: "signing", second: "revoked"}, states)
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.key.in_force.v1") if (row["kid"], row["state"]) == (second, "revoked")])
  checks.hold("  and in the ledger", here.ledgered(f"P-nina revoked the permit key {second}: it was seen in a log"))
  again = here.until("permit under the other key", lambda: here.road.cases[case]["permits"][1:], 10)[0]
  checks.hold("the same effect goes out again under the other key",
              (jwt.get_unverified_header(again["permit"])["kid"], read(again["permit"])["eff"]) == (first, read(permit["permit"])["eff"]))
  here.shell(f"stack_run {here.options.run} executor")
  outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 60)["outcome"]
  checks.hold("and is done once", (outcome, len(here.effects())) == ("executed", done + 1), (outcome, len(here.effects()) - done))
  stolen = Key(new, second)
  forged = stolen.sign(PERMIT, read(permit["permit"]) | {"jti": "forged", "eff": "1" * 64, "iat": int(time.time()), "exp": int(time.time()) + 600})
  before = len(here.answers(case))
  here.forger.unsealed("permits", here.road.cases[case]["partition"], case, ISSUED, json.dumps(permit | {"permit": forged}).encode())
  here.until("answer to the forged permit", lambda: len(here.answers(case)) > before)
  answer = here.answers(case)[-1]
  checks.hold("9. a permit under a revoked key is refused", answer["status"] == "refused" and second in answer["reason"], answer)
  checks.hold("  the case's story says so", "REFUSED the permit" in here.story(case, "REFUSED the permit"))
  checks.hold("  nothing more was done", len(here.effects()) == done + 1)


def edited_file(here, checks):
  """An edited bundle file changes nothing, and says so."""
  bundles = lambda: here.policy("/v1/bundles")["bundles"]
  before = {bundle["workflow"]: bundle["hash"] for bundle in bundles()}
  file = here.options.run / "workflows" / "reply-draft" / "policy.yaml"
  kept = file.read_text()
  file.write_text(kept.replace("deadline:", "deadline: 3d # ", 1))
  here.stopped("policy")
  checks.hold("policy starts on an edited bundle file", here.started("policy"))
  after = bundles()
  checks.hold("10. an edited bundle file: the old bundle stays in force", {bundle["workflow"]: bundle["hash"] for bundle in after} == before)
  checks.hold("  and policy says that the file differs", [bundle["workflow"] for bundle in after if bundle["file_differs"]] == ["reply-draft"], after)
  alert = here.until("alert", lambda: [
    alert for alert in here.said("alerts", "countersign.alert.published.v1") if "reply-draft/policy.yaml differs" in json.dumps(alert)], 30)
  checks.hold("  an alert in the ledger says so", alert)
  checks.hold("the ledger says who put the first bundles in force", here.ledgered("Mia Kowalski (P-mia) and Ivo Marek (P-ivo) put the first bundles in force"))
  file.write_text(kept)

  genesis, kept = here.options.run / "genesis.json", here.options.run / "genesis.kept.json"
  genesis.rename(kept)
  (here.keys / "attacker.key").write_bytes(os.urandom(32))
  subprocess.run(
    [here.options.bin / "countersign", "init", here.options.run / "workflows", "--people", here.options.run / "people.yaml",
     "--by=P-ada", "--by=P-ben", "--key", here.keys / "attacker.key", "--out", genesis, "--jwks", here.options.run / "attacker.jwks.json"],
    check=True, stdout=subprocess.DEVNULL)
  here.stopped("policy")
  checks.hold("10. a second genesis: policy starts", here.started("policy"))
  after = here.policy("/v1/bundles")
  founders = [founder["id"] for founder in after["genesis"]["founders"]]
  checks.hold("  and nothing has changed", founders == ["P-mia", "P-ivo"] and {
    bundle["workflow"]: bundle["hash"] for bundle in after["bundles"]} == before, founders)
  checks.hold("  an alert in the ledger says so", here.until("alert", lambda: [
    alert for alert in here.said("alerts", "countersign.alert.published.v1") if "it is founded once" in json.dumps(alert)], 30))
  kept.rename(genesis)


def edited_rows(here, checks):
  """Rows of policy's database, changed past it."""
  kept = here.rows(("SELECT body FROM switches",))[0]
  here.rows(("UPDATE switches SET body = ?", (kept.replace('"stops":', '"stops" :'),)))
  found = here.until("the stop of everything", lambda: [stop for stop in here.policy("/v1/stops")["stops"] if stop["workflow"] == "*"], 5)
  checks.hold("11. an edited row of the stop switch stops everything", "changed past the service" in found[0]["reason"], found)
  checks.hold("  the ledger says so", here.ledgered("changed past the service; everything is stopped"))
  doctor = subprocess.run([here.options.bin / "countersign", "doctor", "--brokers", here.options.brokers, *[
    f"--service={name}={here.local}{here.options.base + number}" for number, name in enumerate(
      ("intake", "policy", "model-adapter", "reviewer", "audit"), 1)]], capture_output=True, text=True)
  checks.hold("  and doctor too", "everything is stopped" in doctor.stdout, doctor.stdout[-600:] + doctor.stderr)
  here.rows(("UPDATE switches SET body = ?", (kept,)))
  here.until("the end of the stop", lambda: not here.policy("/v1/stops")["stops"], 5)

  case = here.send(60, "M-4008")
  here.until("review", lambda: here.road.cases[case].get("open"))
  done = len(here.effects())
  here.approve(case)
  here.stopped("policy")
  state = json.loads(bytes(here.rows(("SELECT body FROM states WHERE key = ?", (case,)))[0]))
  checks.hold("a case with an approved action lies in the database", state["phase"] == "releasing", state["phase"])
  state["action"]["body"]["text"] = "You get a million."
  state["action_hash"] = hashlib.sha256(canonical(state["action"])).hexdigest()
  here.rows(("UPDATE states SET body = ? WHERE key = ?", (json.dumps(state, ensure_ascii=False).encode(), case)))
  checks.hold("policy starts on the edited case", here.started("policy"))
  here.until("a new case file", lambda: (here.road.cases[case].get("open") or {"version": 1})["version"] > 1, 90)
  story = here.story(case, "they do not count any more")
  checks.hold("11. an edited row of a case: its approvals do not count, in the story", "they do not count any more" in story, story[-600:])
  checks.hold("  there is no permit, and nothing was done", not here.road.cases[case]["permits"] and len(here.effects()) == done)

  here.stopped("policy")
  here.rows(("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 30', 'undo_seconds: 0') WHERE workflow = 'access-request'",))
  checks.hold("policy does not start on an edited bundle row", not here.started("policy", 10))
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  and says which row was changed", "access-request does not have its hash" in log, log[-400:])
  here.rows(("UPDATE bundles SET policy = replace(policy, 'undo_seconds: 0', 'undo_seconds: 30') WHERE workflow = 'access-request'",))
  kept = [here.rows((f"SELECT {column} FROM bundles WHERE workflow = 'access-request'",))[0] for column in ("policy", "hash")]
  forged = here.options.run / "forged" / "access-request"
  shutil.copytree(here.options.run / "workflows" / "access-request", forged)
  (forged / "policy.yaml").write_text(kept[0].replace("undo_seconds: 30", "undo_seconds: 0"))
  told = subprocess.run([here.options.bin / "countersign", "workflow", "check", "--json", forged], capture_output=True, text=True)
  version = json.loads(told.stdout)["folders"][0]["version"]
  put = "UPDATE bundles SET policy = ?, hash = ? WHERE workflow = 'access-request'"
  here.rows((put, ((forged / "policy.yaml").read_text(), version)))
  checks.hold("nor on a bundle row with its right hash that nobody signed", not here.started("policy", 10))
  log = (here.options.run / "logs" / "policy.log").read_text()
  checks.hold("  and says so", "access-request is not signed by an operator" in log, log[-400:])
  here.rows((put, kept))
  checks.hold("with the row put back it starts", here.started("policy"))


RECEIPT = pathlib.Path(__file__).parents[1] / "workflows" / "invoice-exception" / "samples" / "ie-0003.json"


def listed(here, version, seconds, **changes):
  """A list with one exception: invoices of one supplier pass without goods receipts."""
  now = time.time()
  at = lambda moment: time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(moment))
  entry = {
    "id": "ferro-receipts", "workflow": "invoice-exception", "when": 'item.supplier.number == "V-503"',
    "waives": ["context.missing_source"], "reason": "its receipts come on paper", "requester": "P-cleo", "approver": "P-omar",
    "starts": at(now - 60), "expires": at(now + seconds)} | changes
  file = here.options.run / f"exceptions-{version}.json"
  file.write_text(json.dumps({"version": version, "exceptions": [entry]}))
  return file


def signed(here, file, *people):
  """The list with the signatures of these people, each with a key of their own."""
  to = file.with_suffix(f".{len(people)}.{time.time_ns()}.signed")
  for person in people:
    done = subprocess.run([here.options.bin / "countersign", "exception", "sign", file, "--person", person, "--to", to,
                           "--key", here.keys / "exceptions" / f"{person}.key"], capture_output=True, text=True)
    if done.returncode:
      raise SystemExit(f"{person} could not sign: {done.stderr}")
  return to


def invoice(here, number):
  """An invoice without goods receipts. Returns what policy asks people about it."""
  item = json.loads(RECEIPT.read_text()) | {"id": f"attack-invoice-{number}"}
  status, answer = call("POST", f"{here.local}{here.options.base + 1}/v1/items", (here.keys / "tokens" / item["source"]).read_text().strip(), item)
  if status != 202:
    raise SystemExit(f"intake answered {status} {answer}")
  review = here.until("review", lambda: here.road.cases[answer["case"]].get("open"))
  return answer["case"], review


def refused_list(here, checks, name, file, words):
  answer = switch(here, "P-gus", "exception put", file)
  said = " ".join((answer.stdout + answer.stderr).split())
  checks.hold(f"{name}: refused", answer.returncode != 0 and words in said, said[-600:])
  checks.hold("  the ledger says so", any("P-gus put was refused" in said for said in here.ledgered(words)))


def exceptions(here, checks):
  """A forged exception, one that was signed once, an older list, and one whose time is over."""
  case, review = invoice(here, 1)
  checks.hold("without an exception an expert decides about the missing receipt", review["route"] == "sme", review["route"])
  file = listed(here, 1, 3600)
  refused_list(here, checks, "13. an exception that one person signed", signed(here, file, "P-cleo"), "those of two different people")
  forged = signed(here, file, "P-cleo")
  body = json.loads(forged.read_text())
  stranger = here.options.run / "stranger.key"
  stranger.write_bytes(os.urandom(32))
  done = subprocess.run([here.options.bin / "countersign", "exception", "sign", file, "--person", "P-omar", "--to", forged, "--key", stranger])
  refused_list(here, checks, "13. an exception with a forged signature", forged, "signatures[1]: key")
  changed = signed(here, file, "P-cleo", "P-omar")
  body = json.loads(changed.read_text())
  body["list"]["exceptions"][0]["when"] = 'item.supplier.number != ""'
  changed.write_text(json.dumps(body))
  refused_list(here, checks, "13. an exception that was changed after it was signed", changed, "it is for another list")
  wide = listed(here, 1, 100 * 86400, waives=["impact.unknown"], approver="P-cleo")
  answer = subprocess.run([here.options.bin / "countersign", "exception", "sign", wide, "--person", "P-cleo", "--key",
                           here.keys / "exceptions" / "P-cleo.key", "--to", here.options.run / "wide"], capture_output=True, text=True)
  checks.hold("every mistake of a list is told at once", answer.returncode != 0 and all(
    words in answer.stderr for words in ("never is", "another person", "90 days")), answer.stderr)
  case, review = invoice(here, 2)
  checks.hold("  none of this relieved anything", review["route"] == "sme", review["route"])

  first = signed(here, listed(here, 1, 3600), "P-cleo", "P-omar")
  answer = switch(here, "P-gus", "exception put", first)
  checks.hold("an exception that two people signed is put in force", answer.returncode == 0 and "in_force" in answer.stdout, answer.stdout + answer.stderr)
  case, review = invoice(here, 3)
  match = next((each for each in review["matches"] if each["code"] == "context.missing_source"), {})
  checks.hold("it relieves what it names", (review["route"], match.get("waived", {}).get("exception")) == ("review", "ferro-receipts"), review["matches"])
  story = here.story(case, "The exception ferro-receipts was used")
  checks.hold("  the case's story says so", "waived by exception ferro-receipts until" in story and "its receipts come on paper" in story, story[-600:])
  told = here.until("use to be counted", lambda: [each for each in here.policy("/v1/exceptions")["exceptions"] if each["uses"] == 1])
  checks.hold("  and its use is counted", told[0]["state"] == "in_force", told)
  here.until("row of governance", lambda: [
    row for row in here.said("governance", "countersign.exceptions.in_force.v1") if any(each["uses"] == 1 for each in row["exceptions"])])
  here.stopped("policy")
  checks.hold("policy comes back", here.started("policy"))
  case, review = invoice(here, 4)
  checks.hold("  and the exception is in force after a restart", review["route"] == "review", review["route"])

  seconds = 6
  second = signed(here, listed(here, 2, seconds), "P-cleo", "P-omar")
  ends = time.time() + seconds
  answer = switch(here, "P-gus", "exception put", second)
  checks.hold("a later list replaces it", answer.returncode == 0, answer.stdout + answer.stderr)
  refused_list(here, checks, "14. the older list, played again", first, "a number above 2 expected")
  here.until("the exception's end", lambda: time.time() > ends, 20)
  case, review = invoice(here, 5)
  match = next((each for each in review["matches"] if each["code"] == "context.missing_source"), {})
  checks.hold("14. an exception whose time is over relieves nothing", review["route"] == "sme" and "waived" not in match, review["matches"])
  ended = here.until("record of its end", lambda: [
    body for body in here.said("verdicts", "countersign.exception.ended.v1") if body["why"] == "expired"])
  checks.hold("  the ledger says that it is over", ended[0]["exception"] == "ferro-receipts", ended)
  refused_list(here, checks, "14. a list with an exception that is over", signed(here, listed(here, 3, -1), "P-cleo", "P-omar"), "a time to come expected")


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
#include <stdlib.h>
int clock_gettime(clockid_t id, struct timespec *at) {
  static int (*real)(clockid_t, struct timespec *);
  if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int result = real(id, at);
  if (id == CLOCK_REALTIME) at->tv_sec -= atol(getenv("CLOCK_BACK"));
  return result;
}
"""


def clock_moved_back(here, checks, case):
  """Policy's clock, two hours back: a decision that was kept back would be young again."""
  code, library = here.options.run / "clock.c", here.options.run / "clock.so"
  code.write_text(CLOCK)
  subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, code, "-ldl"], check=True)
  kept = here.kept
  here.until("the time to be noted", lambda: json.loads(here.rows(("SELECT body FROM switches",))[0])["clock"] > (read(kept)["exp"] + 61) * 1_000_000, 240)
  here.stopped("policy")
  run = f"LD_PRELOAD={library} CLOCK_BACK=7200 stack_run {here.options.run} policy; stack_wait {here.options.run} policy 60"
  checks.hold("policy starts with its clock two hours back", here.shell(run))
  here.stopped("reviewer")
  found = here.until("the stop of everything", lambda: [stop for stop in here.policy("/v1/stops")["stops"] if stop["workflow"] == "*"], 5)
  checks.hold("12. a clock moved back stops everything", "a clock went back by" in found[0]["reason"], found)
  checks.hold("  the ledger says so", here.ledgered("a clock went back by"))
  refused(here, checks, "12. a decision that has expired is not young again", case, kept, "decision.expired")
  checks.hold("the reviewer service comes back", here.started("reviewer"))
  here.stopped("policy")
  checks.hold("policy starts with its clock set right", here.started("policy"))
  checks.hold("  and everything is still stopped", [stop["workflow"] for stop in here.policy("/v1/stops")["stops"]] == ["*"])
  started_again(here, checks, "--all")


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
  stopping(here, checks)
  revoked_key(here, checks)
  exceptions(here, checks)
  edited_file(here, checks)
  edited_rows(here, checks)
  clock_moved_back(here, checks, cases["late"])
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
