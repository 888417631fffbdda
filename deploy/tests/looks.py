"""Sources that change, or fall silent, between what a person is shown and what they decide; and ended cases that are taken up again.

    looks.py BIN RUN --brokers HOST:PORT --base PORT --record URL

RUN is the folder of a running installation; the system of record's documents are changed in its database, one byte at a time.
"""
import pathlib
import sqlite3
import subprocess
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "lib"))

from own_key import signed  # noqa: E402
from refusals import Checks, Installation, options  # noqa: E402
from road import call  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Place(Installation):
  def __init__(self, given):
    super().__init__(given)
    self.reviewer = f"{self.local}{given.base + 4}"

  def api(self, person, method, path, body=None, **headers):
    return call(method, f"{self.reviewer}{path}", self.token(person), body, headers)

  def task(self, person, case, version=1):
    """What this person is shown, once it is of this version."""
    def shown():
      status, task = self.api(person, "GET", f"/v1/tasks/{case}")
      return task if status == 200 and task["version"] >= version else None
    return self.until(f"version {version} of {case}", shown)

  def decide(self, person, case, task, verb="approve", **more):
    body = {"version": task["version"], "view": task["view"], "verb": verb, "code": "", "words": "looked at twice", **more}
    token = self.token(person)
    return call("POST", f"{self.reviewer}/v1/tasks/{case}/decision", token, signed(self.reviewer, token, case, task, body),
                {"Idempotency-Key": str(uuid.uuid4())})

  def record_process(self, act):
    script = (f'source "{ROOT}/deploy/lib/steps"; source "{ROOT}/deploy/lib/stack"; ' + (
      'stack_kill "$1" record TERM; while kill -0 "$(cat "$1/pids/record")" 2>/dev/null; do sleep 0.1; done' if act == "stop" else
      'stack_run "$1" record; for ((i = 0; i < 100; i++)); do curl -sf "http://127.0.0.1:$RECORD_PORT/health" >/dev/null && break; sleep 0.1; done'))
    return subprocess.run(["bash", "-c", script, act, self.options.run], stdin=subprocess.DEVNULL).returncode == 0


def change(run, kind, name, was, now):
  """One byte of a document of the system of record, behind everybody's back."""
  with sqlite3.connect(run / "data" / "record.sqlite", timeout=20) as database:
    body = database.execute("SELECT body FROM documents WHERE kind = ? AND id = ?", (kind, name)).fetchone()[0]
    if was not in body or len(was.encode()) != len(now.encode()):
      raise SystemExit(f"{kind}/{name} does not hold {was!r}")
    database.execute("UPDATE documents SET body = ? WHERE kind = ? AND id = ?", (body.replace(was, now, 1), kind, name))
  database.close()


def one_byte(here, checks):
  """A changed byte is a conflict with the difference; the draft stays; what is shown next may be approved, and only that."""
  case = here.send(50, "M-4001")
  task = here.task("P-ada", case)
  checks.hold("the case file says that its sources are looked at again", task.get("looks_again") is True, task.get("looks_again"))
  here.api("P-ada", "PUT", f"/v1/tasks/{case}/draft", {"version": 1, "values": {"words": "half a sentence"}})
  change(here.options.run, "mails", "M-4001", "I have pictures.", "I have pictures!")
  status, answer = here.decide("P-ada", case, task)
  told = answer.get("differences") or []
  checks.hold("one changed byte is a conflict", (status, answer.get("code")) == (409, "sources.changed"), answer)
  checks.hold("  with the place, what was there and what is", any(
    "pictures." in str(entry.get("was")) and "pictures!" in str(entry.get("is")) for entry in told), told)
  status, draft = here.api("P-ada", "GET", f"/v1/tasks/{case}/draft")
  checks.hold("  and the draft is kept", (status, (draft or {}).get("values")) == (200, {"words": "half a sentence"}), draft)
  fresh = here.task("P-ada", case, 2)
  first = here.until("second review", lambda: len(here.road.cases[case]["reviews"]) > 1 and here.road.cases[case]["reviews"][-1])
  checks.hold("a new version comes, for people, and says why", first["version"] == 2 and first["route"] != "auto" and any(
    match["rule"] == "sources" for match in first["matches"]), first["matches"])
  status, answer = here.decide("P-ada", case, task)
  checks.hold("the version before is decided by nobody", (status, answer.get("code")) == (409, "task.changed"), answer)
  status, answer = here.decide("P-ada", case, fresh)
  checks.hold("what is shown now may be approved", status == 202 and "unchecked" not in answer, answer)
  outcome = here.until("outcome", lambda: here.road.cases[case].get("outcome"), 90)["outcome"]
  checks.hold("  and is executed, with one permit", (outcome, len(here.road.cases[case]["permits"])) == ("executed", 1), outcome)
  story = here.story(case, "came to decide")
  checks.hold("  and the story tells of it", "came to decide; the sources say something else now" in story, story[-600:])
  return case


def silence(here, checks):
  """A source that is away: nothing is approved that nobody can vouch for; a rejection goes through and says what was not checked."""
  case, other = here.send(51, "M-4002"), here.send(52, "M-4003")
  task, second = here.task("P-ada", case), here.task("P-ada", other)
  checks.hold("the system of record goes away", here.record_process("stop"))
  status, answer = here.decide("P-ada", case, task)
  checks.hold("an approval has to wait", (status, answer.get("code")) == (503, "sources.unreachable"), answer)
  status, answer = here.decide("P-ada", other, second, "reject", code="wrong_answer")
  checks.hold("a rejection counts, and names what was not checked", status == 202 and answer.get("unchecked"), answer)
  checks.hold("the system of record comes back", here.record_process("start"))
  # An answer of the moment before may stand for a second.
  decided = here.until("approval", lambda: here.decide("P-ada", case, task)[0] == 202)
  checks.hold("and the same approval counts", decided)


def strangers(here, checks):
  """Nobody but the reviewer service is told what sources say."""
  body = {"case": str(uuid.uuid4()), "workflow": "reply-draft", "data": {"thread": "M-4001"},
          "sources": {"mail": {"answered": True, "found": True, "digest": "00"}}}
  adapter = f"{here.local}{here.options.base + 3}/v1/look"
  tokens = (None, here.admin, here.token("P-ivo"), (here.keys / "tokens" / "support-desk").read_text().strip())
  answers = [call("POST", adapter, token, body)[0] for token in tokens]
  checks.hold("no other token opens the sources", answers == [401] * len(tokens), answers)


def again(here, checks, case):
  """An executed case is appealed against and reopened: each is a case of its own, for other people, and undoes nothing."""
  def appeal(source, words="That was not what I asked for", of=case):
    token = (here.keys / "tokens" / source).read_text().strip()
    return call("POST", f"{here.local}{here.options.base + 1}/v1/cases/{of}/appeals", token, {"words": words, "by": "Ingrid Falk"})
  status, answer = here.until("audit's word that it has ended", lambda: (found := appeal("support-desk"))[0] != 409 and found)
  checks.hold("an appeal makes a new case", status == 202 and answer["case"] != case, answer)
  new = answer["case"]
  checks.hold("  once", appeal("support-desk", "And again") == (200, {"case": new, "repeated": True}), appeal("support-desk"))
  status, answer = appeal("erp")
  checks.hold("  and by its own source alone", (status, answer.get("code")) == (404, "case.unknown"), answer)
  first = here.until("review of the appeal", lambda: here.road.cases[new].get("open"))
  checks.hold("people are asked, and know why", first["route"] != "auto" and first["reopens"]["case"] == case
              and first["reopens"]["words"].startswith("That was not"), first.get("reopens"))
  status, answer = here.until("task", lambda: (found := here.api("P-ada", "GET", f"/v1/tasks/{new}"))[0] != 404 and found)
  checks.hold("whoever decided before has no part", (status, answer.get("code")) == (403, "four_eyes.barred"), answer)
  status, answer = appeal("support-desk", of=new)
  checks.hold("what has not ended is not appealed against", (status, answer.get("code")) in ((409, "case.open"), (404, "case.unknown")), answer)
  status, answer = appeal("erp", of=new)
  checks.hold("  and of an open case another source learns nothing", (status, answer.get("code")) == (404, "case.unknown"), answer)
  done = len(here.effects())
  status, answer = here.decide("P-lena", new, here.task("P-lena", new), "reject", code="wrong_answer")
  outcome = here.until("outcome of the appeal", lambda: here.road.cases[new].get("outcome"))
  checks.hold("somebody else decides, and the outcome says what stands", status == 202 and outcome["reopens"] == case
              and "is not undone" in outcome["reason"], outcome)
  checks.hold("  nothing was done or undone", len(here.effects()) == done)
  story = here.story(case, "appealed against")
  checks.hold("the old case's story leads to the new one", "appealed against" in story and new in story, story[-600:])
  status, answer = here.until("word on a second appeal", lambda: (found := appeal("support-desk", of=new))[1].get("code") != "case.open" and found)
  checks.hold("nobody appeals twice", (status, answer.get("code")) == (409, "appeal.enough"), answer)
  audit, token = f"{here.local}{here.options.base + 5}", (here.keys / "ended.token").read_text().strip()
  status, answer = call("GET", f"{audit}/v1/cases/{case}/ended", token)
  checks.hold("intake's token opens an ended case", status == 200 and answer["outcome"] == "executed" and answer["deciders"], answer)
  closed = [call("GET", f"{audit}{path}", token)[0] for path in (f"/v1/cases/{case}", f"/v1/cases/{case}/packet", "/v1/ledger/entries/1")]
  checks.hold("  and nothing else", closed == [403] * 3, closed)
  others = [call("GET", f"{audit}/v1/cases/{case}/ended", other)[0] for other in (None, here.admin, here.token("P-ivo"))]
  checks.hold("  which no other token opens", others == [403] * 3, others)
  status, answer = here.api("P-ada", "POST", f"/v1/cases/{case}/reopen", {"words": "Let me see"})
  checks.hold("an agent reopens nothing", status == 403, answer)
  status, answer = here.api("P-ivo", "POST", f"/v1/cases/{case}/reopen", {"words": "The customer has written again"})
  checks.hold("a duty officer does", status == 202 and answer["case"] not in (case, new), answer)
  third = answer.get("case", "")
  here.until("review of the reopened", lambda: here.road.cases[third].get("open"))
  status, answer = here.until("task", lambda: (found := here.api("P-ivo", "GET", f"/v1/tasks/{third}"))[0] != 404 and found)
  checks.hold("and does not decide what was reopened", (status, answer.get("code")) == (403, "four_eyes.barred"), answer)


def main():
  here, checks = Place(options(__doc__)), Checks()
  case = one_byte(here, checks)
  again(here, checks, case)
  silence(here, checks)
  strangers(here, checks)
  print(f"{checks.passed} passed, {checks.failed} failed")
  return 1 if checks.failed else 0


if __name__ == "__main__":
  sys.exit(main())
